//! What journal and tags say of a database's earlier runs.
//!
//! The two may differ: the journal is on this machine alone, and a tag may not have been written. A run is taken to be
//! open wherever that is possible: see [`Known::blocks`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::backup::Backup;
use crate::backup::tags::{self, Phase, RunTag};
use crate::gate::run::{Binding, MADE_ANEW, made_anew};
use crate::gate::world::{Entry, Exit, Look, Outcome, Record};

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was asked of anybody.
    Begun,
    /// A backup was asked for or chosen, and the command was not started.
    Waiting,
    /// The command was started, or was about to be, and its end is not known.
    Running,
    Ended(Outcome),
    /// There is a tag of the run that cannot be read.
    Unreadable,
}

/// One earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// As the journal or the tag's key spells it.
    pub run: String,
    pub stage: Stage,
    /// From the journal of this machine.
    pub binding: Option<Binding>,
    /// From the backup.
    pub tag: Option<RunTag>,
    /// The backup's name.
    pub backup: Option<String>,
    /// The backup's ARN, where it was confirmed or seen.
    pub arn: Option<String>,
    /// Whether the journal says that the backup was confirmed.
    pub confirmed: bool,
    /// Whether it uses a backup that somebody else made.
    pub adopted: bool,
    /// When the backup was about to be asked for.
    pub requested: Option<Timestamp>,
    /// What was seen just before the command.
    pub before: Option<Look>,
    pub exit: Option<Exit>,
    /// Why no backup was taken.
    pub waived: Option<String>,
    /// ARNs of the backups that carry a tag of this run.
    pub carriers: Vec<String>,
}

impl Known {
    fn new(run: &str) -> Self {
        Self {
            run: run.to_owned(),
            stage: Stage::Begun,
            binding: None,
            tag: None,
            backup: None,
            arn: None,
            confirmed: false,
            adopted: false,
            requested: None,
            before: None,
            exit: None,
            waived: None,
            carriers: Vec::new(),
        }
    }

    /// Whether every later gate on the database must stop until this run is settled.
    pub fn blocks(&self) -> bool {
        matches!(self.stage, Stage::Running | Stage::Unreadable | Stage::Ended(Outcome::Unknown))
    }

    /// Whether it can be gone on with.
    pub fn unfinished(&self) -> bool {
        matches!(self.stage, Stage::Begun | Stage::Waiting)
    }

    /// In what this run differs from `binding`, in words. `moved` leaves out what the command itself changes.
    pub fn difference(&self, binding: &Binding, moved: bool) -> Option<&'static str> {
        let mut binding = binding.clone();
        if let Some(own) = &self.binding {
            if moved {
                binding.pending.clone_from(&own.pending);
            }
            return own.difference(&binding);
        }
        let Some(tag) = &self.tag else { return Some("what it was bound to, which nobody knows") };
        [
            (tag.argv != tags::short(&binding.argv), "the command"),
            (tag.environment != tags::short(&binding.environment), "the environment"),
            (tag.database != tags::short(&binding.database), "the database"),
            (made_anew(tag.oid, binding.database_oid), MADE_ANEW),
            (!moved && tag.pending != tags::short(&binding.pending), "the pending migrations"),
            (tag.commit != tags::short(&binding.commit), "the commit"),
        ]
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }

    /// The OID of its database, where that was written down.
    pub fn database_oid(&self) -> Option<u32> {
        match (&self.binding, &self.tag) {
            (Some(binding), _) => binding.database_oid,
            (None, Some(tag)) => tag.oid,
            (None, None) => None,
        }
    }

    /// Whether it was begun with the same command in the same environment.
    pub fn is_of_the_same_command(&self, binding: &Binding) -> bool {
        match (&self.binding, &self.tag) {
            (Some(own), _) => own.argv == binding.argv && own.environment == binding.environment,
            (None, Some(tag)) => {
                tag.argv == tags::short(&binding.argv) && tag.environment == tags::short(&binding.environment)
            }
            (None, None) => false,
        }
    }

    /// Whether it has ended, and its tag still says that it has not.
    pub fn tag_lags(&self) -> bool {
        matches!(self.stage, Stage::Ended(_)) && self.tag.as_ref().is_some_and(|tag| tag.phase.blocks())
    }

    fn follow(&mut self, record: &Record) {
        match &record.entry {
            Entry::Begun { binding } => self.binding = Some(binding.clone()),
            Entry::Requested { backup } => {
                self.stage = Stage::Waiting;
                self.backup = Some(backup.clone());
                self.requested = self.requested.or(Some(record.at));
            }
            Entry::Adopted { backup, arn } => {
                self.stage = Stage::Waiting;
                self.adopted = true;
                self.backup = Some(backup.clone());
                self.arn = Some(arn.clone());
                self.requested = self.requested.or(Some(record.at));
            }
            Entry::Confirmed { backup, arn, .. } => {
                self.confirmed = true;
                self.backup = Some(backup.clone());
                self.arn = Some(arn.clone());
            }
            Entry::Waived { why } => self.waived = Some(why.clone()),
            Entry::Running { before } => {
                self.stage = Stage::Running;
                self.before = Some(before.clone());
            }
            Entry::Exited { how } => self.exit = Some(how.clone()),
            Entry::Ended { outcome, .. } => self.stage = Stage::Ended(*outcome),
        }
    }

    /// What the tag adds to what the journal says.
    fn tagged(&mut self, tag: RunTag, backup: &Backup, journalled: bool) {
        let tag_stage = match tag.phase {
            Phase::Waiting => Stage::Waiting,
            Phase::Running => Stage::Running,
            Phase::Unknown => Stage::Ended(Outcome::Unknown),
            Phase::Succeeded => Stage::Ended(Outcome::Succeeded),
            Phase::Failed => Stage::Ended(Outcome::Failed),
            Phase::Refused => Stage::Ended(Outcome::Refused),
            Phase::Settled => Stage::Ended(Outcome::Settled),
        };
        self.stage = if journalled { merged(self.stage, tag_stage) } else { tag_stage };
        if self.backup.is_none() {
            self.backup = Some(backup.id.clone());
            self.adopted = backup.tags.get(tags::RUN) != Some(&tag.run);
        }
        if self.arn.is_none() {
            self.arn = Some(backup.arn.clone());
        }
        self.requested = self.requested.map_or(Some(tag.at), |requested| Some(requested.min(tag.at)));
        self.tag = Some(tag);
    }
}

