use crate::gate::run::pending_hash;
use jiff::Timestamp;

use super::*;
use crate::backup::{ResourceKind, Settings};
use crate::gate::receipt::{BackupFacts, BreakGlass, Judged, Left, Pruned, ResourceFacts, Times, VERSION};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::{Binding, RunId};
use crate::gate::world::{Identity, PendingFile, ProvedBy};
use crate::plan::Level;
use crate::plan::report::Style;

fn at(text: &str) -> Option<Timestamp> {
    Some(format!("2026-03-01T{text}Z").parse().unwrap())
}

/// A command that failed after it had applied one of two migrations.
pub(in crate::gate) fn failed() -> Receipt {
    let id = "tidegate-prod-db-0f3a9c51d2e47b86";
    let file = |path: &str, digit: &str| PendingFile {
        version: path[..1].to_owned(),
        path: path.to_owned(),
        sha256: digit.repeat(64),
    };
    Receipt {
        tidegate: VERSION,
        checksum: None,
        run: RunId::parse("0f3a9c51d2e47b86").unwrap(),
        outcome: Outcome::Failed,
        exit_code: 1,
        summary: "the command failed, and a part of what was pending was applied".to_owned(),
        binding: Binding {
            argv: "a".repeat(64),
            environment: "prod".to_owned(),
            resource_id: "db-ABCDEFGH".to_owned(),
            database: "shop".to_owned(),
            database_oid: Some(16384),
            pending: pending_hash(&[file("2_b.sql", "d"), file("3_c.sql", "e")]),
            commit: "c".repeat(40),
        },
        program: "sqlx".to_owned(),
        exit: Some(Exit::Code { code: 1 }),
        refusals: Vec::new(),
        break_glass: None,
        identity: Some(Identity {
            proved_by: ProvedBy::Certificate,
            host: "prod-db.abc.eu-west-1.rds.amazonaws.com:5432".to_owned(),
            database: "shop".to_owned(),
            resource_id: "db-ABCDEFGH".to_owned(),
            resource_arn: "arn:aws:rds:eu-west-1:123456789012:db:prod-db".to_owned(),
            system_identifier: None,
            database_oid: Some(16384),
        }),
        resource: Some(ResourceFacts {
            kind: ResourceKind::Instance,
            name: "prod-db".to_owned(),
            arn: "arn:aws:rds:eu-west-1:123456789012:db:prod-db".to_owned(),
            resource_id: "db-ABCDEFGH".to_owned(),
            region: "eu-west-1".to_owned(),
            engine: "postgres".to_owned(),
            multi_az: true,
            members: vec!["prod-db".to_owned()],
            settings: settings(),
            latest_restorable: at("11:58:00"),
        }),
        backup: Some(BackupFacts {
            id: id.to_owned(),
            arn: format!("arn:aws:rds:eu-west-1:123456789012:snapshot:{id}"),
            adopted: false,
            created: at("12:00:05"),
            point: at("12:00:04"),
            point_is_exact: true,
        }),
        waived: None,
        pending: vec![file("2_b.sql", "d"), file("3_c.sql", "e")],
        verdict: Some(Judged { level: Level::Dangerous, reasons: vec!["3_c.sql:2: drops public.old".to_owned()] }),
        transactional: false,
        fingerprint_before: Some("1".repeat(64)),
        fingerprint_after: Some("2".repeat(64)),
        applied_before: Some(1),
        applied_after: Some(2),
        left: Some(Left::Part),
        times: Times {
            begun: at("12:00:00"),
            locked: at("12:00:01"),
            requested: at("12:00:04"),
            confirmed: at("12:07:10"),
            started: at("12:07:12"),
            ended: at("12:07:30"),
        },
        pruned: vec![Pruned {
            backup: "tidegate-prod-db-0000000000000000".to_owned(),
            reason: "older than every floor".to_owned(),
            error: None,
        }],
        notes: Vec::new(),
    }
}

fn settings() -> Settings {
    Settings {
        class: Some("db.r6g.large".to_owned()),
        parameter_group: Some("shop-pg15".to_owned()),
        option_group: Some("default:postgres-15".to_owned()),
        subnet_group: Some("private".to_owned()),
        security_groups: vec!["sg-1".to_owned(), "sg-2".to_owned()],
        storage_type: Some("gp3".to_owned()),
        iops: Some(12000),
        iam_auth: true,
        deletion_protection: true,
        publicly_accessible: false,
        performance_insights: true,
        log_exports: vec!["postgresql".to_owned()],
    }
}

pub(in crate::gate) fn succeeded() -> Receipt {
    Receipt {
        outcome: Outcome::Succeeded,
        exit_code: 0,
        exit: Some(Exit::Code { code: 0 }),
        summary: "2 migrations were applied".to_owned(),
        left: None,
        ..failed()
    }
}

