//! Rows of the failure table that the whole program has to hold, on the wire.

use super::deploy::{Deploy, Running, wait_until};
use crate::aws::fake::{Cluster, Fault, Instance, Snapshot, Stage};

/// The command must not have been started, and nothing was applied.
fn nothing_ran(deploy: &Deploy) {
    assert!(deploy.ran().is_empty(), "the command ran: {:?}", deploy.ran());
    assert!(deploy.applied().is_empty());
}

fn life(deploy: &Deploy, stages: &[Stage]) {
    deploy.fake.with(|world| world.life = stages.to_vec());
}

#[test]
fn row_01_a_snapshot_that_is_not_there_is_no_success() {
    let deploy = Deploy::new();
    life(&deploy, &[Stage::at("creating", 0), Stage::gone()]);
    deploy.gate(&["--timeout", "5s"]).any_status().run();
    nothing_ran(&deploy);
}

#[test]
fn row_02_a_wait_that_outlasts_the_job_is_gone_on_with() {
    let deploy = Deploy::new();
    life(&deploy, &[Stage::at("creating", 10)]);
    let run = deploy.gate(&["--timeout", "2s"]).status(122).run();
    assert!(run.stderr.contains("--resume"), "{}", run.stderr);
    nothing_ran(&deploy);
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| world.snapshot(&id).stage = Stage::at("available", 100));
    deploy.gate(&["--resume"]).run();
    assert_eq!((deploy.asked_for().len(), deploy.ran().len()), (1, 1));
}

#[test]
fn row_03_an_unknown_status_is_waited_for_and_a_dead_one_is_not() {
    let deploy = Deploy::new();
    life(&deploy, &[Stage::at("creating", 0), Stage::is("contemplating"), Stage::is("failed")]);
    deploy.gate(&["--timeout", "60s"]).status(121).run();
    nothing_ran(&deploy);
    life(&deploy, &[Stage::at("creating", 0), Stage::is("contemplating"), Stage::at("available", 100)]);
    deploy.gate(&[]).run();
    assert_eq!(deploy.ran().len(), 1);
}

#[test]
fn row_06_an_instance_that_is_stopped_is_not_asked() {
    let deploy = Deploy::new();
    deploy.fake.with(|world| world.instance("prod-db").status = "stopped".to_owned());
    let run = deploy.gate(&["--timeout", "3s"]).status(121).run();
    assert!(run.stderr.contains("stopped"), "{}", run.stderr);
    nothing_ran(&deploy);
    assert!(deploy.asked_for().is_empty());
}

#[test]
fn row_07_a_lost_answer_is_looked_for_under_the_same_name() {
    let deploy = Deploy::new();
    deploy.fake.fault(Fault::on("CreateDBSnapshot").first(1).lose_answer());
    deploy.gate(&[]).run();
    let made = deploy.fake.with(|world| world.snapshots.len());
    assert_eq!((made, deploy.ran().len()), (1, 1));
}

#[test]
fn row_08_a_full_quota_is_named() {
    let deploy = Deploy::new();
    deploy.fake.with(|world| {
        world.limit = 1;
        let other = Instance::new("other");
        let taken = Snapshot::new("somebody-elses", &other, jiff::Timestamp::now());
        world.snapshots.push(taken);
    });
    let run = deploy.gate(&[]).status(121).run();
    assert!(run.stderr.contains("quota"), "{}", run.stderr);
    nothing_ran(&deploy);
    assert_eq!(deploy.fake.count("DeleteDBSnapshot"), 0);
}

#[test]
fn row_09_throttling_is_waited_out() {
    let deploy = Deploy::new();
    deploy.fake.fault(Fault::on("CreateDBSnapshot").and("DescribeDBSnapshots").first(3).throttle());
    deploy.gate(&[]).run();
    assert_eq!(deploy.ran().len(), 1);
}

#[test]
fn row_11_a_read_replica_is_refused() {
    let deploy = Deploy::new();
    deploy.fake.with(|world| world.instance("prod-db").replica_of = Some("primary-db".to_owned()));
    deploy.gate(&[]).status(120).run();
    nothing_ran(&deploy);
    assert!(deploy.asked_for().is_empty());
}

