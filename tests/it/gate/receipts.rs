//! The receipt: where it may go, that it is never lost, and what `gate verify` finds in one that was edited.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::process::Command;

use serde_json::Value;

use super::deploy::Deploy;
use crate::aws::fake::{Fault, Stage};
use crate::support::postgres::server_on_tcp;

const UP: &str = "\"$0\" --no-dump-schema --migrations-dir db/migrations up";

#[test]
fn a_device_stays_a_device() {
    let deploy = Deploy::new();
    // Where nodes may be made, they could be replaced as well.
    let node = |name: &str, minor: &str| {
        let path = deploy.path(name);
        let made = Command::new("mknod").arg(&path).args(["c", "1", minor]).status();
        let works =
            made.is_ok_and(|status| status.success()) && fs::OpenOptions::new().append(true).open(&path).is_ok();
        if works { path.display().to_string() } else { format!("/dev/{name}") }
    };
    let (null, full) = (node("null", "3"), node("full", "7"));
    for dry in [&["--dry-run"][..], &[]] {
        let named = [dry, &["--receipt", &full]].concat();
        deploy.gate(&named).status(125).stderr_has("the receipt could not be written to").run();
    }
    assert!(deploy.fake.orders().is_empty() && deploy.ran().is_empty());
    deploy.gate(&["--receipt", &null]).run();
    for device in [&null, &full] {
        assert!(fs::symlink_metadata(device).unwrap().file_type().is_char_device(), "{device}");
    }
    // A shell's redirection is written into.
    deploy.migration("20260101000002_more", "CREATE TABLE more (id bigint);");
    let run = deploy.gate(&["--receipt", "/dev/stdout"]).run();
    let receipt = run.stdout().find("{\n").map(|at| run.stdout()[at..].to_owned()).unwrap();
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(receipt["outcome"], "succeeded");
}

#[test]
fn a_receipt_that_cannot_be_written_is_found_out_before_the_snapshot() {
    let deploy = Deploy::new();
    fs::write(deploy.path("file"), "").unwrap();
    fs::create_dir(deploy.path("folder")).unwrap();
    for dry in [&["--dry-run"][..], &[]] {
        for place in ["folder", "file/receipt.json", &"x".repeat(300)] {
            let named = [dry, &["--receipt", place]].concat();
            deploy.gate(&named).status(125).stderr_has("the receipt could not be written to").run();
        }
    }
    assert!(deploy.fake.orders().is_empty() && deploy.ran().is_empty());
    // A folder that can be made is made.
    deploy.gate(&["--receipt", "new/folder/receipt.json"]).run();
    assert!(deploy.path("new/folder/receipt.json").is_file());
}

#[test]
fn a_place_that_is_lost_while_the_command_runs_loses_no_receipt() {
    let deploy = Deploy::new();
    let line = format!("rm -rf out; echo x > out; exec {UP}");
    let run = deploy.gate_with(&["--receipt", "out/receipt.json"], &line).run();
    assert_eq!((deploy.ran().len(), deploy.applied().len()), (1, 1));
    assert!(run.stderr.contains("cannot be written to") && run.stderr.contains("instead"), "{}", run.stderr);
    assert_eq!(deploy.receipt()["outcome"], "succeeded");
}

#[test]
fn an_edit_of_a_receipt_is_found_by_its_checksum_and_a_careful_one_by_aws() {
    let deploy = Deploy::new();
    deploy.gate(&["--receipt", "receipt.json"]).run();
    let text = fs::read_to_string(deploy.path("receipt.json")).unwrap();
    let good: Value = serde_json::from_str(&text).unwrap();
    deploy.tidegate(&["gate", "verify", "receipt.json", "--env", "prod"]).run();
    let edits: [(&str, Value); 12] = [
        ("/pending", Value::Array(Vec::new())),
        ("/pending/0/path", "db/migrations/other.sql".into()),
        ("/identity/proved_by", "certificate".into()),
        ("/identity/host", "elsewhere:5432".into()),
        ("/binding/environment", "staging".into()),
        ("/binding/argv", "0".repeat(64).into()),
        ("/binding/commit", "0".repeat(40).into()),
        ("/backup/point", "2020-01-01T00:00:00Z".into()),
        ("/fingerprint_after", "0".repeat(64).into()),
        ("/times/ended", "2099-01-01T00:00:00Z".into()),
        ("/program", "other".into()),
        ("/summary", "edited".into()),
    ];
    let verify = |value: &Value, more: &[&str], status: i32| {
        fs::write(deploy.path("edited.json"), value.to_string()).unwrap();
        deploy.tidegate(&["gate", "verify", "edited.json"]).args(more).status(status).run()
    };
    for (place, edit) in &edits {
        let mut edited = good.clone();
        *edited.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = edit.clone();
        let run = verify(&edited, &["--offline"], 1);
        assert!(run.stdout().lines().any(|line| line.starts_with("FAILED") && line.contains("checksum")), "{place}");
        // Whoever takes the checksum out gets no yes either, and AWS knows better of what it holds.
        edited.as_object_mut().unwrap().remove("checksum");
        let known = ["/pending", "/pending/0/path", "/identity/proved_by", "/binding", "/backup/point"];
        let held = known.iter().any(|known| place.starts_with(known));
        let run = verify(&edited, &["--env", "prod"], if held { 1 } else { 3 });
        assert!(run.stdout().contains("it has none"), "{place}: {}", run.stdout());
    }
}

#[test]
fn a_sign_in_page_in_place_of_aws_is_called_so() {
    let deploy = Deploy::new();
    let page = "<!DOCTYPE html><html><body>Please sign in</body></html>";
    deploy.fake.fault(Fault::on("DescribeDBInstances").answer(200, page));
    let run = deploy.gate(&[]).any_status().run();
    assert_eq!(run.status, Some(125), "{}", run.stderr);
    assert!(run.stderr.contains("HTTP 200 with `text/html` without a word of AWS"), "{}", run.stderr);
    assert!(deploy.ran().is_empty() && deploy.asked_for().is_empty());
}

#[test]
fn a_run_left_waiting_is_not_gone_on_with_on_a_database_that_was_made_anew() {
    let deploy = Deploy::new();
    deploy.fake.with(|world| world.life = vec![Stage::at("creating", 10)]);
    deploy.gate(&["--timeout", "2s"]).status(122).run();
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| {
        world.snapshot(&id).stage = Stage::at("available", 100);
        world.life = vec![Stage::at("creating", 0), Stage::at("available", 100)];
    });
    let other = server_on_tcp().database();
    let name = &deploy.database.name;
    other.execute(&format!("DROP DATABASE \"{name}\" WITH (FORCE)"));
    other.execute(&format!("CREATE DATABASE \"{name}\""));
    let refused = deploy.gate(&["--resume"]).status(120).run();
    assert!(refused.stderr.contains("dropped and made again"), "{}", refused.stderr);
    // Once without the journal, so that the tags alone tell.
    fs::remove_dir_all(deploy.path("state")).unwrap();
    deploy.gate(&["--resume"]).status(120).stderr_has("dropped and made again").run();
    assert!(deploy.ran().is_empty());
    deploy.gate(&[]).run();
    assert_eq!((deploy.asked_for().len(), deploy.ran().len()), (2, 1), "a backup of its own");
    assert!(!deploy.ran()[0].ends_with(&id));
}
