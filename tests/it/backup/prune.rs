use super::*;
use crate::aws::fake::{Fault, Stage};

#[test]
fn without_yes_it_is_a_plan_and_with_it_exactly_that_is_deleted() {
    let fake = with_daily(6);
    backup(&fake.env(), &keep_last(3), &["prune"])
        .stdout_has(
            "delete  d5  eu-west-1  scheduled  5d  5d old, and nothing of the tier scheduled keeps it (keep_last = 3)",
        )
        .stdout_has("keep    d2  eu-west-1  scheduled  2d  keep_last = 3")
        .stderr_has("3 backups would be deleted for shop on prod-db in eu-west-1; carry it out with --yes")
        .run();
    backup(&fake.env(), &keep_last(3), &["prune", "--dry-run"]).run();
    assert!(deleted(&fake).is_empty(), "a plan deletes nothing");
    let run = backup(&fake.env(), &keep_last(3), &["prune", "--yes", "--json"]).stderr_has("3 backups deleted").run();
    assert_eq!(deleted(&fake), ["d5", "d4", "d3"]);
    assert_eq!(there(&fake), ["d0", "d1", "d2"]);
    let said = json(&run);
    assert_eq!((&said["version"], &said["carried_out"], &said["database"]), (&1.into(), &true.into(), &"shop".into()));
    let gone = said["backups"].as_array().unwrap().iter().filter(|line| line["deleted"] == true);
    assert_eq!(gone.map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), ["d3", "d4", "d5"]);
}

#[test]
fn without_a_policy_nothing_is_deleted() {
    let fake = with_daily(4);
    backup(&fake.env(), "", &["prune", "--yes"]).stderr_has("no policy, so nothing is deleted").run();
    backup(&fake.env(), "[environments.prod.retention.scheduled]\n", &["prune", "--yes"])
        .stdout_has("the policy of the tier scheduled says nothing")
        .run();
    assert!(deleted(&fake).is_empty());
}

#[test]
fn row_22_the_clock_of_aws_counts_and_the_future_is_left_alone() {
    let fake = with_daily(20);
    let policy =
        "[environments.prod.retention.scheduled]\nkeep_within = \"252h\"\n[environments.prod.prune]\ncap = 99\n";
    // AWS says that it is a week earlier than this machine does: d0 to d6 are yet to come there, d17 is ten days old.
    fake.with(|world| world.clock_ahead = SignedDuration::from_hours(-7 * 24));
    backup(&fake.env(), policy, &["prune", "--yes"]).stdout_has("dated in the future").run();
    assert_eq!(deleted(&fake), ["d19", "d18"]);
}

#[test]
fn row_23_nothing_but_what_is_ours_of_this_database_is_deleted() {
    let fake = with_daily(3);
    fake.with(|world| {
        let changes: [(&str, fn(&mut Snapshot)); 12] = [
            ("by-hand", |one| one.tags.clear()),
            ("cloned", |one| drop(one.tags.insert("tidegate:id".to_owned(), "d0".to_owned()))),
            ("restored", |one| one.resource_id = "db-BEFORE".to_owned()),
            ("tagged-otherwise", |one| drop(one.tags.insert("tidegate:resource".to_owned(), "db-X".to_owned()))),
            ("other-database", |one| drop(one.tags.insert("tidegate:database".to_owned(), "crm".to_owned()))),
            ("all-databases", |one| drop(one.tags.remove("tidegate:database"))),
            ("automated", |one| one.origin = "automated".to_owned()),
            ("awsbackup", |one| one.origin = "awsbackup".to_owned()),
            ("shared", |one| one.shared_with = vec!["210987654321".to_owned()]),
            ("public", |one| one.shared_with = vec!["all".to_owned()]),
            ("pinned", |one| drop(one.tags.insert("tidegate:pinned".to_owned(), "audit".to_owned()))),
            ("in-use", |one| drop(one.tags.insert("tidegate:use/0f3a".to_owned(), "running db=shop".to_owned()))),
        ];
        for (id, change) in changes {
            let mut one = ours(world, id, "scheduled", 300);
            change(&mut one);
            world.snapshots.push(one);
        }
        for status in ["creating", "failed", "copying"] {
            let mut one = ours(world, &format!("is-{status}"), "scheduled", 300);
            one.stage = Stage::is(status);
            world.snapshots.push(one);
        }
        // A copy that is being made: deleting its source would end it.
        let source = ours(world, "copied", "scheduled", 300);
        let mut copy = Snapshot { copied_from: Some(source.arn()), ..ours(world, "copy", "scheduled", 300) };
        copy.stage = Stage::at("copying", 20);
        world.snapshots.extend([source, copy]);
    });
    let before = there(&fake);
    let run = backup(&fake.env(), &keep_last(1), &["prune", "--yes"]).run();
    assert_eq!(deleted(&fake), ["d2", "d1"], "{}", run.stdout());
    assert_eq!(there(&fake).len(), before.len() - 2);
    for told in [
        "not made by tidegate",
        "a copy made by hand: its tags are those of d0",
        "of another server, db-BEFORE",
        "made for another database, crm",
        "made for all databases of the server",
        "shared with another account",
        "being copied",
        "pinned: audit",
        "the tag of run 0f3a cannot be read: it may not have ended",
        "its status is failed, and only what is available is deleted",
    ] {
        assert!(run.stdout().contains(told), "{told}\n{}", run.stdout());
    }
}

