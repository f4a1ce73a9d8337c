//! `tidegate plan`: what it says of pending migrations is what a real server does with them.

mod files;
mod locks;
mod target;

use serde_json::Value;

use crate::support::cli::{Cli, Run};

/// The plan that a run printed as JSON.
fn json(run: &Run) -> Value {
    serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", run.stdout(), run.stderr))
}

/// Every statement of a plan, in order.
fn statements(plan: &Value) -> Vec<&Value> {
    let steps = plan["pending"].as_array().unwrap();
    steps.iter().flat_map(|step| step["statements"].as_array().unwrap()).collect()
}

/// What the migrations in `new` add over those in `old`.
fn from_folders(old: &[(&str, &str)], new: &[(&str, &str)]) -> Cli {
    let mut cli = Cli::new();
    for (path, text) in old {
        cli = cli.file(&format!("old/{path}"), text).file(&format!("new/{path}"), text);
    }
    for (path, text) in new {
        cli = cli.file(&format!("new/{path}"), text);
    }
    cli.args(["plan", "--from", "old", "--migrations", "new", "--framework", "plain"])
}

#[test]
fn a_rewrite_is_seen_and_a_truncate_is_none() {
    let run = from_folders(
        &[("1.sql", "CREATE TABLE t (id int, note varchar(10)); CREATE TABLE u (a int);")],
        &[(
            "2.sql",
            "ALTER TABLE t ALTER COLUMN id TYPE bigint;\nALTER TABLE t ALTER COLUMN note TYPE text;\nTRUNCATE u;\n\
             ALTER TABLE t ADD COLUMN c int DEFAULT 1;\nALTER TABLE t ADD COLUMN d double precision DEFAULT random();",
        )],
    )
    .args(["--json", "--engine", "embedded"])
    .run();
    let plan = json(&run);
    let rewritten: Vec<bool> = statements(&plan)
        .iter()
        .map(|statement| {
            let effects = statement["effects"].as_array().cloned().unwrap_or_default();
            effects.iter().any(|effect| effect["kind"] == "rewrites")
        })
        .collect();
    assert_eq!(rewritten, [true, false, false, false, true], "{plan:#}");
    assert_eq!(plan["verdict"]["level"], "dangerous");
}

#[test]
fn a_failure_names_file_line_and_message_and_what_comes_after_is_not_run() {
    let run = from_folders(
        &[("1.sql", "CREATE TABLE t (id int);")],
        &[("2.sql", "ALTER TABLE t ADD COLUMN a int;\n\nALTER TABLE t\n  DROP COLUMN nonesuch;\nDROP TABLE t;")],
    )
    .args(["--engine", "embedded"])
    .status(1)
    .stdout_has("2.sql:3: column \"nonesuch\" of relation \"t\" does not exist (SQLSTATE 42703)")
    .stdout_has("verdict     fails")
    .run();
    assert!(run.stdout().contains("not run"), "{}", run.stdout());
}

#[test]
fn the_same_migrations_make_the_same_plan() {
    let cli = from_folders(
        &[("1.sql", "CREATE TABLE t (id int primary key); CREATE VIEW v AS SELECT id FROM t;")],
        &[("2.sql", "CREATE TABLE u (t int REFERENCES t);\nCREATE INDEX ON u (t);\nINSERT INTO u SELECT id FROM t;")],
    )
    .args(["--json", "--engine", "embedded"]);
    let (first, second) = (cli.clone().run(), cli.run());
    assert_eq!(first.stdout(), second.stdout());
    let plan = json(&first);
    assert_eq!(plan["tables"]["public.t"]["views"][0], "public.v");
    assert_eq!(statements(&plan)[0]["locks"][0]["mode"], "SHARE ROW EXCLUSIVE");
}

#[test]
fn what_hidden_code_drops_is_lost_all_the_same() {
    let run = from_folders(
        &[("1.sql", "CREATE TABLE old_a (id int); CREATE TABLE kept (id int, gone text, was int);")],
        &[(
            "2.sql",
            "ALTER TABLE kept RENAME COLUMN was TO stays;\nALTER TABLE kept ALTER COLUMN stays TYPE bigint;\n\
             DO $$ DECLARE r record; BEGIN\n  FOR r IN SELECT tablename FROM pg_tables WHERE tablename LIKE 'old%' LOOP\n    \
             EXECUTE format('DROP TABLE %I', r.tablename);\n  END LOOP;\nEND $$;",
        )],
    )
    .args(["--json", "--engine", "embedded"])
    .run();
    let plan = json(&run);
    assert_eq!(plan["verdict"]["level"], "dangerous", "{plan:#}");
    let reasons = plan["verdict"]["reasons"].as_array().unwrap();
    let lost: Vec<&Value> =
        reasons.iter().filter(|reason| reason["text"].as_str().unwrap().contains("loses data")).collect();
    assert_eq!(lost.len(), 1, "a column that was renamed is not lost: {lost:#?}");
    assert_eq!(lost[0]["table"], "public.old_a");
    assert_eq!(lost[0]["level"], "dangerous");
}
