//! The restore commands of a receipt, typed into a shell: the AWS CLI takes every one of them, and moto has the restored
//! instance or cluster afterwards.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tidegate::gate::receipt::Receipt;
use tidegate::gate::restore::{Restore, Step, restore};

use crate::aws::moto::{Moto, Region};
use crate::support::repository_file;

const RUN: &str = "0f3a9c51d2e47b86";

/// A command that failed on `name`, whose snapshot is there.
fn receipt(region: &str, kind: &str, name: &str, engine: &str, settings: &Value) -> Receipt {
    let (of, snapshot) = if kind == "instance" { ("db", "snapshot") } else { ("cluster", "cluster-snapshot") };
    let arn = |kind: &str, name: &str| format!("arn:aws:rds:{region}:123456789012:{kind}:{name}");
    let id = format!("tidegate-{name}-{RUN}");
    let value = json!({
        "tidegate": 1,
        "run": RUN,
        "outcome": "failed",
        "exit_code": 1,
        "summary": "the command failed",
        "binding": {
            "argv": "", "environment": "prod", "resource_id": "db-ABC", "database": "shop", "pending": "", "commit": ""
        },
        "program": "sqlx",
        "resource": {
            "kind": kind, "name": name, "arn": arn(of, name), "resource_id": "db-ABC", "region": region,
            "engine": engine, "multi_az": false, "members": [format!("{name}-1")], "settings": settings,
            "latest_restorable": "2026-03-01T11:58:00Z"
        },
        "backup": {
            "id": id, "arn": arn(snapshot, &id), "adopted": false, "created": "2026-03-01T12:00:00Z",
            "point": "2026-03-01T12:00:00Z", "point_is_exact": true
        },
        "pending": [],
        "transactional": false,
        "left": "part",
        "times": {
            "begun": null, "locked": null, "requested": null, "confirmed": null,
            "started": "2026-03-01T12:07:12Z", "ended": null
        }
    });
    serde_json::from_value(value).unwrap()
}

fn plain(class: &str) -> Value {
    json!({
        "class": class, "parameter_group": null, "option_group": null, "subnet_group": null, "security_groups": [],
        "storage_type": null, "iops": null, "iam_auth": true, "deletion_protection": false,
        "publicly_accessible": false, "performance_insights": false, "log_exports": ["postgresql"]
    })
}

/// Everything that a restore could lose.
fn rich(class: &str) -> Value {
    json!({
        "class": class, "parameter_group": "shop's group", "option_group": "og-1", "subnet_group": "private",
        "security_groups": ["sg-1", "sg-2"], "storage_type": "io1", "iops": 3000, "iam_auth": true,
        "deletion_protection": true, "publicly_accessible": true, "performance_insights": true,
        "log_exports": ["postgresql", "upgrade"]
    })
}

/// The lines of a step as a person pastes them, with `aws` being the CLI of tests/tools/aws.
fn paste(region: &Region, step: &Step) -> Vec<(String, Output)> {
    let python = repository_file("tests/tools/aws/venv/bin/python");
    let home = tempfile::tempdir().unwrap();
    step.commands
        .iter()
        .map(|command| {
            let lines = command.lines().join("\n");
            let script = format!("aws() {{ \"$PYTHON\" -m awscli --output json \"$@\"; }}\n{lines}\n");
            let output = Command::new("bash")
                .args(["-c", &script])
                .env_clear()
                .env("PATH", "/usr/bin:/bin")
                .env("HOME", home.path())
                .env("PYTHON", &python)
                .envs(region.env())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            (lines, output)
        })
        .collect()
}

