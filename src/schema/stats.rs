//! Volatile figures, read apart from the schema and never part of it.

use std::collections::BTreeMap;

use super::QualifiedName;

/// Figures of the tables and materialized views, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub tables: BTreeMap<QualifiedName, TableStats>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableStats {
    /// `reltuples`: the planner's estimate. `None` where the table was never analyzed.
    pub rows: Option<u64>,
    /// `pg_total_relation_size`, in bytes: table, indexes and TOAST.
    pub bytes: u64,
}
