//! The AWS CLI looks at what the provider did. It is not ours, and neither is the server.

use serde_json::Value;
use tidegate::backup::{Provider as _, tags as keys};

use super::fake::{Fake, REGION};
use super::moto::{self, Moto};
use super::{open, tags};

fn tags_of(snapshot: &Value) -> Vec<(&str, &str)> {
    let tags = snapshot["TagList"].as_array().unwrap().iter();
    let mut tags: Vec<_> = tags.map(|tag| (tag["Key"].as_str().unwrap(), tag["Value"].as_str().unwrap())).collect();
    tags.sort_unstable();
    tags
}

/// Makes, tags and deletes a backup of `name`, and has the CLI say what is there each time.
async fn witnessed(url: &str, environment: &[(&str, String)], region: &str, name: &str, cluster: bool) {
    let (verb, list, id_of) = if cluster {
        ("describe-db-cluster-snapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier")
    } else {
        ("describe-db-snapshots", "DBSnapshots", "DBSnapshotIdentifier")
    };
    let there =
        || moto::aws(environment, &["rds", verb, "--snapshot-type", "manual"])[list].as_array().unwrap().clone();
    let rds = open(url, region, name).await.unwrap();
    let resource = rds.resource().await.unwrap();
    let id = "tidegate-witnessed-1";
    let own = [(keys::ID, id), (keys::TIER, "pre-migration")];
    let made = rds.request(&resource, id, &tags(&own)).await.unwrap();
    let seen = there();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0][id_of], id);
    assert_eq!(seen[0][id_of.replace("Identifier", "Arn")], made.arn);
    assert_eq!(tags_of(&seen[0]), [("team", "shop"), own[0], own[1]]);

    rds.tag(&made.arn, &tags(&[(keys::PINNED, "audit"), ("team", "bank")])).await.unwrap();
    rds.untag(&made.arn, &[keys::TIER]).await.unwrap();
    assert_eq!(tags_of(&there()[0]), [("team", "bank"), own[0], (keys::PINNED, "audit")]);

    rds.delete(id).await.unwrap();
    assert_eq!(there(), Vec::<Value>::new());
}

#[tokio::test]
async fn the_cli_sees_in_moto_what_was_done() {
    let region = Moto::region();
    region.instance("prod-db");
    region.cluster("shop");
    witnessed(&region.url(), &region.env(), &region.name, "prod-db", false).await;
    witnessed(&region.url(), &region.env(), &region.name, "shop", true).await;
}

#[tokio::test]
async fn the_cli_takes_the_fake_for_aws_too() {
    let fake = Fake::start();
    fake.with(|world| {
        world.instances.push(super::fake::Instance::new("prod-db").tag("team", "shop"));
        world.life = vec![super::fake::Stage::at("available", 100)];
    });
    witnessed(&fake.url(), &fake.env(), REGION, "prod-db", false).await;
}
