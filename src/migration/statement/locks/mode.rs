//! The eight lock modes of tables.

use std::fmt;

/// A lock mode, weakest first. Each of the first four and the last conflicts with all that the one before conflicts
/// with; see [`Self::conflicts`] for the rest.
///
/// Source: PostgreSQL's manual, "Explicit Locking", table of conflicting lock modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
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
