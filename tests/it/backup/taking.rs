//! Listing, pinning, adopting.

use super::*;
use crate::aws::fake::{Fault, Instance, Stage};

#[test]
fn everything_is_listed_with_what_is_worth_a_word() {
    let fake = with_daily(2);
    fake.with(|world| {
        world.snapshot("d1").tags.insert("tidegate:pinned".to_owned(), "audit".to_owned());
        let run = "running db=shop env=prod pending=- argv=- commit=- at=2026-06-01T00:00:00Z";
        world.snapshot("d1").tags.insert("tidegate:use/0f3a9c51d2e47b86".to_owned(), run.to_owned());
        let mut by_hand = ours(world, "by-hand", "x", 7);
        by_hand.tags.clear();
        let mut making = ours(world, "making", "scheduled", 0);
        making.stage = Stage::at("creating", 40);
        world.snapshots.extend([by_hand, making]);
    });
    let run = backup(&fake.env(), "", &["list"])
        .stdout_has("pinned: audit; run 0f3a9c51d2e47b86: running")
        .stdout_has("not made by tidegate")
        .stdout_has("creating 40 %")
        .stderr_has("4 backups, 3 of them tidegate's for shop on prod-db in eu-west-1")
        .run();
    assert_eq!(run.stdout().lines().count(), 5);
    let said = json(&backup(&fake.env(), "", &["list", "--json"]).run());
    let one = said["backups"].as_array().unwrap().iter().find(|one| one["id"] == "d1").unwrap().clone();
    assert_eq!(one["runs"][0]["phase"], "running");
    assert_eq!((&one["pinned"], &one["tier"], &one["ours"]), (&"audit".into(), &"scheduled".into(), &true.into()));
    assert!(fake.log().iter().all(|call| call.action.starts_with("Describe")), "a list changes nothing");
}

#[test]
fn a_pinned_one_stays_until_the_pin_is_taken_away() {
    let fake = with_daily(3);
    backup(&fake.env(), "", &["pin", "d2", "--reason", "audit <2026>"]).stderr_has("d2 is pinned (audit -2026-)").run();
    backup(&fake.env(), &keep_last(1), &["prune", "--yes"]).stdout_has("pinned: audit -2026-").run();
    assert_eq!(there(&fake), ["d0", "d2"]);
    backup(&fake.env(), "", &["pin", "d2", "--remove"]).run();
    backup(&fake.env(), &keep_last(1), &["prune", "--yes"]).run();
    assert_eq!(there(&fake), ["d0"]);
    backup(&fake.env(), "", &["pin", "d2"]).status(2).stderr_has("there is no backup d2").run();
}

#[test]
fn what_is_not_ours_is_not_pinned() {
    let fake = with_daily(1);
    fake.with(|world| {
        let mut by_hand = ours(world, "by-hand", "x", 7);
        by_hand.tags.clear();
        let mut other = ours(world, "other", "x", 7);
        other.resource_id = "db-BEFORE".to_owned();
        world.snapshots.extend([by_hand, other]);
    });
    backup(&fake.env(), "", &["pin", "by-hand"]).status(2).stderr_has("none of tidegate's").run();
    backup(&fake.env(), "", &["pin", "other"]).status(2).stderr_has("of another server, db-BEFORE").run();
    assert_eq!(fake.count("AddTagsToResource"), 0);
}

#[test]
fn row_25_hand_made_ones_are_adopted_after_a_plan_and_never_those_of_others() {
    let fake = with_daily(1);
    fake.with(|world| {
        let plain = |world: &World, id: &str, days| {
            let mut one = ours(world, id, "x", days);
            one.tags.clear();
            one.tag("team", "shop")
        };
        let mut found: Vec<Snapshot> = (1..=3).map(|n| plain(world, &format!("before-{n}"), 10 * n)).collect();
        found.push(Snapshot { origin: "awsbackup".to_owned(), ..plain(world, "before-aws", 9) });
        found.push(Snapshot { origin: "automated".to_owned(), ..plain(world, "before-auto", 9) });
        found.push(Snapshot { shared_with: vec!["210987654321".to_owned()], ..plain(world, "before-shared", 9) });
        found.push(Snapshot { resource_id: "db-BEFORE".to_owned(), ..plain(world, "before-restored", 9) });
        found.push(plain(world, "before-cloned", 9).tag("tidegate:id", "d0"));
        found.push(plain(world, "unrelated", 9));
        world.snapshots.extend(found);
        let other = Instance::new("other-db");
        world.snapshots.push(Snapshot::new("before-other", &other, Timestamp::now()));
    });
    let policy = format!("{}[environments.prod.retention.old]\nkeep_last = 1\n", keep_last(5));
    let adopt = ["adopt", "BEFORE-*", "--tier", "old"];
    backup(&fake.env(), &policy, &adopt)
        .stdout_has("adopt    before-1")
        .stdout_has("refused  before-shared    it is shared with another account, which may count on it")
        .stdout_has("refused  before-restored  it is of another server, db-BEFORE")
        .stdout_has("it is a copy made by hand, with the tags of d0; take those away first")
        .stderr_has("3 backups would be adopted as old; carry it out with --yes; the next prune would delete 2 of them")
        .run();
    assert_eq!(fake.count("AddTagsToResource"), 0, "a plan writes nothing");
    backup(&fake.env(), &policy, &adopt).arg("--yes").stderr_has("3 backups adopted as old").run();
    let tagged: Vec<String> = fake
        .log()
        .iter()
        .filter(|call| call.action == "AddTagsToResource")
        .map(|call| call.get("ResourceName").rsplit(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(tagged, ["before-1", "before-2", "before-3"]);
    fake.with(|world| assert_eq!(world.snapshot("before-1").tags["team"], "shop"));
    backup(&fake.env(), &policy, &["prune", "--yes"]).run();
    assert_eq!(deleted(&fake), ["before-3", "before-2"]);
}

#[test]
fn what_cannot_be_adopted_is_told() {
    let fake = with_daily(1);
    backup(&fake.env(), "", &["adopt", "nothing-*", "--tier", "old"])
        .status(2)
        .stderr_has("no snapshot of prod-db")
        .run();
    backup(&fake.env(), "", &["adopt", "d*", "--tier", "old", "--yes"]).stdout_has("one of tidegate's already").run();
    fake.with(|world| world.snapshot("d0").tags.clear());
    fake.fault(Fault::on("AddTagsToResource").deny());
    backup(&fake.env(), "", &["adopt", "d*", "--tier", "old", "--yes"])
        .status(1)
        .stdout_has("FAILED  d0  rds:AddTagsToResource")
        .run();
}