fn carry_out(region: &Region, steps: &[Step]) {
    for step in steps {
        for (line, output) in paste(region, step) {
            assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn the_commands_bring_an_instance_back() {
    let region = Moto::region();
    region.instance("prod-db");
    let id = format!("tidegate-prod-db-{RUN}");
    region.rds("CreateDBSnapshot", &[("DBInstanceIdentifier", "prod-db"), ("DBSnapshotIdentifier", &id)]);
    let receipt = receipt(&region.name, "instance", "prod-db", "postgres", &plain("db.t4g.micro"));
    let Restore { makes, from_backup, afterwards, .. } = restore(&receipt).unwrap();
    carry_out(&region, &from_backup);
    let made = region.aws(&["rds", "describe-db-instances", "--db-instance-identifier", &makes]);
    assert_eq!(made["DBInstances"][0]["DBInstanceClass"], "db.t4g.micro", "{made}");
    assert_eq!(made["DBInstances"][0]["IAMDatabaseAuthenticationEnabled"], true, "{made}");
    // The names are swapped, and the old one is still there.
    carry_out(&region, &afterwards);
    let all = region.aws(&["rds", "describe-db-instances", "--query", "DBInstances[].DBInstanceIdentifier"]);
    let mut names: Vec<&str> = all.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["prod-db", "prod-db-before-0f3a9c51"]);
}

#[test]
fn the_commands_bring_a_cluster_back_with_its_instances() {
    let region = Moto::region();
    region.cluster("shop");
    let id = format!("tidegate-shop-{RUN}");
    region.rds("CreateDBClusterSnapshot", &[("DBClusterIdentifier", "shop"), ("DBClusterSnapshotIdentifier", &id)]);
    let receipt = receipt(&region.name, "cluster", "shop", "aurora-postgresql", &plain("db.r6g.large"));
    let Restore { makes, from_backup, .. } = restore(&receipt).unwrap();
    carry_out(&region, &from_backup);
    let made = region.aws(&["rds", "describe-db-clusters", "--db-cluster-identifier", &makes]);
    assert_eq!(made["DBClusters"][0]["Engine"], "aurora-postgresql", "{made}");
    assert_eq!(made["DBClusters"][0]["DBClusterMembers"].as_array().unwrap().len(), 1, "{made}");
}

/// Calls the CLI for each line of its input, in one process, and prints whether it got as far as asking RDS.
const CLI: &str = "
import contextlib, io, json, shlex, sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
for line in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            code = driver.main(shlex.split(line)[1:])
        except SystemExit as end:
            code = end.code
    # The second is moto, which trips over calls without a source's name.
    answers = ['An error occurred (', 'Unable to parse response']
    asked = code == 0 or any(answer in said.getvalue() for answer in answers)
    print(json.dumps([line, asked, said.getvalue()]), flush=True)
";

/// Options that moto knows nothing of, and restores to a moment: the CLI's own check of names and types takes them all.
#[test]
fn the_cli_knows_every_option() {
    let region = Moto::region();
    let mut lines: Vec<String> = Vec::new();
    for (kind, engine, class) in [
        ("instance", "postgres", "db.r6g.large"),
        ("cluster", "aurora-postgresql", "db.r6g.large"),
        ("cluster", "aurora-postgresql", "db.serverless"),
        ("cluster", "postgres", "db.r6g.large"),
    ] {
        let receipt = receipt(&region.name, kind, "prod-db", engine, &rich(class));
        let restore = restore(&receipt).unwrap();
        let steps = restore.from_backup.iter().chain(&restore.to_a_moment).chain(&restore.afterwards);
        lines.extend(steps.flat_map(|step| &step.commands).map(|command| command.line()));
    }
    // Waiting for what is not there would take its time. Where a person must decide, a number will do.
    let mut lines: Vec<String> = lines.iter().map(|line| line.replace("FILL_IN", "1")).collect();
    lines.retain(|line| !line.contains(" wait "));
    lines.sort();
    lines.dedup();
    // The witness notices what is wrong.
    lines.push("aws rds restore-db-instance-from-db-snapshot --db-instance-identifier a --no-such-option".to_owned());
    let mut child = Command::new(repository_file("tests/tools/aws/venv/bin/python"))
        .args(["-c", CLI])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .envs(region.env())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(serde_json::to_string(&lines).unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // Answers of moto stand between ours.
    let ended: Vec<(String, bool, String)> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(ended.len(), lines.len(), "{out}{err}");
    // An option or a value that the CLI does not take is never asked of RDS.
    let wrong: Vec<&str> = ended.iter().filter(|(_, asked, _)| !asked).map(|(line, ..)| line.as_str()).collect();
    assert_eq!(wrong, [lines.last().unwrap().as_str()], "{ended:#?}");
}
