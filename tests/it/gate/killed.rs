//! The program killed where it stands, with its command dead or alive; then a second gate, then a resume.

use std::time::Duration;

use super::deploy::{Deploy, Running, wait_until};
use crate::aws::fake::Stage;
use crate::support::cli::signal_group;

/// Kills tidegate alone: what it started lives on.
fn kill_alone(running: &mut Running) {
    running.0.kill().unwrap();
    running.0.wait().unwrap();
}

#[test]
fn row_15_a_run_killed_while_it_waits_is_gone_on_with() {
    let deploy = Deploy::new();
    deploy.fake.with(|world| world.life = vec![Stage::at("creating", 0)]);
    let mut running = Running::start(&deploy.gate(&["--timeout", "5m"]));
    deploy.fake.wait_for("CreateDBSnapshot", 1);
    let looked = deploy.fake.count("DescribeDBSnapshots");
    deploy.fake.wait_for("DescribeDBSnapshots", looked + 2);
    kill_alone(&mut running);
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| world.snapshot(&id).stage = Stage::at("available", 100));
    // From another machine, which has no journal: the tags are enough.
    std::fs::remove_dir_all(deploy.path("state")).unwrap();
    deploy.gate(&[]).run();
    assert_eq!((deploy.asked_for().len(), deploy.ran().len()), (1, 1));
    assert!(deploy.ran()[0].ends_with(&id));
}

#[test]
fn row_25b_a_command_that_outlives_the_gate_holds_the_lock() {
    let deploy = Deploy::new();
    let line = "while [ ! -e go ]; do sleep 0.05; done; exec \"$0\" --no-dump-schema --migrations-dir db/migrations up";
    let mut running = Running::start(&deploy.gate_with(&[], line));
    wait_until("the command runs", || !deploy.ran().is_empty());
    kill_alone(&mut running);
    deploy.gate(&[]).status(123).run();
    assert_eq!(deploy.ran().len(), 1);
    std::fs::write(deploy.path("go"), "").unwrap();
    wait_until("the command ends", || deploy.applied().len() == 1);
    // It succeeded, and nobody was there to see it: stop, look, settle.
    wait_until("the lock is free", || deploy.tidegate(&["gate", "status"]).run().stdout().contains("lock: free"));
    deploy.gate(&[]).status(124).run();
    assert_eq!(deploy.ran().len(), 1);
    deploy.tidegate(&["gate", "reconcile"]).run();
    deploy.gate(&[]).run();
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (1, 1), "nothing is pending any more");
}

#[test]
fn row_16_of_two_gates_at_once_one_runs() {
    let deploy = Deploy::new();
    let line = "sleep 2; exec \"$0\" --no-dump-schema --migrations-dir db/migrations up";
    let clis = [deploy.gate_with(&[], line), deploy.gate_with(&[], line)];
    let mut both: Vec<Running> = clis.iter().map(Running::start).collect();
    let mut codes: Vec<i32> = both.iter_mut().map(|one| one.0.wait().unwrap().code().unwrap()).collect();
    codes.sort_unstable();
    assert!(codes == [0, 123] || codes == [0, 0], "{codes:?}");
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (1, 1));
    // With patience the second one waits, and finds nothing to do.
    let deploy = Deploy::new();
    deploy.configure("");
    let config = std::fs::read_to_string(deploy.path("tidegate.toml")).unwrap();
    std::fs::write(deploy.path("tidegate.toml"), config.replace("lock_wait = \"0s\"", "lock_wait = \"2m\"")).unwrap();
    let clis = [deploy.gate_with(&[], line), deploy.gate_with(&[], line)];
    let mut both: Vec<Running> = clis.iter().map(Running::start).collect();
    let codes: Vec<i32> = both.iter_mut().map(|one| one.0.wait().unwrap().code().unwrap()).collect();
    assert_eq!(codes, [0, 0]);
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (1, 1));
}

#[test]
fn row_17_a_signal_reaches_the_command_and_its_code_comes_back() {
    let deploy = Deploy::new();
    let line = "trap 'echo heard >> heard; exit 7' TERM; while :; do sleep 0.05; done";
    let mut running = Running::start(&deploy.gate_with(&[], line));
    wait_until("the command runs", || !deploy.ran().is_empty());
    std::thread::sleep(Duration::from_millis(200));
    let pid = running.0.id().to_string();
    std::process::Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap();
    let status = running.0.wait().unwrap();
    assert_eq!(status.code(), Some(7), "{status:?}");
    assert_eq!(std::fs::read_to_string(deploy.path("heard")).unwrap(), "heard\n");
    let _ = signal_group;
}

#[test]
fn row_25c_a_server_that_goes_on_is_not_taken_for_nothing() {
    let deploy = Deploy::new();
    // The client dies; the server finishes its DO block all the same.
    let line = "psql -X \"$DATABASE_URL\" -c \"DO \\$\\$ BEGIN PERFORM pg_sleep(6); CREATE TABLE late (); END \\$\\$\" & \
                sleep 1; kill -9 $!; exit 1";
    let run = deploy.gate_with(&[], line).any_status().run();
    let receipt = deploy.receipt();
    assert_ne!(receipt["left"], "nothing", "{}", run.stderr);
    assert_eq!(receipt["outcome"], "unknown", "{}", run.stderr);
    deploy.gate(&[]).status(124).run();
    deploy.tidegate(&["gate", "reconcile", "--as", "failed"]).any_status().run();
    assert_eq!(deploy.ran().len(), 1);
}