/// The stage of a run of which journal and tag tell.
///
/// The command of a run is started at most once, and only after both were written. So an end in the journal that needs a
/// command (or somebody who settled it) is the last word. Any other end in the journal is not: another machine may have
/// gone on with the run since. A tag is written after the journal: where it tells of an end, it is later.
fn merged(journal: Stage, tag: Stage) -> Stage {
    match (journal, tag) {
        (Stage::Ended(Outcome::Succeeded | Outcome::Failed | Outcome::Settled), _) => journal,
        (Stage::Ended(Outcome::Unknown) | Stage::Running, Stage::Ended(_)) => tag,
        (Stage::Ended(Outcome::Unknown) | Stage::Running, _) => journal,
        (_, Stage::Running | Stage::Ended(Outcome::Unknown)) => tag,
        (Stage::Ended(_), _) => journal,
        (_, tag) => tag,
    }
}

/// A tag of a run, or the run whose tag cannot be read, and the backup that carries it.
type Told<'a> = (Result<RunTag, String>, &'a Backup);

/// Every run that the journal of this database or a tag on a backup of `resource_id` tells of, by its id.
///
/// A copy by human hands clones tags: what it says of a run counts only where the run's own backup says nothing.
pub fn runs(records: &[Record], backups: &[Backup], resource_id: &str, database: &str) -> Vec<Known> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for record in records {
        let run = record.run.as_str();
        known.entry(run.to_owned()).or_insert_with(|| Known::new(run)).follow(record);
    }
    let journalled: Vec<String> = known.keys().cloned().collect();
    let mut told: BTreeMap<String, Vec<Told<'_>>> = BTreeMap::new();
    let database = tags::short(database);
    for backup in backups.iter().filter(|backup| backup.resource_id == resource_id) {
        for tag in tags::runs(&backup.tags) {
            let run = match &tag {
                Ok(tag) if tag.database != database => continue,
                Ok(tag) => tag.run.clone(),
                Err(run) => run.clone(),
            };
            told.entry(run).or_default().push((tag, backup));
        }
    }
    for (run, mut told) in told {
        let entry = known.entry(run.clone()).or_insert_with(|| Known::new(&run));
        entry.carriers = told.iter().map(|(_, backup)| backup.arn.clone()).collect();
        if told.iter().any(|(_, backup)| backup.is_ours()) {
            told.retain(|(_, backup)| backup.is_ours());
        }
        // The worst is believed: what cannot be read, then what blocks.
        told.sort_by_key(|(tag, backup)| {
            let worst = tag.as_ref().map_or(0, |tag| if tag.phase.blocks() { 1 } else { 2 });
            (worst, backup.arn.clone())
        });
        match told.into_iter().next() {
            Some((Ok(tag), backup)) => {
                let journalled = journalled.contains(&tag.run);
                entry.tagged(tag, backup, journalled);
            }
            Some((Err(_), backup)) => {
                entry.stage = Stage::Unreadable;
                entry.arn = Some(backup.arn.clone());
            }
            None => {}
        }
    }
    known.into_values().collect()
}