pub(in crate::gate) fn refused() -> Receipt {
    let refusal = Refusal::new(Code::LongTransaction, "pid 4711 has been in a transaction since 09:00")
        .hint("end it: SELECT pg_terminate_backend(4711)");
    Receipt {
        outcome: Outcome::Refused,
        exit_code: 120,
        summary: "a transaction has been open for 3 h".to_owned(),
        exit: None,
        refusals: vec![refusal],
        break_glass: Some(BreakGlass { code: Code::Lint, reason: "hotfix".to_owned(), used: false }),
        backup: None,
        left: None,
        times: Times { begun: at("12:00:00"), ended: at("12:00:01"), ..Times::default() },
        pruned: Vec::new(),
        ..failed()
    }
}

pub(in crate::gate) fn nothing_pending() -> Receipt {
    Receipt {
        outcome: Outcome::NothingPending,
        exit_code: 0,
        summary: "nothing is pending".to_owned(),
        refusals: Vec::new(),
        break_glass: None,
        pending: Vec::new(),
        verdict: Some(Judged::default()),
        binding: Binding { pending: pending_hash(&[]), ..failed().binding },
        ..refused()
    }
}

/// The same failure on an Aurora cluster with two instances.
pub(in crate::gate) fn cluster() -> Receipt {
    let mut receipt = failed();
    let id = "tidegate-shop-0f3a9c51d2e47b86";
    let arn = "arn:aws:rds:eu-west-1:123456789012:cluster:shop";
    receipt.resource = Some(ResourceFacts {
        kind: ResourceKind::Cluster,
        name: "shop".to_owned(),
        arn: arn.to_owned(),
        resource_id: "cluster-ABCDEFGH".to_owned(),
        engine: "aurora-postgresql".to_owned(),
        members: vec!["shop-a".to_owned(), "shop-b".to_owned()],
        settings: Settings { storage_type: Some("aurora".to_owned()), iops: None, ..settings() },
        ..receipt.resource.unwrap()
    });
    receipt.backup = Some(BackupFacts {
        id: id.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:{id}"),
        point_is_exact: false,
        ..receipt.backup.unwrap()
    });
    receipt.binding.resource_id = "cluster-ABCDEFGH".to_owned();
    let identity = receipt.identity.as_mut().unwrap();
    identity.resource_id = "cluster-ABCDEFGH".to_owned();
    identity.resource_arn = arn.to_owned();
    receipt
}

fn shown(receipt: &Receipt) -> String {
    text(receipt, Around { framework: Some("flyway"), receipt: Some("receipt.json") }, Style::default())
}

#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut from = 0;
    for part in parts {
        let at = text[from..].find(part).unwrap_or_else(|| panic!("no {part:?} after {from} in\n{text}"));
        from += at + part.len();
    }
}

#[test]
fn a_failure_says_restore_forward_commands_in_this_order() {
    for text in [shown(&failed()), markdown(&failed(), Around { framework: Some("flyway"), receipt: None })] {
        in_order(
            &text,
            &[
                "Is a restore needed?",
                "Perhaps.",
                "How to go forward",
                "flyway repair",
                "How to restore, if it comes to that",
                "everything written after 2026-03-01T12:00:04Z, the last transaction in it",
                "aws rds restore-db-instance-from-db-snapshot",
                "Instead, to the moment before the command started",
                "--restore-time 2026-03-01T12:07:07Z",
                "swap the names",
            ],
        );
    }
}

#[test]
fn what_is_left_decides_what_is_said_first() {
    let with = |left, exit| Receipt { left, exit, ..failed() };
    let code = Some(Exit::Code { code: 1 });
    for (receipt, begins) in [
        (with(Some(Left::Nothing), code.clone()), "No. Nothing was applied"),
        (with(Some(Left::Part), code.clone()), "Perhaps."),
        (with(Some(Left::All), code.clone()), "Most likely not."),
        (with(Some(Left::Unknown), code.clone()), "That cannot be told."),
        (with(None, code), "That cannot be told."),
        (with(None, Some(Exit::NotFound)), "No. The command never ran"),
    ] {
        in_order(&shown(&receipt), &["Is a restore needed?\n  ", begins]);
    }
}

/// Sixty lines of commands that nobody needs would hide what the command said.
#[test]
fn where_nothing_was_applied_no_restore_is_spelled_out() {
    let nothing = Receipt { left: Some(Left::Nothing), ..failed() };
    for text in [shown(&nothing), markdown(&nothing, Around::default())] {
        assert!(!text.contains("aws rds restore") && text.contains("tidegate-prod-db-0f3a9c51d2e47b86"), "{text}");
    }
    assert!(shown(&nothing).lines().count() < 25, "{}", shown(&nothing));
}

#[test]
fn a_refusal_says_what_was_refused_and_what_to_try() {
    let usage = Refusal::new(Code::Usage, "the host is empty");
    let reconcile = Receipt { program: String::new(), refusals: vec![usage], ..refused() };
    in_order(&shown(&reconcile), &["Why nothing was settled", "the host is empty", "try: tidegate doctor --env prod"]);
    assert!(!shown(&reconcile).contains("Why the command"), "{}", shown(&reconcile));
}

