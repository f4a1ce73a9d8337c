//! Which backups stay and which go: candidates + policy + now → keep or delete, each with its reason.
//!
//! Promises: the newest good backup always stays; nothing that is not ours is touched; an empty policy deletes nothing;
//! raising any `keep_…` value never deletes more; the order of the candidates does not matter. No I/O, no clock.

use std::collections::BTreeMap;

use jiff::SignedDuration;

/// What one tier keeps. A backup stays when any rule keeps it: count and age are both floors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tier {
    /// The newest so many.
    pub keep_last: Option<u32>,
    /// Everything younger than this.
    pub keep_within: Option<SignedDuration>,
    /// The newest of each of the last so many UTC days that have one; likewise below.
    pub keep_daily: Option<u32>,
    /// Weeks begin on Monday.
    pub keep_weekly: Option<u32>,
    pub keep_monthly: Option<u32>,
    pub keep_yearly: Option<u32>,
    /// Everything with one of these tags: `release` or `release=2026.1`.
    pub keep_tag: Vec<String>,
    /// Everything, for ever.
    pub keep_all: bool,
}

/// What is kept of the backups of one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// By tier. A backup whose tier is not here stays.
    pub tiers: BTreeMap<String, Tier>,
    /// So many good ones of the database stay, whatever their tier; at least 1.
    pub min_keep: u32,
    /// At most so many are deleted in one run.
    pub cap: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { tiers: BTreeMap::new(), min_keep: 1, cap: 10 }
    }
}
