//! A signal before the command starts: a person at the terminal, a job that is cut off.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::deploy::{Deploy, wait_until};
use crate::aws::fake::{Fault, Stage};
use crate::support::cli::{Cli, wait};

/// A gate whose stderr is kept.
struct Gate {
    child: std::process::Child,
    stderr: std::path::PathBuf,
}

impl Gate {
    fn start(deploy: &Deploy, cli: &Cli) -> Self {
        let stderr = deploy.path("stderr");
        let mut command = cli.command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&stderr).unwrap());
        Self { child: command.spawn().unwrap(), stderr }
    }

    /// To tidegate alone, as a runner does it.
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Its exit code, and what it said.
    fn ended(&mut self) -> (Option<i32>, String) {
        let status = wait(&mut self.child, Duration::from_secs(60)).expect("it ends");
        (status.code(), std::fs::read_to_string(&self.stderr).unwrap())
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_line(said: &str) -> &str {
    said.trim_end().lines().last().unwrap_or_default()
}

/// Run, outcome and exit code of the newest receipt.
fn told(receipt: &Value) -> (String, String, i64) {
    let text = |key: &str| receipt[key].as_str().unwrap().to_owned();
    (text("run"), text("outcome"), receipt["exit_code"].as_i64().unwrap())
}

#[test]
fn row_17_while_the_snapshot_is_made_the_run_ends_and_is_gone_on_with() {
    let deploy = Deploy::new();
    deploy.fake.with(|world| world.life = vec![Stage::at("creating", 10)]);
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut gate = Gate::start(&deploy, &deploy.gate(&[]));
        let looks = deploy.fake.count("DescribeDBSnapshots");
        wait_until("it waits", || {
            deploy.asked_for().len() == 1 && deploy.fake.count("DescribeDBSnapshots") > looks + 2
        });
        gate.signal(signal);
        let (status, said) = gate.ended();
        assert_eq!(status, Some(code), "{said}");
        let (run, outcome, exit) = told(&deploy.receipt());
        assert_eq!((outcome.as_str(), exit), ("refused", i64::from(code)));
        assert!(last_line(&said).starts_with(&format!("tidegate gate: run {run} was refused (exit {code}")), "{said}");
        assert!(said.contains(&format!("--resume {run}")), "{said}");
        assert_eq!((deploy.ran().len(), deploy.phase(&run).as_str()), (0, "waiting"));
        // It holds no lock any more, and nobody is told that something may have happened.
        deploy.tidegate(&["gate", "status"]).stdout_has("lock: free").stdout_has("waiting").run();
    }
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| world.snapshot(&id).stage = Stage::at("available", 100));
    let (run, ..) = told(&deploy.receipt());
    deploy.gate(&["--resume", &run]).run();
    assert_eq!((deploy.asked_for(), deploy.ran()), (vec![id.clone()], vec![format!("{run} {id}")]));
}

#[test]
fn row_17_in_the_last_moment_before_the_start_nothing_is_left_open() {
    let deploy = Deploy::new();
    // `running` is being written into the tags.
    deploy.fake.fault(Fault::on("AddTagsToResource").first(1).delay(Duration::from_secs(2)));
    let mut gate = Gate::start(&deploy, &deploy.gate(&[]));
    deploy.fake.wait_for("AddTagsToResource", 1);
    assert!(format!("{:?}", deploy.fake.calls("AddTagsToResource")[0].parameters).contains("running "));
    gate.signal("TERM");
    let (status, said) = gate.ended();
    let (run, outcome, _) = told(&deploy.receipt());
    assert_eq!((status, outcome.as_str()), (Some(143), "refused"), "{said}");
    assert!(last_line(&said).contains("was refused (exit 143"), "{said}");
    // What AWS has got by then it carries out, whether anybody waits for it or not.
    wait_until("AWS has done all of it", || {
        deploy.fake.calls("AddTagsToResource").iter().all(|call| !call.answer.is_empty())
    });
    assert_eq!((deploy.phase(&run).as_str(), deploy.ran().len(), deploy.applied().len()), ("refused", 0, 0));
    // The next one is stopped by nothing.
    deploy.gate(&[]).run();
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (1, 2));
}

#[test]
fn row_17_before_aws_has_answered_at_all() {
    let deploy = Deploy::new();
    deploy.fake.fault(Fault::on("DescribeDBInstances").hang());
    let mut gate = Gate::start(&deploy, &deploy.gate(&[]));
    deploy.fake.wait_for("DescribeDBInstances", 1);
    gate.signal("INT");
    let (status, said) = gate.ended();
    assert_eq!(status, Some(130), "{said}");
    assert!(last_line(&said).contains("was refused (exit 130"), "{said}");
    assert_eq!(told(&deploy.receipt()).1, "refused");
    assert!(deploy.ran().is_empty() && deploy.fake.orders().is_empty());
}

#[test]
fn row_17_a_second_signal_waits_for_nothing_and_what_is_open_stays_open() {
    let deploy = Deploy::new();
    deploy.fake.fault(Fault::on("AddTagsToResource").first(1).hang());
    let mut gate = Gate::start(&deploy, &deploy.gate(&[]));
    deploy.fake.wait_for("AddTagsToResource", 1);
    gate.signal("TERM");
    gate.signal("INT");
    let (status, said) = gate.ended();
    assert!(matches!(status, Some(130 | 143)), "{status:?} {said}");
    assert!(deploy.ran().is_empty());
    // The journal says that the command was about to start, and nothing says that it did not.
    deploy.gate(&[]).status(124).run();
    assert!(deploy.ran().is_empty() && deploy.applied().is_empty());
}
