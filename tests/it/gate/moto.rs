//! The whole way against moto; the AWS CLI says what is there.

use serde_json::Value;

use super::deploy::Deploy;
use crate::aws::fake::Fake;
use crate::aws::moto::{Moto, Region};
use crate::support::cli::Cli;
use crate::support::postgres::server_on_tcp;

struct Way {
    deploy: Deploy,
    region: Region,
}

impl Way {
    fn new(name: &str) -> Self {
        let deploy = Deploy::with(Fake::start(), server_on_tcp().database());
        let way = Self { deploy, region: Moto::region() };
        // moto's endpoints are not this machine's.
        way.deploy.configure(
            "\n[environments.prod.retention.pre-migration]\nkeep_last = 1\n\n[environments.prod.prune]\nmin_keep = 1",
        );
        let config = std::fs::read_to_string(way.deploy.path("tidegate.toml")).unwrap();
        let config =
            config.replace("instance = \"prod-db\"", &format!("instance = \"{name}\"\nidentity = \"unproven\""));
        std::fs::write(way.deploy.path("tidegate.toml"), config).unwrap();
        way
    }

    fn on_moto(&self, mut cli: Cli) -> Cli {
        for (name, value) in self.region.env() {
            cli = cli.env(name, value);
        }
        cli
    }

    fn gate(&self) -> Cli {
        self.on_moto(self.deploy.gate(&[]))
    }
}

fn tags(snapshot: &Value) -> Vec<(String, String)> {
    let list = snapshot["TagList"].as_array().unwrap();
    let text = |tag: &Value, key: &str| tag[key].as_str().unwrap().to_owned();
    list.iter().map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect()
}

fn whole_way(way: &Way, describe: &str, key: &str, id: &str) {
    let listed = || {
        let answer = way.region.aws(&["rds", describe, "--snapshot-type", "manual"]);
        answer[key].as_array().unwrap().clone()
    };
    for (count, table) in ["orders", "lines", "payments"].iter().enumerate() {
        way.deploy.migration(&format!("2026020100000{count}_{table}"), &format!("CREATE TABLE {table} (id bigint);"));
        let run = way.gate().run();
        assert!(run.stderr.contains("unproven"), "it is said loudly: {}", run.stderr);
        let receipt = way.deploy.receipt();
        assert_eq!(receipt["outcome"], "succeeded");
        let snapshots = listed();
        let found = snapshots.iter().find(|one| one[id] == receipt["backup"]["id"]).expect("the CLI sees the snapshot");
        assert_eq!(found["Status"], "available");
        let tags = tags(found);
        let tag =
            |key: &str| tags.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone()).unwrap_or_default();
        assert_eq!(Some(tag("tidegate:run").as_str()), receipt["run"].as_str());
        assert_eq!(Some(tag("tidegate:id").as_str()), receipt["backup"]["id"].as_str());
        assert_eq!(tag("tidegate:identity"), "unproven");
        assert_eq!(tag("team"), "shop", "the source's own tags come along");
        let used = tag(&format!("tidegate:use/{}", receipt["run"].as_str().unwrap()));
        assert!(used.starts_with("succeeded "), "{used}");
    }
    assert_eq!(way.deploy.applied().len(), 4);
    way.on_moto(way.deploy.tidegate(&["backup", "prune", "--yes"])).run();
    let left = listed();
    let newest = way.deploy.receipt()["backup"]["id"].clone();
    assert!(left.iter().any(|one| one[id] == newest), "the newest stays");
    assert_eq!(left.len(), 1, "{left:#?}");
}

#[test]
fn an_instance_from_gate_to_prune() {
    let way = Way::new("prod-db");
    way.region.instance("prod-db");
    whole_way(&way, "describe-db-snapshots", "DBSnapshots", "DBSnapshotIdentifier");
}

#[test]
fn a_cluster_from_gate_to_prune() {
    let way = Way::new("prod-cluster");
    way.region.cluster("prod-cluster");
    whole_way(&way, "describe-db-cluster-snapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier");
}
