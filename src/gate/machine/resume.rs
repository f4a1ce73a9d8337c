//! Which earlier run is gone on with, and which backup is used that is there already.

use jiff::{SignedDuration, Timestamp};

use super::confirm::{SKEW, words};
use super::known::{Known, Stage};
use crate::backup::{Backup, Origin, Progress, Resource, tags};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::Binding;

/// What an earlier run's backup is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is there, or in work.
    Backup,
    /// It was to be asked for, and nobody has seen it: it is asked for under the same name.
    Ask,
    /// There is none: nothing was asked for.
    None,
    /// It cannot be used any more, and why.
    Gone(String),
}

/// What the backup of `known` is good for at `now`.
pub(super) fn usable(known: &Known, backups: &[Backup], now: Timestamp, max_age: SignedDuration) -> Use {
    let Some(id) = &known.backup else { return Use::None };
    let Some(backup) = backups.iter().find(|backup| backup.id.eq_ignore_ascii_case(id)) else {
        return if known.confirmed || known.adopted { Use::Gone(format!("the backup {id} is gone")) } else { Use::Ask };
    };
    if backup.progress() == Progress::Dead {
        return Use::Gone(format!("the backup {id} is {}", backup.status));
    }
    match backup.point() {
        Some(point) if now.duration_since(point) > max_age => {
            let age = words(now.duration_since(point));
            Use::Gone(format!("the backup {id} is {age} old, and {} is the most", words(max_age)))
        }
        _ => Use::Backup,
    }
}

/// The run that `--resume` means.
///
/// # Errors
/// There is none, there are several, it has ended, or it is bound to something else.
pub(super) fn resumed(known: &[Known], wanted: Option<&str>, binding: &Binding) -> Result<Known, Refusal> {
    let no = |message: String| Refusal::new(Code::Resume, message);
    let status = format!("tidegate gate status --env {}", binding.environment);
    let Some(wanted) = wanted else {
        let open: Vec<&Known> = known.iter().filter(|known| known.stage == Stage::Waiting).collect();
        let same: Vec<&Known> =
            open.iter().filter(|known| known.difference(binding, false).is_none()).copied().collect();
        return match (same.as_slice(), open.as_slice()) {
            ([only], _) => Ok((*only).clone()),
            ([], []) => Err(no("there is no unfinished run to go on with".to_owned()).hint(status)),
            ([], [only]) => Err(differs(only, binding)),
            ([], _) => Err(no("no unfinished run is bound to the same".to_owned()).hint(status)),
            (several, _) => {
                let runs: Vec<&str> = several.iter().map(|known| known.run.as_str()).collect();
                Err(no(format!("several unfinished runs are bound to the same: {}", runs.join(", ")))
                    .hint("name the one that is meant: --resume RUN"))
            }
        };
    };
    let Some(run) = known.iter().find(|known| known.run == wanted) else {
        return Err(no(format!("neither journal nor backups of this database know of run {wanted}")).hint(status));
    };
    if !run.unfinished() {
        return Err(no(format!("run {wanted} has ended")).hint("run the gate without --resume: that begins a new run"));
    }
    match run.difference(binding, false) {
        Some(_) => Err(differs(run, binding)),
        None => Ok(run.clone()),
    }
}

fn differs(known: &Known, binding: &Binding) -> Refusal {
    let what = known.difference(binding, false).unwrap_or("something");
    Refusal::new(Code::Resume, format!("run {} cannot be gone on with: it differs in {what}", known.run))
        .hint("run the gate without --resume: that begins a new run with a backup of its own")
}

/// The waiting run that a new gate goes on with in place of taking a second backup: bound to the very same, its backup
/// still of use. Of several, the one that was begun last. Where an OID was not written down the database may be another
/// one of the same name: only a person can tell.
pub(super) fn same(
    known: &[Known],
    binding: &Binding,
    backups: &[Backup],
    now: Timestamp,
    max_age: SignedDuration,
    by_oid: bool,
) -> Option<Known> {
    let mut same: Vec<&Known> = known
        .iter()
        .filter(|known| known.stage == Stage::Waiting && known.difference(binding, false).is_none())
        .filter(|known| known.database_oid().is_some() == by_oid)
        .filter(|known| matches!(usable(known, backups, now, max_age), Use::Backup | Use::Ask))
        .collect();
    same.sort_by_key(|known| (known.requested, known.run.clone()));
    same.pop().cloned()
}

