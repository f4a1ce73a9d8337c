use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::backup::Origin;
use crate::backup::tags::Phase;

/// What becomes of one backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub id: String,
    pub action: Action,
    pub reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Keep,
    Delete,
}

/// Why a backup stays or goes. [`fmt::Display`] says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No manual snapshot of this account.
    NotManual(Origin),
    /// Without a tag of ours.
    NotOurs,
    /// It carries the tags of another one.
    Cloned {
        of: String,
    },
    /// Made of another server, in spite of its name.
    OtherServer {
        resource_id: String,
    },
    /// Made for another database of the server; `None` for all of them.
    OtherDatabase {
        database: Option<String>,
    },
    /// Listed twice with different facts.
    Contradictory,
    Status(String),
    NoAge,
    Future(Timestamp),
    Pinned(String),
    InUse {
        run: String,
        phase: Phase,
    },
    /// The tag of a run cannot be read, so the run may not have ended.
    UnreadableRun(String),
    Shared,
    MaybeShared,
    BeingCopied,
    MaybeCopied,
    /// The one just made.
    Current,
    /// The one just made is not there as a good one.
    CurrentMissing(String),
    /// The good one before the one just made.
    Previous,
    /// The newest good one, or one of the newest so many.
    Floor(u32),
    NoTier,
    /// No policy names its tier.
    NoPolicy {
        tier: String,
    },
    /// The policy of its tier says nothing.
    EmptyPolicy {
        tier: String,
    },
    Rules(Vec<Rule>),
    /// It would go, but not in this run.
    Cap(u32),
    /// No rule of its tier keeps it.
    Expired {
        tier: String,
        rules: String,
        age: SignedDuration,
    },
}

/// A rule that keeps a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    Last(u32),
    Within(SignedDuration),
    /// `keep_monthly = 12`, and for which stretch: `2026-03`.
    Newest {
        rule: &'static str,
        count: u32,
        of: String,
    },
    Tag(String),
    All,
}

