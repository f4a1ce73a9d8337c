//! `tidegate backup`, with the log of a scripted AWS and the AWS CLI as witnesses: what was asked for and what was
//! deleted is never what tidegate says of itself.

mod create;
mod moto;
mod prune;
mod taking;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::aws::fake::{Fake, Snapshot, World};
use crate::support::cli::{Cli, Run};

const URL: &str = "postgres://app:a-secret-password@prod-db.c0ffee.eu-west-1.rds.amazonaws.com/shop";

fn config(more: &str) -> String {
    format!(
        "[environments.prod]\ndatabase_url = \"${{PROD_DATABASE_URL}}\"\n\
         [environments.prod.gate]\npoll = \"200ms\"\n\
         {more}\n"
    )
}

/// `tidegate backup ACTION --env prod`, with a policy, and the fake for AWS.
fn backup(environment: &[(&str, String)], more: &str, arguments: &[&str]) -> Cli {
    let mut cli = Cli::new().file("tidegate.toml", config(more)).arg("backup").args(arguments).args(["--env", "prod"]);
    cli = cli.env("PROD_DATABASE_URL", URL);
    for (name, value) in environment {
        cli = cli.env(name, value);
    }
    cli.nowhere_says(crate::aws::fake::SECRET_KEY).nowhere_says("a-secret-password")
}

fn keep_last(count: u32) -> String {
    format!("[environments.prod.retention.scheduled]\nkeep_last = {count}\n")
}

/// On stdout.
fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout()).unwrap()
}

/// One of ours for the database `shop`, so many days old.
fn ours(world: &World, id: &str, tier: &str, days: i64) -> Snapshot {
    let instance = &world.instances[0];
    let created = Timestamp::now() - SignedDuration::from_hours(24 * days);
    Snapshot::new(id, instance, created)
        .tag("tidegate:id", id)
        .tag("tidegate:resource", &instance.resource_id)
        .tag("tidegate:database", "shop")
        .tag("tidegate:tier", tier)
}

/// With `d0` of today, `d1` of yesterday, …, of the tier `scheduled`.
fn with_daily(count: i64) -> Fake {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| {
        for day in 0..count {
            let snapshot = ours(world, &format!("d{day}"), "scheduled", day);
            world.snapshots.push(snapshot);
        }
    });
    fake
}

/// The snapshots that were ordered to be deleted, in order.
fn deleted(fake: &Fake) -> Vec<String> {
    let deletes = fake.log().into_iter().filter(|call| call.action == "DeleteDBSnapshot");
    deletes.map(|call| call.get("DBSnapshotIdentifier").to_owned()).collect()
}

/// The names that are there, sorted.
fn there(fake: &Fake) -> Vec<String> {
    let mut ids: Vec<String> = fake.with(|world| world.snapshots.iter().map(|one| one.id.clone()).collect());
    ids.sort();
    ids
}
