//! What stays and what goes, by example, by property, and over two years of days.

mod histories;
mod properties;
mod rules;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::backup::{Backup, Origin, tags};

const SERVER: &str = "db-7KQ2";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// For the backups of the database `shop`.
fn scope() -> Scope<'static> {
    Scope { resource_id: SERVER, database: Some("shop"), current: None }
}

/// A good one of ours, of the database `shop`.
fn backup(id: &str, tier: &str, point: Timestamp) -> Candidate {
    let tags = [(tags::ID, id), (tags::RESOURCE, SERVER), (tags::DATABASE, "shop"), (tags::TIER, tier)];
    let backup = Backup {
        id: id.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:snapshot:{id}"),
        resource: "prod-db".to_owned(),
        resource_id: SERVER.to_owned(),
        origin: Origin::Manual,
        status: "available".to_owned(),
        created: Some(point),
        tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        ..Backup::default()
    };
    Candidate { backup, shared: Known::No, being_copied: Known::No }
}

impl Candidate {
    fn tagged(mut self, key: &str, value: &str) -> Self {
        self.backup.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Backup)) -> Self {
        change(&mut self.backup);
        self
    }
}

/// One policy for the tier `scheduled`, as far as no cap holds it up.
fn policy(tier: Tier) -> Policy {
    Policy { tiers: [("scheduled".to_owned(), tier)].into(), cap: u32::MAX, ..Policy::default() }
}

fn last(count: u32) -> Tier {
    Tier { keep_last: Some(count), ..Tier::default() }
}

/// The ids that go, in the order of the verdicts.
fn deleted(verdicts: &[Verdict]) -> Vec<&str> {
    verdicts.iter().filter(|one| one.action == Action::Delete).map(|one| one.id.as_str()).collect()
}

fn reason<'a>(verdicts: &'a [Verdict], id: &str) -> &'a Reason {
    &verdicts.iter().find(|one| one.id == id).unwrap_or_else(|| panic!("{id} is not judged")).reason
}