impl Reason {
    /// One word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotManual(_) => "not-manual",
            Self::NotOurs => "not-ours",
            Self::Cloned { .. } => "cloned",
            Self::OtherServer { .. } => "other-server",
            Self::OtherDatabase { .. } => "other-database",
            Self::Contradictory => "contradictory",
            Self::Status(_) => "status",
            Self::NoAge => "no-age",
            Self::Future(_) => "future",
            Self::Pinned(_) => "pinned",
            Self::InUse { .. } => "in-use",
            Self::UnreadableRun(_) => "unreadable-run",
            Self::Shared => "shared",
            Self::MaybeShared => "maybe-shared",
            Self::BeingCopied => "being-copied",
            Self::MaybeCopied => "maybe-copied",
            Self::Current => "current",
            Self::CurrentMissing(_) => "current-missing",
            Self::Previous => "previous",
            Self::Floor(_) => "min-keep",
            Self::NoTier => "no-tier",
            Self::NoPolicy { .. } => "no-policy",
            Self::EmptyPolicy { .. } => "empty-policy",
            Self::Rules(_) => "rules",
            Self::Cap(_) => "cap",
            Self::Expired { .. } => "expired",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotManual(Origin::Automated) => f.write_str("automated: RDS keeps and deletes it"),
            Self::NotManual(Origin::AwsBackup) => f.write_str("made by AWS Backup, which keeps and deletes it"),
            Self::NotManual(Origin::Shared) => f.write_str("of another account, which shared it"),
            Self::NotManual(_) => f.write_str("of a kind that tidegate does not know"),
            Self::NotOurs => f.write_str("not made by tidegate"),
            Self::Cloned { of } => write!(f, "a copy made by hand: its tags are those of {of}"),
            Self::OtherServer { resource_id } => write!(f, "of another server, {resource_id}"),
            Self::OtherDatabase { database: Some(database) } => write!(f, "made for another database, {database}"),
            Self::OtherDatabase { database: None } => f.write_str("made for all databases of the server"),
            Self::Contradictory => f.write_str("listed twice, with different facts"),
            Self::Status(status) => write!(f, "its status is {status}, and only what is available is deleted"),
            Self::NoAge => f.write_str("its age is not known"),
            Self::Future(moment) => write!(f, "dated in the future, {moment}"),
            Self::Pinned(why) if why.is_empty() => f.write_str("pinned"),
            Self::Pinned(why) => write!(f, "pinned: {why}"),
            Self::InUse { run, phase } => write!(f, "run {run} has not ended: {}", phase.name()),
            Self::UnreadableRun(run) => write!(f, "the tag of run {run} cannot be read: it may not have ended"),
            Self::Shared => f.write_str("shared with another account"),
            Self::MaybeShared => f.write_str("whether it is shared could not be told"),
            Self::BeingCopied => f.write_str("being copied"),
            Self::MaybeCopied => f.write_str("whether it is being copied could not be told"),
            Self::Current => f.write_str("the one just made"),
            Self::CurrentMissing(id) => write!(f, "the one just made, {id}, is not there as a good one: nothing goes"),
            Self::Previous => f.write_str("the good one before the one just made"),
            Self::Floor(1) => f.write_str("the newest good one"),
            Self::Floor(count) => write!(f, "one of the newest {count} good ones (min_keep)"),
            Self::NoTier => f.write_str("it has no tier"),
            Self::NoPolicy { tier } => write!(f, "no policy names the tier {tier}"),
            Self::EmptyPolicy { tier } => write!(f, "the policy of the tier {tier} says nothing"),
            Self::Rules(rules) => {
                for (place, rule) in rules.iter().enumerate() {
                    write!(f, "{}{rule}", if place == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Cap(cap) => write!(f, "it may go, but the cap of {cap} in one run is reached"),
            Self::Expired { tier, rules, age } => {
                write!(f, "{} old, and nothing of the tier {tier} keeps it ({rules})", span(*age))
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(count) => write!(f, "keep_last = {count}"),
            Self::Within(within) => write!(f, "keep_within = {}", exact(*within)),
            Self::Newest { rule, count, of } => write!(f, "{rule} = {count} ({of})"),
            Self::Tag(tag) => write!(f, "keep_tag = {tag:?}"),
            Self::All => f.write_str("keep_all"),
        }
    }
}

/// A length of time as a policy writes it: `30d`, `36h`, `90s`.
pub fn exact(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let fits = units.iter().find(|(size, _)| seconds != 0 && seconds % size == 0);
    fits.map_or_else(|| "0s".to_owned(), |(size, name)| format!("{}{name}", seconds / size))
}

/// A length of time in its two largest units: `41d`, `2d 5h`, `3h 10m`, `12s`. A day has 24 hours.
pub fn span(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        if rest >= size {
            parts.push(format!("{}{name}", rest / size));
        } else if !parts.is_empty() {
            break;
        }
        rest %= size;
        // Hours say nothing of what is weeks old.
        if parts.len() == 2 || seconds >= 10 * size && !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_as_a_policy_writes_them() {
        let hour = 3_600;
        let told =
            [(0, "0s"), (90, "90s"), (120, "2m"), (36 * hour, "36h"), (48 * hour, "2d"), (30 * 24 * hour, "30d")];
        for (seconds, text) in told {
            assert_eq!(exact(SignedDuration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn lengths_are_told_in_two_units() {
        let hour = 3_600;
        let told = [
            (0, "0s"),
            (-5, "0s"),
            (59, "59s"),
            (60, "1m"),
            (61, "1m 1s"),
            (600, "10m"),
            (hour, "1h"),
            (hour + 600, "1h 10m"),
            (hour + 5, "1h"),
            (24 * hour, "1d"),
            (53 * hour, "2d 5h"),
            (30 * 24 * hour, "30d"),
            (41 * 24 * hour + 7 * hour, "41d"),
        ];
        for (seconds, text) in told {
            assert_eq!(span(SignedDuration::from_secs(seconds)), text, "{seconds}");
        }
    }
}
