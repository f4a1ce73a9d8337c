//! The eight lock modes of tables.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A lock mode, weakest first. Each of the first four and the last conflicts with all that the one before conflicts
/// with; see [`Self::conflicts`] for the rest.
///
/// Source: PostgreSQL's manual, "Explicit Locking", table of conflicting lock modes.
///
/// In JSON as `LOCK TABLE` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum LockMode {
    #[serde(rename = "ACCESS SHARE")]
    AccessShare,
    #[serde(rename = "ROW SHARE")]
    RowShare,
    #[serde(rename = "ROW EXCLUSIVE")]
    RowExclusive,
    #[serde(rename = "SHARE UPDATE EXCLUSIVE")]
    ShareUpdateExclusive,
    #[serde(rename = "SHARE")]
    Share,
    #[serde(rename = "SHARE ROW EXCLUSIVE")]
    ShareRowExclusive,
    #[serde(rename = "EXCLUSIVE")]
    Exclusive,
    #[serde(rename = "ACCESS EXCLUSIVE")]
    AccessExclusive,
}

/// What waits for a lock to be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    /// No query and no change of rows.
    Nothing,
    /// No query and no change of rows, but other changes of the schema, `VACUUM`, index builds.
    Maintenance,
    /// `INSERT`, `UPDATE`, `DELETE`, `MERGE`.
    Writes,
    /// Those, and `SELECT … FOR UPDATE` with its kin.
    WritesAndRowLocks,
    /// Every query.
    ReadsAndWrites,
}

impl LockMode {
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// As `LOCK TABLE` takes it: `ACCESS EXCLUSIVE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Of a name as `LOCK TABLE` takes it.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(name))
    }

    /// As `pg_locks.mode` spells it: `AccessExclusiveLock`.
    pub fn catalog_name(self) -> String {
        format!("{self:?}Lock")
    }

    /// Of a value of `pg_locks.mode`.
    pub fn of_catalog_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.catalog_name() == name)
    }

    /// Whether two sessions cannot hold the two on one table at once.
    pub fn conflicts(self, other: Self) -> bool {
        use LockMode::{
            AccessExclusive, AccessShare, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive,
            ShareUpdateExclusive,
        };
        let weakest = match self {
            AccessShare => return other == AccessExclusive,
            RowShare => Exclusive,
            RowExclusive => return other >= Share,
            ShareUpdateExclusive => ShareUpdateExclusive,
            // Shared with itself.
            Share => return other != Share && other >= RowExclusive,
            ShareRowExclusive => RowExclusive,
            Exclusive => RowShare,
            AccessExclusive => AccessShare,
        };
        other >= weakest
    }

    /// Whether `INSERT`, `UPDATE` and `DELETE` wait for it.
    pub fn blocks_writes(self) -> bool {
        self.blocks() >= Blocks::Writes
    }

    /// Who waits for it, in a few words.
    pub fn who_waits(self) -> &'static str {
        match self.blocks() {
            Blocks::ReadsAndWrites => "reads and writes wait",
            Blocks::Writes | Blocks::WritesAndRowLocks => "writes wait",
            Blocks::Maintenance if self == Self::ShareUpdateExclusive => "vacuum and other schema changes wait",
            Blocks::Maintenance | Blocks::Nothing => "only schema changes wait",
        }
    }

    pub fn blocks(self) -> Blocks {
        match self {
            Self::AccessShare | Self::RowShare => Blocks::Nothing,
            Self::RowExclusive | Self::ShareUpdateExclusive => Blocks::Maintenance,
            Self::Share | Self::ShareRowExclusive => Blocks::Writes,
            Self::Exclusive => Blocks::WritesAndRowLocks,
            Self::AccessExclusive => Blocks::ReadsAndWrites,
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Maintenance => "other changes of the schema",
            Self::Writes => "writes",
            Self::WritesAndRowLocks => "writes and row locks",
            Self::ReadsAndWrites => "reads and writes",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_json_a_mode_is_spelled_as_in_sql() {
        for mode in LockMode::ALL {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.name());
            assert_eq!(LockMode::of_catalog_name(&mode.catalog_name()), Some(mode));
        }
        assert!(!LockMode::ShareUpdateExclusive.blocks_writes() && LockMode::Share.blocks_writes());
    }
}
