//! A diff in one line.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Change, ObjectChange, ObjectKind};

/// How many objects of which kind were added, removed, renamed or changed.
///
/// A table counts as changed where a fact of its own changed; its columns and indexes count for themselves. What came
/// or went with a whole table is not counted beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// By kind, then in the order of [`Verb`].
    pub counts: Vec<Count>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    pub kind: ObjectKind,
    pub change: Verb,
    pub count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Added,
    Removed,
    Renamed,
    Changed,
}

impl Verb {
    pub fn of(change: &Change) -> Self {
        match change {
            Change::Added { .. } => Self::Added,
            Change::Removed { .. } => Self::Removed,
            Change::Renamed { .. } => Self::Renamed,
            Change::Changed { .. } => Self::Changed,
        }
    }

    /// `added`
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Changed => "changed",
        }
    }
}

impl Summary {
    pub(super) fn of(changes: &[ObjectChange]) -> Self {
        let mut counts = BTreeMap::new();
        count(changes, &mut counts);
        let counts = counts.into_iter().map(|((kind, change), count)| Count { kind, change, count }).collect();
        Self { counts }
    }

    /// How many objects of one kind changed so.
    pub fn count(&self, kind: ObjectKind, change: Verb) -> usize {
        self.counts.iter().find(|count| (count.kind, count.change) == (kind, change)).map_or(0, |count| count.count)
    }
}

fn count(changes: &[ObjectChange], counts: &mut BTreeMap<(ObjectKind, Verb), usize>) {
    for change in changes {
        count(change.parts(), counts);
        if change.parts().is_empty() || !change.facts().is_empty() {
            *counts.entry((change.kind, Verb::of(&change.change))).or_default() += 1;
        }
    }
}

/// `2 tables added, 1 column changed`, or `no difference`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.counts.is_empty() {
            return f.write_str("no difference");
        }
        for (at, Count { kind, change, count }) in self.counts.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{} {}", kind.counted(*count), change.word())?;
        }
        Ok(())
    }
}
