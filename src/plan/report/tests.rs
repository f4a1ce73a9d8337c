use super::text::Style;
use super::{headline, markdown, text};
use crate::migration::statement::LockMode;
use crate::plan::Plan;
use crate::plan::document::*;
use crate::plan::effect::{Effect, EffectKind};
use crate::plan::verdict::{Level, judge};

/// A plan with something of everything.
pub(in crate::plan) fn sample() -> Plan {
    let lock = |relation: &str, mode| Lock {
        relation: relation.to_owned(),
        kind: RelationKind::Table,
        mode,
        seen: Seen::Observed,
    };
    let rewrite = Statement {
        line: 3,
        sql: "ALTER TABLE orders\n  ALTER COLUMN id TYPE bigint;".to_owned(),
        command: "ALTER TABLE".to_owned(),
        outcome: Outcome::Ran,
        locks: vec![lock("public.orders", LockMode::AccessExclusive)],
        effects: vec![Effect {
            kind: EffectKind::Rewrites,
            relation: Some("public.orders".to_owned()),
            under: Some(LockMode::AccessExclusive),
            seen: Seen::Observed,
            detail: None,
        }],
        ..Statement::default()
    };
    let failing = Statement {
        line: 1,
        sql: "SELEC 1;".to_owned(),
        outcome: Outcome::Failed,
        failure: Some(Failure {
            path: "3_c.sql".to_owned(),
            line: 1,
            message: "syntax error at or near \"SELEC\"".to_owned(),
            sqlstate: Some("42601".to_owned()),
            ..Failure::default()
        }),
        ..Statement::default()
    };
    let step = |path: &str, statement| Step { path: path.to_owned(), statements: vec![statement], ..Step::default() };
    let mut plan = Plan {
        tidegate: VERSION,
        target: Some(Target {
            url: "postgres://app@db.example/shop".to_owned(),
            server_version: "15.4".to_owned(),
            major: 15,
            fingerprint: "0".repeat(64),
        }),
        migrations: Migrations { framework: "sqlx".to_owned(), source: "migrations".to_owned(), base: None },
        history: History {
            state: HistoryState::Read,
            table: Some("public._sqlx_migrations".to_owned()),
            applied: 1,
            ..History::default()
        },
        copy: Some(Copy { engine: "embedded PostgreSQL 18.4".to_owned(), major: 18, ..Copy::default() }),
        pending: vec![step("2_b.sql", rewrite), step("3_c.sql", failing)],
        tables: [(
            "public.orders".to_owned(),
            Surroundings { referenced_by: vec!["public.lines".to_owned()], ..Surroundings::default() },
        )]
        .into(),
        figures: [("public.orders".to_owned(), Figures { rows: Some(12_000_000), bytes: 3_700_000_000 })].into(),
        ..Plan::default()
    };
    plan.verdict = judge(&plan);
    plan
}

#[test]
fn the_text_says_what_matters_at_deploy_time() {
    let text = text(&sample(), Style::default());
    for part in [
        "target      postgres://app@db.example/shop (PostgreSQL 15.4)",
        "history     1 applied, in public._sqlx_migrations",
        "pending     2 migrations",
        "the target is PostgreSQL 15, so locks may differ",
        "     3  ALTER TABLE orders ALTER COLUMN id TYPE bigint;",
        "ACCESS EXCLUSIVE on public.orders (12 M rows, 3.4 GB), observed: reads and writes wait",
        "3_c.sql:1: syntax error at or near \"SELEC\" (SQLSTATE 42601)",
        "referenced by public.lines",
        "verdict     fails",
        "dangerous: 2_b.sql:3: rewrites public.orders (12 M rows, 3.4 GB), under ACCESS EXCLUSIVE: reads and writes wait",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(!text.contains('\x1b'));
}

#[test]
fn what_a_terminal_would_obey_is_taken_out() {
    let mut plan = sample();
    plan.pending[0].path = "a\x1b[2J.sql".to_owned();
    plan.pending[0].statements[0].sql = "SELECT '\x1b]0;x\x07'".to_owned();
    plan.notes.push("x\x1b[31m".to_owned());
    assert!(!text(&plan, Style::default()).contains('\x1b'));
    assert_eq!(headline("a\n  b\tc", 3), "a b…");
}

#[test]
fn the_markdown_begins_with_the_verdict() {
    let text = markdown(&sample());
    assert!(text.starts_with("## ⛔ Migration plan: fails\n"), "{text}");
    assert!(text.contains("ACCESS EXCLUSIVE on `public.orders` (12 M rows, 3.4 GB), observed"), "{text}");
}

#[test]
fn a_level_weighs_the_size() {
    let mut plan = sample();
    plan.pending.pop();
    assert_eq!(judge(&plan).level, Level::Dangerous);
    plan.figures.insert("public.orders".to_owned(), Figures { rows: Some(10), bytes: 8192 });
    assert_eq!(judge(&plan).level, Level::Caution);
    plan.figures.clear();
    assert_eq!(judge(&plan).level, Level::Dangerous, "what is not known weighs as what is large");
    plan.pending.clear();
    assert_eq!(judge(&plan).level, Level::NothingPending);
    plan.history.could_not_tell.push("no permission".to_owned());
    assert_eq!(judge(&plan).level, Level::CouldNotTell);
}
