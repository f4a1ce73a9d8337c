//! Whether a backup is the one that is meant, and usable.
//!
//! Never "the most recent one", never "no error": the exact ARN, our run in its tags, the same resource id, not made
//! before it was asked for, `available`, and young enough.

use jiff::{SignedDuration, Timestamp};

use super::Chosen;
use crate::backup::{Backup, Origin, Progress, tags};
use crate::gate::refusal::{Code, Refusal};

/// How far two clocks may differ.
pub const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What is to be made of a backup at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is the one, and its point is this.
    Good(Timestamp),
    /// It is not made yet.
    Wait,
    No(Refusal),
}

/// What is asked of a backup besides what it is.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub run: &'a str,
    pub resource_id: &'a str,
    pub now: Timestamp,
    pub max_age: SignedDuration,
}

/// Whether `backup`, as the provider describes it now, is the backup that was `chosen`.
pub fn answer(backup: &Backup, chosen: &Chosen, terms: Terms<'_>) -> Answer {
    if let Some(refusal) = another(backup, chosen, terms) {
        return Answer::No(refusal);
    }
    match backup.progress() {
        Progress::Wait => return Answer::Wait,
        Progress::Dead => {
            let message = format!("the backup {} is {}", backup.id, backup.status);
            return Answer::No(
                Refusal::new(Code::Backup, message)
                    .hint("look at the events of the database server, and run the gate again: it takes a new backup"),
            );
        }
        Progress::Usable => {}
    }
    let begun = backup.original_created.or(backup.created);
    let (Some(begun), Some(point)) = (begun, backup.point()) else {
        return Answer::No(no_time(backup));
    };
    if !chosen.adopted && begun < chosen.since - SKEW {
        let message =
            format!("the backup {} was begun at {begun}, and it was asked for at {}", backup.id, chosen.since);
        return Answer::No(Refusal::new(Code::Backup, message).hint("another backup has its name: look at it"));
    }
    match age(backup, point, terms) {
        Some(refusal) => Answer::No(refusal),
        None => Answer::Good(point),
    }
}

/// Why it is not the chosen one, whatever its status.
fn another(backup: &Backup, chosen: &Chosen, terms: Terms<'_>) -> Option<Refusal> {
    let no =
        |message: String| Some(Refusal::new(Code::Backup, message).hint("look at it: it is not this run's backup"));
    if !backup.id.eq_ignore_ascii_case(&chosen.id) {
        return no(format!("the backup {} was asked for, and {} was described", chosen.id, backup.id));
    }
    if backup.arn.is_empty() {
        return no(format!("the backup {} has no ARN", backup.id));
    }
    if let Some(arn) = &chosen.arn
        && *arn != backup.arn
    {
        return no(format!("the backup {} is another one now: it was {arn}, and is {}", backup.id, backup.arn));
    }
    if backup.resource_id != terms.resource_id {
        return no(format!("the backup {} is of {:?} and not of {}", backup.id, backup.resource_id, terms.resource_id));
    }
    if backup.origin != Origin::Manual {
        return no(format!("the backup {} was not made by hand or by tidegate", backup.id));
    }
    let run = backup.tags.get(tags::RUN);
    if chosen.adopted {
        if !backup.is_ours() {
            return no(format!("the backup {} does not name itself in its tag {}", backup.id, tags::ID));
        }
    } else if run.is_some_and(|run| run != terms.run) || (run.is_none() && backup.progress() != Progress::Wait) {
        let of = run.map_or("no run", String::as_str);
        return no(format!("the backup {} is of {of} and not of run {}", backup.id, terms.run));
    }
    None
}

fn no_time(backup: &Backup) -> Refusal {
    Refusal::new(Code::CouldNotTell, format!("when the backup {} was made is not known", backup.id))
}

/// Why the age of `backup` stops the run.
fn age(backup: &Backup, point: Timestamp, terms: Terms<'_>) -> Option<Refusal> {
    let max_age = terms.max_age;
    let age = terms.now.duration_since(point);
    if age < -SKEW {
        let message = format!("the backup {} says that it is of {point}, which is yet to come", backup.id);
        return Some(Refusal::new(Code::CouldNotTell, message).hint("is the clock of this machine right?"));
    }
    (age > max_age).then(|| {
        let message = format!(
            "the backup {} is of {point}, {} ago; gate.max_backup_age is {}",
            backup.id,
            words(age),
            words(max_age)
        );
        Refusal::new(Code::BackupAge, message).hint("run the gate again: it takes a new backup")
    })
}

/// A length of time in hours, minutes and seconds: `6h`, `1m 30s`.
pub fn words(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count != 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}