#[test]
fn row_12_another_server_behind_the_name_is_refused_up_to_the_last_moment() {
    let deploy = Deploy::new();
    // Not this server's endpoint.
    deploy.fake.with(|world| world.instance("prod-db").port = 1);
    deploy.gate(&[]).status(125).run();
    nothing_ran(&deploy);
    assert!(deploy.asked_for().is_empty());
    // A blue/green switchover while the snapshot is made: the name is another resource's now.
    let port = deploy.database.server().port();
    deploy.fake.with(|world| world.instance("prod-db").port = port);
    life(&deploy, &[Stage::at("creating", 0)]);
    let cli = deploy.gate(&["--timeout", "90s"]);
    let mut running = Running::start(&cli);
    deploy.fake.wait_for("CreateDBSnapshot", 1);
    deploy.fake.with(|world| {
        world.instance("prod-db").resource_id = "db-GREEN".to_owned();
        for snapshot in &mut world.snapshots {
            snapshot.stage = Stage::at("available", 100);
            snapshot.next.clear();
        }
    });
    let status = running.0.wait().unwrap();
    assert!(matches!(status.code(), Some(120..=125)), "{status:?}");
    nothing_ran(&deploy);
}

#[test]
fn row_14_credentials_that_end_stop_the_run_with_the_way_to_go_on() {
    let deploy = Deploy::new();
    life(&deploy, &[Stage::at("creating", 0)]);
    let cli = deploy.gate(&["--timeout", "60s"]);
    deploy.fake.fault(Fault::on("DescribeDBSnapshots").after(2).expire());
    let run = cli.any_status().run();
    assert!(matches!(run.status, Some(121..=125)), "{:?}\n{}", run.status, run.stderr);
    assert!(run.stderr.contains("--resume"), "{}", run.stderr);
    nothing_ran(&deploy);
    deploy.fake.no_faults();
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| world.snapshot(&id).stage = Stage::at("available", 100));
    deploy.gate(&["--resume"]).run();
    assert_eq!((deploy.asked_for().len(), deploy.ran().len()), (1, 1));
}