/// For whom a backup is to be adopted, and when.
#[derive(Clone, Copy)]
pub(super) struct Adopting<'a> {
    pub(super) resource: &'a Resource,
    pub(super) database: &'a str,
    pub(super) now: Timestamp,
    pub(super) max_age: SignedDuration,
}

/// The backup that `--adopt` means: the newest good one that was made for the database or for all of the resource, or
/// the named one. What is still being made is taken only where nothing is good yet, or where it was named.
///
/// # Errors
/// There is none that may be used, and why.
pub(super) fn adopted(backups: &[Backup], wanted: Option<&str>, by: Adopting<'_>) -> Result<Backup, Refusal> {
    let Adopting { resource, database, max_age, .. } = by;
    let hint = format!("tidegate backup list shows the backups of {}", resource.name);
    if let Some(wanted) = wanted {
        let Some(backup) = backups.iter().find(|backup| backup.id.eq_ignore_ascii_case(wanted)) else {
            let message = format!("{} has no backup {wanted}", resource.name);
            return Err(Refusal::new(Code::Backup, message).hint(hint));
        };
        return match unfit(backup, by) {
            Some((code, why)) => {
                let refusal = Refusal::new(code, format!("the backup {wanted} cannot be used: {why}")).hint(hint);
                let shared = "tidegate backup create --all-databases makes one that all databases share";
                Err(if is_for(backup, database) { refusal } else { refusal.hint(shared) })
            }
            None => Ok(backup.clone()),
        };
    }
    let fit = |progress: Progress| {
        backups
            .iter()
            .filter(move |backup| backup.progress() == progress)
            .filter(|backup| unfit(backup, by).is_none())
            .max_by_key(|backup| (backup.point(), &backup.id))
    };
    fit(Progress::Usable).or_else(|| fit(Progress::Wait)).cloned().ok_or_else(|| {
        let message = format!(
            "{} has no backup of tidegate's for {} that is younger than {}",
            resource.name,
            database.escape_debug(),
            words(max_age)
        );
        Refusal::new(Code::Backup, message)
            .hint(hint)
            .hint("tidegate backup create makes one; without --adopt the gate makes its own")
    })
}

/// Whether it was made for this database, or for all of the server.
fn is_for(backup: &Backup, database: &str) -> bool {
    backup.tags.get(tags::DATABASE).is_none_or(|of| *of == tags::value(database))
}

/// Why `backup` may not be used.
fn unfit(backup: &Backup, by: Adopting<'_>) -> Option<(Code, String)> {
    let Adopting { resource, database, now, max_age } = by;
    if backup.progress() == Progress::Dead {
        return Some((Code::Backup, format!("it is {}", backup.status)));
    }
    if backup.resource_id != resource.resource_id {
        return Some((Code::Backup, format!("it is of {} and not of {}", backup.resource_id, resource.resource_id)));
    }
    if backup.origin != Origin::Manual || !backup.is_ours() {
        return Some((Code::Backup, format!("its tag {} does not name it: it is not tidegate's", tags::ID)));
    }
    // It holds this database as well, but stays only for as long as the policy of the other one keeps it.
    if let Some(of) = backup.tags.get(tags::DATABASE).filter(|_| !is_for(backup, database)) {
        let why = format!("it was made for the database {of} alone, whose policy may let it go");
        return Some((Code::Backup, why));
    }
    if tags::runs(&backup.tags).len() >= tags::MOST_USES {
        return Some((Code::Backup, format!("{} runs use it already", tags::MOST_USES)));
    }
    match (backup.point(), backup.progress()) {
        (None, Progress::Wait) => None,
        (None, _) => Some((Code::CouldNotTell, "when it was made is not known".to_owned())),
        (Some(point), _) if now.duration_since(point) < -SKEW => {
            Some((Code::CouldNotTell, format!("it says that it is of {point}, which is yet to come")))
        }
        (Some(point), _) if now.duration_since(point) > max_age => {
            let why = format!("it is {} old, and {} is the most", words(now.duration_since(point)), words(max_age));
            Some((Code::BackupAge, why))
        }
        _ => None,
    }
}
