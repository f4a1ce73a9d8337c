use jiff::{SignedDuration, Timestamp};

use crate::backup::{Backup, Origin, Progress, tags};

/// A backup, and what is known of it beyond its own description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    pub backup: Backup,
    /// Whether another account may restore it.
    pub shared: Known,
    /// Whether it is being copied: deleting the source ends a copy.
    pub being_copied: Known,
}

/// The answer to a question that costs a call of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// Not asked yet. Whoever deletes asks first.
    #[default]
    Unasked,
    No,
    Yes,
    /// Asked, and there was no answer. Taken for a yes.
    CouldNotTell,
}

/// Whose backups are judged, and on which occasion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    /// `DbiResourceId` or `DbClusterResourceId`.
    pub resource_id: &'a str,
    /// `None` for backups that were made for all databases of the server.
    pub database: Option<&'a str>,
    /// The one just made or adopted, which a migration counts on. Where it is not there, nothing goes. The good one
    /// before it stays, too.
    pub current: Option<&'a str>,
}

/// The moment that a backup counts from: its point, or when it was asked for.
pub fn moment(backup: &Backup) -> Option<Timestamp> {
    backup.point().or_else(|| backup.tags.get(tags::CREATED)?.parse().ok())
}

/// How far two clocks may be apart before a backup counts as dated in the future. It stays in either case.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

impl Candidate {
    /// Every moment that it names.
    fn moments(&self) -> impl Iterator<Item = Timestamp> {
        let backup = &self.backup;
        [moment(backup), backup.created, backup.original_created, backup.database_time].into_iter().flatten()
    }

    /// The first of its moments that is yet to come.
    pub(super) fn future(&self, now: Timestamp) -> Option<Timestamp> {
        self.moments().filter(|moment| *moment > now).min()
    }

    /// Whether it can be counted on: usable, and its age is known.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.backup.progress() == Progress::Usable
            && moment(&self.backup).is_some()
            && self.moments().all(|moment| moment.duration_since(now) <= SKEW)
    }

    /// The policy that it falls under.
    pub fn tier(&self) -> Option<&str> {
        self.backup.tags.get(tags::TIER).map(String::as_str)
    }

    /// Whether the tag `key`, or `key=value`, is on it.
    pub(super) fn has_tag(&self, wanted: &str) -> bool {
        let tags = &self.backup.tags;
        let with_value = |(key, value): (&str, &str)| tags.get(key).is_some_and(|is| is == value);
        tags.contains_key(wanted) || wanted.split_once('=').is_some_and(with_value)
    }

    pub(super) fn is_manual(&self) -> bool {
        self.backup.origin == Origin::Manual
    }
}
