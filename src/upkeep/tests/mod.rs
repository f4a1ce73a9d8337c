//! Against a provider of our own, which keeps a log of every order: what tidegate says of itself proves nothing.

mod create;
mod fake;
mod prune;
mod pruner;

use jiff::{SignedDuration, Timestamp};

use crate::backup::{Backup, Origin, Resource, tags};
use crate::retention::{Policy, Scope, Tier};

const SERVER: &str = "db-7KQ2";
const NOW: &str = "2026-06-30T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn resource() -> Resource {
    Resource {
        name: "prod-db".to_owned(),
        resource_id: SERVER.to_owned(),
        region: "eu-west-1".to_owned(),
        status: "available".to_owned(),
        ..Resource::default()
    }
}

fn scope() -> Scope<'static> {
    Scope { resource_id: SERVER, database: Some("shop"), current: None }
}

/// Ours, good, of the tier `scheduled`.
fn backup(id: &str, age: i64) -> Backup {
    let tags = [(tags::ID, id), (tags::RESOURCE, SERVER), (tags::DATABASE, "shop"), (tags::TIER, "scheduled")];
    Backup {
        id: id.to_owned(),
        arn: format!("arn:{id}"),
        resource: "prod-db".to_owned(),
        resource_id: SERVER.to_owned(),
        origin: Origin::Manual,
        status: "available".to_owned(),
        created: Some(now() - days(age)),
        tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        ..Backup::default()
    }
}

/// `d0` of today, `d1` of yesterday, …
fn daily(count: i64) -> Vec<Backup> {
    (0..count).map(|day| backup(&format!("d{day}"), day)).collect()
}

fn keep_last(count: u32) -> Policy {
    let tier = Tier { keep_last: Some(count), ..Tier::default() };
    Policy { tiers: [("scheduled".to_owned(), tier)].into(), ..Policy::default() }
}
