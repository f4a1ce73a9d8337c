//! Lock modes of tables, and whom they keep waiting.
//!
//! From the table of conflicts in PostgreSQL's documentation, section "Explicit Locking", "Table-Level Lock Modes".

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The eight modes, weakest first.
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

const ALL: &[(LockMode, &str, &str)] = &[
    (LockMode::AccessShare, "AccessShareLock", "ACCESS SHARE"),
    (LockMode::RowShare, "RowShareLock", "ROW SHARE"),
    (LockMode::RowExclusive, "RowExclusiveLock", "ROW EXCLUSIVE"),
    (LockMode::ShareUpdateExclusive, "ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
    (LockMode::Share, "ShareLock", "SHARE"),
    (LockMode::ShareRowExclusive, "ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    (LockMode::Exclusive, "ExclusiveLock", "EXCLUSIVE"),
    (LockMode::AccessExclusive, "AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

impl LockMode {
    /// As `pg_locks.mode` spells it: `AccessExclusiveLock`.
    pub fn from_pg_locks(text: &str) -> Option<Self> {
        ALL.iter().find(|(_, name, _)| *name == text).map(|(mode, _, _)| *mode)
    }

    /// As `LOCK TABLE` spells it: `ACCESS EXCLUSIVE`.
    pub fn sql(self) -> &'static str {
        ALL.iter().find(|(mode, _, _)| *mode == self).map_or("", |(_, _, sql)| sql)
    }

    /// Whether `INSERT`, `UPDATE` and `DELETE` wait for it.
    pub fn blocks_writes(self) -> bool {
        self >= Self::Share
    }

    /// Whether `SELECT` waits for it.
    pub fn blocks_reads(self) -> bool {
        self == Self::AccessExclusive
    }

    /// Who waits, in a few words.
    pub fn who_waits(self) -> &'static str {
        match self {
            Self::AccessExclusive => "reads and writes wait",
            Self::Exclusive | Self::ShareRowExclusive | Self::Share => "writes wait",
            Self::ShareUpdateExclusive => "vacuum and other schema changes wait",
            Self::RowExclusive | Self::RowShare | Self::AccessShare => "only schema changes wait",
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_spelled_as_postgresql_spells_them() {
        for (mode, view, sql) in ALL {
            assert_eq!(LockMode::from_pg_locks(view), Some(*mode));
            assert_eq!(mode.sql(), *sql);
            assert_eq!(serde_json::to_value(mode).unwrap(), *sql);
            assert_eq!(view.trim_end_matches("Lock").to_uppercase(), sql.replace(' ', ""));
        }
        assert_eq!(LockMode::from_pg_locks("SIReadLock"), None);
    }

    #[test]
    fn the_order_is_that_of_strength() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(!LockMode::ShareUpdateExclusive.blocks_writes() && LockMode::Share.blocks_writes());
        assert!(!LockMode::Exclusive.blocks_reads() && LockMode::AccessExclusive.blocks_reads());
    }
}