#[test]
fn row_23_each_is_described_right_before_it_is_deleted() {
    let fake = with_daily(4);
    backup(&fake.env(), &keep_last(2), &["prune", "--yes"]).run();
    let log = fake.log();
    for (place, call) in log.iter().enumerate().filter(|(_, call)| call.action == "DeleteDBSnapshot") {
        let before = &log[place - 1];
        assert_eq!(before.action, "DescribeDBSnapshots");
        assert_eq!(before.get("DBSnapshotIdentifier"), call.get("DBSnapshotIdentifier"));
    }
    assert_eq!(deleted(&fake), ["d3", "d2"]);
}

#[test]
fn row_24_the_newest_good_one_stays_whatever_the_policy_says() {
    let fake = with_daily(5);
    fake.with(|world| {
        world.snapshot("d0").stage = Stage::is("failed");
        world.snapshot("d1").stage = Stage::is("creating");
    });
    let nothing = "[environments.prod.retention.scheduled]\nkeep_within = \"1s\"\n";
    backup(&fake.env(), nothing, &["prune", "--yes"]).stdout_has("the newest good one").run();
    assert_eq!(there(&fake), ["d0", "d1", "d2"]);
    let fake = with_daily(5);
    backup(&fake.env(), &format!("{nothing}[environments.prod.prune]\nmin_keep = 3\n"), &["prune", "--yes"]).run();
    assert_eq!(there(&fake), ["d0", "d1", "d2"]);
}

#[test]
fn row_25_500_snapshots_on_several_pages_and_no_more_than_the_cap() {
    let fake = with_daily(500);
    let run = backup(&fake.env(), &keep_last(30), &["list", "--json"]).run();
    assert_eq!(json(&run)["backups"].as_array().unwrap().len(), 500);
    let pages = fake.log().iter().filter(|call| !call.get("Marker").is_empty()).count();
    assert!(pages >= 4, "{pages} further pages");
    backup(&fake.env(), &keep_last(30), &["prune", "--yes"])
        .stdout_has("it may go, but the cap of 10 in one run is reached")
        .stderr_has("10 backups deleted")
        .run();
    let expected: Vec<String> = (490..500).rev().map(|day| format!("d{day}")).collect();
    assert_eq!(deleted(&fake), expected, "the oldest ones");
}

#[test]
fn row_25d_what_another_janitor_takes_meanwhile_is_no_failure_and_the_last_one_stays() {
    let fake = with_daily(4);
    // d3 goes when it is looked at before its deletion.
    fake.with(|world| world.snapshot("d3").next.push_back(Stage::gone()));
    backup(&fake.env(), &keep_last(2), &["prune", "--yes"]).stdout_has("somebody else had deleted it already").run();
    assert_eq!(deleted(&fake), ["d2"]);
}

#[test]
fn row_26_a_deletion_that_fails_is_told_by_itself_and_the_exit_code_is_1() {
    let fake = with_daily(5);
    fake.fault(Fault::on("DeleteDBSnapshot").given("DBSnapshotIdentifier", "d4").deny());
    backup(&fake.env(), &keep_last(2), &["prune", "--yes"])
        .status(1)
        .stdout_has("FAILED   d4")
        .stderr_has("d4 in eu-west-1 is still there: rds:DeleteDBSnapshot")
        .stderr_has("2 of 3 backups deleted")
        .run();
    assert_eq!(there(&fake), ["d0", "d1", "d4"]);
    // Whether it is shared cannot be told: it stays, and that is told.
    let fake = with_daily(4);
    fake.fault(Fault::on("DescribeDBSnapshotAttributes").given("DBSnapshotIdentifier", "d3").deny());
    backup(&fake.env(), &keep_last(2), &["prune", "--yes"])
        .status(1)
        .stdout_has("whether it is shared could not be told")
        .run();
    assert_eq!(deleted(&fake), ["d2"]);
}

