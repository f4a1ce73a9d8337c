use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

use super::reason::exact;
use crate::backup::name::hex;

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

impl Tier {
    /// Whether it says nothing; then it keeps everything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it says something, and all that it says is 0.
    pub fn keeps_nothing(&self) -> bool {
        let counts = [self.keep_last, self.keep_daily, self.keep_weekly, self.keep_monthly, self.keep_yearly];
        let zero = counts.iter().all(|count| count.is_none_or(|count| count == 0))
            && self.keep_within.is_none_or(|within| within.is_zero());
        zero && self.keep_tag.is_empty() && !self.keep_all && !self.is_empty()
    }

    /// Its rules as they are written: `keep_last = 3, keep_within = 30d`.
    pub fn in_words(&self) -> String {
        let mut words = Vec::new();
        let counts = [
            ("keep_last", self.keep_last),
            ("keep_daily", self.keep_daily),
            ("keep_weekly", self.keep_weekly),
            ("keep_monthly", self.keep_monthly),
            ("keep_yearly", self.keep_yearly),
        ];
        words.extend(counts.iter().filter_map(|(name, count)| count.map(|count| format!("{name} = {count}"))));
        words.extend(self.keep_within.map(|within| format!("keep_within = {}", exact(within))));
        words.extend(self.keep_tag.iter().map(|tag| format!("keep_tag = {tag:?}")));
        words.extend(self.keep_all.then(|| "keep_all".to_owned()));
        words.join(", ")
    }
}

impl Policy {
    /// A name for exactly these rules, the bounds on deleting included: whoever agreed to it agreed to nothing else.
    pub fn fingerprint(&self) -> String {
        let mut text = format!("min_keep = {}\ncap = {}\n", self.min_keep, self.cap);
        for (name, tier) in &self.tiers {
            // Quoted, so that no name can be mistaken for the end of one.
            let _ = writeln!(text, "{name:?}: {:?}", tier.in_words());
        }
        hex(&Sha256::digest(text.as_bytes())[..8])
    }
}
