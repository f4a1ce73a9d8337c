//! The same with moto for AWS, and the AWS CLI to look at what is there.

use std::time::Duration;

use super::*;
use crate::aws::moto::{Moto, Region};

const POLICY: &str = "[environments.prod.retention.old]\nkeep_last = 1\n\
                      [environments.prod.retention.scheduled]\nkeep_last = 1\n";

/// The manual snapshots and their tags, as the AWS CLI sees them.
fn seen(region: &Region, kind: &str) -> Vec<(String, Value)> {
    let (verb, list, id) = match kind {
        "instance" => ("describe-db-snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
        _ => ("describe-db-cluster-snapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier"),
    };
    let answer = region.aws(&["rds", verb, "--snapshot-type", "manual"]);
    let all = answer[list].as_array().unwrap().iter();
    all.map(|one| (one[id].as_str().unwrap().to_owned(), one["TagList"].clone())).collect()
}

fn tag<'a>(tags: &'a Value, key: &str) -> &'a str {
    let found = tags.as_array().unwrap().iter().find(|tag| tag["Key"] == key);
    found.map_or("", |tag| tag["Value"].as_str().unwrap())
}

fn ids(seen: &[(String, Value)]) -> Vec<&str> {
    seen.iter().map(|(id, _)| id.as_str()).collect()
}

fn life(kind: &str) {
    let region = Moto::region();
    match kind {
        "instance" => region.instance("prod-db"),
        _ => region.cluster("prod-db"),
    }
    // The host in the URL names another Region.
    let more = format!("[environments.prod.backup]\ninstance = \"prod-db\"\nregion = \"{}\"\n{POLICY}", region.name);
    let run = |arguments: &[&str]| backup(&region.env(), &more, arguments).run();
    let first = run(&["create"]).stdout().trim_end().to_owned();
    let there = seen(&region, kind);
    assert_eq!(ids(&there), [first.as_str()]);
    assert_eq!(tag(&there[0].1, "tidegate:id"), first);
    assert_eq!((tag(&there[0].1, "tidegate:tier"), tag(&there[0].1, "tidegate:database")), ("scheduled", "shop"));
    assert_eq!(tag(&there[0].1, "team"), "shop", "the server's own tags go along");
    // By hand, a while apart.
    for name in ["before-1", "before-2", "unrelated"] {
        std::thread::sleep(Duration::from_millis(1_100));
        match kind {
            "instance" => region.aws(&[
                "rds",
                "create-db-snapshot",
                "--db-instance-identifier",
                "prod-db",
                "--db-snapshot-identifier",
                name,
            ]),
            _ => region.aws(&[
                "rds",
                "create-db-cluster-snapshot",
                "--db-cluster-identifier",
                "prod-db",
                "--db-cluster-snapshot-identifier",
                name,
            ]),
        };
    }
    let adopted = run(&["adopt", "before-*", "--tier", "old", "--yes"]);
    let there = seen(&region, kind);
    let tier = |id: &str| tag(&there.iter().find(|(known, _)| known == id).unwrap().1, "tidegate:tier").to_owned();
    if kind == "instance" {
        assert_eq!((tier("before-1"), tier("unrelated")), ("old".to_owned(), String::new()));
    } else {
        // moto does not say which cluster a snapshot was made of, so that nobody can tell.
        assert!(adopted.stdout().contains("refused  before-1  it is of another server"), "{}", adopted.stdout());
        assert_eq!(tier("before-1"), "");
    }
    std::thread::sleep(Duration::from_millis(1_100));
    let second = run(&["create"]).stdout().trim_end().to_owned();
    let listed = json(&run(&["list", "--json"]));
    assert_eq!(listed["backups"].as_array().unwrap().len(), 5);
    run(&["prune"]);
    assert_eq!(seen(&region, kind).len(), 5, "a plan deletes nothing");
    run(&["prune", "--yes"]);
    let there = seen(&region, kind);
    let mut left = ids(&there);
    left.sort_unstable();
    let kept: &[&str] = if kind == "instance" { &["before-2"] } else { &["before-1", "before-2"] };
    assert_eq!(left, [kept, &[second.as_str(), "unrelated"]].concat());
}

#[test]
fn row_23_an_instance_from_the_first_backup_to_the_prune() {
    life("instance");
}

#[test]
fn row_23_a_cluster_from_the_first_backup_to_the_prune() {
    life("cluster");
}