#[test]
fn row_9_throttling_and_lost_answers_are_waited_out() {
    let fake = with_daily(4);
    fake.fault(Fault::on("DescribeDBSnapshots").first(2).throttle());
    fake.fault(Fault::on("DeleteDBSnapshot").given("DBSnapshotIdentifier", "d3").first(1).throttle());
    fake.fault(Fault::on("DeleteDBSnapshot").given("DBSnapshotIdentifier", "d2").first(1).lose_answer());
    backup(&fake.env(), &keep_last(2), &["prune", "--yes"]).stderr_has("2 backups deleted").run();
    assert_eq!(there(&fake), ["d0", "d1"]);
}

#[test]
fn a_tier_alone_and_one_that_no_policy_names() {
    let fake = with_daily(4);
    fake.with(|world| {
        for day in 10..14 {
            let one = ours(world, &format!("m{day}"), "monthly", day);
            world.snapshots.push(one);
        }
    });
    let policy = format!("{}[environments.prod.retention.monthly]\nkeep_last = 2\n", keep_last(1));
    backup(&fake.env(), &policy, &["prune", "--yes", "--tier", "monthly"]).run();
    assert_eq!(deleted(&fake), ["m13", "m12"]);
    backup(&fake.env(), &policy, &["prune", "--yes", "--tier", "wekly"])
        .status(2)
        .stderr_has("no policy of prod names the tier \"wekly\"")
        .stderr_has("there is monthly, scheduled")
        .run();
}

#[test]
fn a_cluster_is_pruned_by_cluster_calls() {
    let fake = Fake::with_cluster("prod-db");
    fake.with(|world| {
        for day in 0..4 {
            let id = format!("d{day}");
            let created = Timestamp::now() - SignedDuration::from_hours(24 * day);
            let cluster = &world.clusters[0];
            let one = Snapshot::of_cluster(&id, cluster, created)
                .tag("tidegate:id", &id)
                .tag("tidegate:resource", &cluster.resource_id)
                .tag("tidegate:tier", "scheduled");
            world.snapshots.push(one);
        }
    });
    let policy = format!("[environments.prod.backup]\ninstance = \"prod-db\"\n{}", keep_last(2));
    backup(&fake.env(), &policy, &["prune", "--yes", "--all-databases"]).run();
    let calls = fake.log().into_iter().filter(|call| call.action == "DeleteDBClusterSnapshot");
    let ids: Vec<String> = calls.map(|call| call.get("DBClusterSnapshotIdentifier").to_owned()).collect();
    assert_eq!(ids, ["d3", "d2"]);
    assert_eq!(fake.count("DeleteDBSnapshot"), 0);
}

#[test]
fn copies_in_other_regions_are_judged_there() {
    let fake = with_daily(2);
    fake.with(|world| {
        for day in 0..4 {
            let mut copy = ours(world, &format!("d{day}"), "scheduled", day);
            copy.region = "eu-central-1".to_owned();
            world.snapshots.push(copy.tag("tidegate:copy-of", &format!("d{day}")));
        }
    });
    let policy = format!("[environments.prod.backup]\ncopy_to = [\"eu-central-1\"]\n{}", keep_last(3));
    backup(&fake.env(), &policy, &["prune", "--yes"]).stdout_has("deleted  d3  eu-central-1").run();
    let calls: Vec<_> = fake.log().into_iter().filter(|call| call.action == "DeleteDBSnapshot").collect();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].region.as_str(), calls[0].get("DBSnapshotIdentifier")), ("eu-central-1", "d3"));
    // The source of a copy that goes on stays.
    let fake = with_daily(4);
    fake.with(|world| {
        let mut copy = ours(world, "d3", "scheduled", 3);
        copy.region = "eu-central-1".to_owned();
        copy.stage = Stage::at("copying", 10);
        world.snapshots.push(copy);
    });
    let policy = format!("[environments.prod.backup]\ncopy_to = [\"eu-central-1\"]\n{}", keep_last(2));
    backup(&fake.env(), &policy, &["prune", "--yes"]).stdout_has("being copied").run();
    assert_eq!(deleted(&fake), ["d2"]);
}
