//! What AWS records of the instance against what the server says of itself: no setting lets a contradiction pass.

use super::deploy::{Deploy, Running, wait_until};
use crate::aws::fake::Stage;
use crate::support::cli::wait;
use crate::support::postgres::system_version;

/// With `identity = "unproven"`, and an endpoint that is not this machine's: nothing speaks for the instance.
fn unproven() -> Deploy {
    let deploy = Deploy::new();
    deploy.fake.with(|world| world.instance("prod-db").address = "prod-db.internal".to_owned());
    let config = std::fs::read_to_string(deploy.path("tidegate.toml")).unwrap();
    let config = config.replace("instance = \"prod-db\"", "instance = \"prod-db\"\nidentity = \"unproven\"");
    std::fs::write(deploy.path("tidegate.toml"), config).unwrap();
    deploy
}

fn another_major() -> String {
    let major: u32 = system_version().split('.').next().unwrap().parse().unwrap();
    format!("{}.4", major + 1)
}

#[test]
fn row_12_a_record_of_another_engine_or_version_is_refused_although_unproven() {
    let deploy = unproven();
    for (engine, version, said) in [
        ("mysql", "8.0.39".to_owned(), "`mysql`, which is no PostgreSQL"),
        ("aurora-mysql", system_version().to_owned(), "`aurora-mysql`, which is no PostgreSQL"),
        ("postgres", another_major(), "and the server says"),
    ] {
        deploy.fake.with(|world| {
            let instance = world.instance("prod-db");
            (instance.engine, instance.version) = (engine.to_owned(), version);
        });
        // The doctor's own questions about permissions are orders, too.
        let orders = deploy.fake.orders().len();
        deploy.gate(&["--dry-run"]).status(125).stderr_has(said).run();
        let run = deploy.gate(&[]).status(125).stderr_has(said).run();
        assert!(run.stderr.contains("no setting lets this pass"), "{}", run.stderr);
        assert_eq!(deploy.fake.orders().len(), orders);
        let doctor = deploy.tidegate(&["doctor"]).status(1).run();
        let failed = |line: &str| line.starts_with("failed") && line.contains(" identity ") && line.contains(said);
        assert!(doctor.stdout().lines().any(failed), "{}", doctor.stdout());
    }
    assert!(deploy.ran().is_empty() && deploy.applied().is_empty());
    // What agrees passes, and it is the setting alone that lets it.
    deploy.fake.with(|world| {
        let instance = world.instance("prod-db");
        (instance.engine, instance.version) = ("postgres".to_owned(), system_version().to_owned());
    });
    deploy.gate(&[]).run();
    assert_eq!(deploy.ran().len(), 1);
}

#[test]
fn row_12_a_record_that_changes_while_the_snapshot_is_made_is_refused() {
    let deploy = unproven();
    deploy.fake.with(|world| world.life = vec![Stage::at("creating", 0); 4]);
    let mut running = Running::start(&deploy.gate(&["--timeout", "5m"]));
    wait_until("the snapshot is asked for", || deploy.asked_for().len() == 1);
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| {
        world.instance("prod-db").version = another_major();
        let snapshot = world.snapshot(&id);
        snapshot.next.clear();
        snapshot.stage = Stage::at("available", 100);
    });
    let ended = wait(&mut running.0, std::time::Duration::from_secs(90)).expect("it ends");
    assert_eq!(ended.code(), Some(125));
    assert!(deploy.ran().is_empty() && deploy.applied().is_empty());
}