#[test]
fn an_unknown_outcome_leads_to_reconcile() {
    let unknown = Receipt { outcome: Outcome::Unknown, exit_code: 124, left: Some(Left::Unknown), ..failed() };
    in_order(
        &shown(&unknown),
        &[
            "tidegate gate status --env prod",
            "tidegate gate reconcile 0f3a9c51d2e47b86 --env prod",
            "every later gate on this database refuses with 124",
        ],
    );
}

#[test]
fn a_run_that_did_no_harm_speaks_of_no_restore() {
    for receipt in [succeeded(), refused(), nothing_pending()] {
        assert!(!shown(&receipt).contains("restore"), "{}", shown(&receipt));
    }
    in_order(&shown(&refused()), &["was refused", "long-transaction: pid 4711", "try: end it"]);
}

#[test]
fn the_verdict_of_the_plan_and_its_reasons_are_told() {
    let dry = Receipt { outcome: Outcome::DryRun, ..succeeded() };
    for receipt in [dry, succeeded(), refused()] {
        in_order(&shown(&receipt), &["verdict      dangerous", "What the plan says", "- 3_c.sql:2: drops public.old"]);
        in_order(&markdown(&receipt, Around::default()), &["| verdict | dangerous |", "### What the plan says"]);
    }
    assert!(!shown(&nothing_pending()).contains("verdict"));
    // The refusal quotes them.
    let plan = Refusal::new(Code::Plan, "the plan's verdict is \"dangerous\": 3_c.sql:2: drops public.old");
    let no = Receipt { refusals: vec![plan], ..refused() };
    assert_eq!(shown(&no).matches("drops public.old").count(), 1, "{}", shown(&no));
}

/// A look that never came says nothing of what is pending.
#[test]
fn what_was_not_read_is_not_called_nothing() {
    let mut unread = refused();
    unread.pending.clear();
    unread.binding.pending.clear();
    in_order(&shown(&unread), &["pending      not known"]);
    let mut read = unread.clone();
    read.binding.pending = "b".repeat(64);
    in_order(&shown(&read), &["pending      nothing"]);
    let reconciled = Receipt { outcome: Outcome::NothingPending, ..unread };
    assert!(!shown(&reconciled).contains("pending  "), "{}", shown(&reconciled));
}

#[test]
fn the_last_line_names_run_outcome_and_backup() {
    assert_eq!(
        last_line(&succeeded()),
        "tidegate gate: run 0f3a9c51d2e47b86 succeeded (exit 0, backup tidegate-prod-db-0f3a9c51d2e47b86)"
    );
    assert_eq!(
        last_line(&refused()),
        "tidegate gate: run 0f3a9c51d2e47b86 was refused (exit 120, long-transaction, no backup)"
    );
    assert_eq!(
        last_line(&nothing_pending()),
        "tidegate gate: run 0f3a9c51d2e47b86 had nothing to do (exit 0, no backup)"
    );
}

/// Everything that comes from elsewhere, turned against whoever reads it.
fn hostile() -> Receipt {
    let evil = "x\x1b[2J`</td><script>\n::error::|**@all**\u{202e}";
    let mut receipt = failed();
    receipt.summary = evil.to_owned();
    receipt.program = evil.to_owned();
    receipt.binding.environment = evil.to_owned();
    receipt.binding.database = evil.to_owned();
    receipt.pending[0].path = evil.to_owned();
    receipt.notes = vec![evil.to_owned()];
    receipt.exit = Some(Exit::Lost { why: evil.to_owned() });
    receipt.left = Some(Left::Unknown);
    receipt.identity.as_mut().unwrap().host = evil.to_owned();
    let resource = receipt.resource.as_mut().unwrap();
    resource.name = evil.to_owned();
    resource.settings.parameter_group = Some(evil.to_owned());
    resource.settings.security_groups = vec![evil.to_owned()];
    receipt.backup.as_mut().unwrap().id = evil.to_owned();
    receipt
}

#[test]
fn nothing_that_comes_from_elsewhere_is_obeyed() {
    let text = shown(&hostile());
    assert!(!text.contains(['\x1b', '\u{202e}']), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    assert!(!last_line(&hostile()).contains(['\n', '\x1b']));
    let markdown = markdown(&hostile(), Around::default());
    assert!(!markdown.contains(['\x1b', '\u{202e}']), "{markdown}");
    // Within a fence it is text.
    let outside: String = markdown.split("```").step_by(2).collect();
    assert!(!outside.contains("<script>") && !outside.contains("@all"), "{outside}");
}

#[test]
fn json_is_the_receipt() {
    let read: Receipt = serde_json::from_str(&json(&failed())).unwrap();
    assert_eq!(read.checksum.as_ref().map(String::len), Some(64));
    assert_eq!(Receipt { checksum: None, ..read }, failed());
    assert!(json(&failed()).ends_with("}\n"));
}