#[test]
fn row_19_a_dirty_history_is_refused() {
    let deploy = Deploy::new();
    // golang-migrate says of itself that it stopped half way.
    let folder = deploy.path("db/migrations");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [
        ("1_a.up.sql", "CREATE TABLE a ();"),
        ("1_a.down.sql", "DROP TABLE a;"),
        ("2_b.up.sql", "CREATE TABLE b ();"),
        ("2_b.down.sql", "DROP TABLE b;"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let config = std::fs::read_to_string(deploy.path("tidegate.toml")).unwrap();
    std::fs::write(deploy.path("tidegate.toml"), config.replace("\"dbmate\"", "\"golang-migrate\"")).unwrap();
    deploy.database.execute(
        "CREATE TABLE a (); CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (1, true)",
    );
    let run = deploy.gate(&[]).status(120).run();
    assert!(run.stderr.contains("dirty"), "{}", run.stderr);
    assert!(deploy.ran().is_empty() && deploy.asked_for().is_empty());
}

#[test]
fn row_21_a_plan_that_went_stale_during_the_wait_is_refused() {
    let deploy = Deploy::new();
    life(&deploy, &[Stage::at("creating", 0)]);
    let cli = deploy.gate(&["--timeout", "90s"]);
    let mut running = Running::start(&cli);
    deploy.fake.wait_for("CreateDBSnapshot", 1);
    deploy.migration("20260101000002_late", "CREATE TABLE late ();");
    deploy.fake.with(|world| {
        for snapshot in &mut world.snapshots {
            snapshot.stage = Stage::at("available", 100);
            snapshot.next.clear();
        }
    });
    assert_eq!(running.0.wait().unwrap().code(), Some(120));
    nothing_ran(&deploy);
}

#[test]
fn row_21_a_file_that_was_applied_and_is_edited_during_the_wait_is_noticed() {
    let deploy = Deploy::new();
    deploy.gate(&[]).run();
    deploy.migration("20260101000002_orders", "CREATE TABLE orders ();");
    life(&deploy, &[Stage::at("creating", 0)]);
    let cli = deploy.gate(&["--timeout", "90s"]);
    let mut running = Running::start(&cli);
    deploy.fake.wait_for("CreateDBSnapshot", 2);
    // dbmate keeps no checksums: only what the applied files make tells.
    deploy.migration("20260101000001_customers", "CREATE TABLE customers (id bigint PRIMARY KEY, other text);");
    deploy.fake.with(|world| {
        for snapshot in &mut world.snapshots {
            snapshot.stage = Stage::at("available", 100);
            snapshot.next.clear();
        }
    });
    assert_eq!(running.0.wait().unwrap().code(), Some(120));
    assert_eq!((deploy.ran().len(), deploy.applied().len()), (1, 1));
}

#[test]
fn row_25a_a_snapshot_of_three_days_ago_is_too_old() {
    let deploy = Deploy::new();
    deploy.tidegate(&["backup", "create", "--tier", "pre-migration"]).run();
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| {
        let old = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(72);
        let snapshot = world.snapshot(&id);
        (snapshot.created, snapshot.original_created, snapshot.database_time) = (old, old, Some(old));
    });
    deploy.gate(&["--adopt"]).status(121).run();
    nothing_ran(&deploy);
}

#[test]
fn row_25d_a_snapshot_that_somebody_deletes_at_the_last_moment() {
    let deploy = Deploy::new();
    // It is there until `running` is written on it, and gone after that.
    life(&deploy, &[Stage::at("available", 100)]);
    let fake = std::sync::Arc::new(deploy);
    let watcher = fake.clone();
    let janitor = std::thread::spawn(move || {
        wait_until("`running` is written", || {
            watcher
                .fake
                .calls("AddTagsToResource")
                .iter()
                .any(|call| format!("{:?}", call.parameters).contains("running "))
        });
        watcher.fake.with(|world| world.snapshots.clear());
    });
    // The identity is read in between, and takes its time here.
    fake.fake.fault(Fault::on("DescribeDBInstances").after(3).delay(std::time::Duration::from_millis(300)));
    let run = fake.gate(&[]).any_status().run();
    janitor.join().unwrap();
    if !fake.ran().is_empty() {
        // Then the last look came before the janitor: the log must say so.
        let log = fake.fake.log();
        let last = log.iter().rfind(|call| call.action == "DescribeDBSnapshots").unwrap();
        assert!(last.answer.starts_with("200"), "{last:?}\n{}", run.stderr);
    }
}

#[test]
fn no_credentials_no_instance_no_permission_say_what_to_do() {
    let deploy = Deploy::new();
    let mut cli = deploy.gate(&[]);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        cli = cli.env(name, "");
    }
    cli.status(125).run();
    deploy.fake.with(|world| world.instances[0].name = "prod-db-2".to_owned());
    deploy.gate(&[]).status(125).stderr_has("prod-db-2").run();
    deploy.fake.with(|world| world.instances[0].name = "prod-db".to_owned());
    deploy.fake.fault(Fault::on("CreateDBSnapshot").deny());
    deploy.gate(&[]).any_status().stderr_has("rds:CreateDBSnapshot").run();
    nothing_ran(&deploy);
}

#[test]
fn a_name_that_rds_does_not_take_brings_the_nearest_ones() {
    let deploy = Deploy::new();
    deploy.fake.with(|world| Cluster::new("prod-cluster").into_world(world, 1));
    let config = std::fs::read_to_string(deploy.path("tidegate.toml")).unwrap();
    for (name, near) in [("prod_db", "did you mean prod-db"), ("prod_cluster", "did you mean prod-cluster")] {
        let config = config.replace("instance = \"prod-db\"", &format!("instance = \"{name}\""));
        std::fs::write(deploy.path("tidegate.toml"), config).unwrap();
        deploy.gate(&[]).status(125).stderr_has(format!("{name:?}")).stderr_has(near).run();
        deploy.tidegate(&["backup", "create"]).status(2).stderr_has(near).run();
        deploy.tidegate(&["doctor"]).status(1).stdout_has(near).run();
    }
    nothing_ran(&deploy);
    assert!(deploy.fake.orders().is_empty());
}
