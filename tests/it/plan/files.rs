//! Plans that ask no history: of a branch against upstream, of plain SQL, of programs.

use super::{json, statements};
use crate::support::cli::Cli;
use crate::support::postgres::server;
use crate::support::repo::Repo;

#[test]
fn a_branch_is_planned_against_upstream_without_a_database() {
    let repo = Repo::new();
    repo.write("migrations/20240101000000_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n");
    repo.commit("first");
    repo.git(["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repo.write("migrations/20240201000000_b.sql", "ALTER TABLE a ADD COLUMN b serial;\n");
    let plan = |arguments: &[&str]| {
        let fixed = ["plan", "--migrations", "migrations", "--framework", "sqlx", "--engine", "local", "--json"];
        json(&Cli::within(repo.path()).args(fixed).args(arguments).run())
    };
    let here = plan(&[]);
    assert!(here["migrations"]["base"].as_str().unwrap().contains("at origin/main"), "{:#}", here["migrations"]);
    assert_eq!(here["pending"].as_array().unwrap().len(), 1);
    assert_eq!(statements(&here)[0]["effects"][0]["kind"], "rewrites");
    assert_eq!(here["verdict"]["level"], "dangerous", "how large the table is is not known");
    assert!(here.get("target").is_none());
    // The new file is not staged yet, and then it is.
    let staged = ["--migrations", "git:INDEX:migrations", "--from", "git:HEAD:migrations"];
    let index = |arguments: &[&str]| {
        let fixed = ["plan", "--framework", "sqlx", "--engine", "local", "--json"];
        json(&Cli::within(repo.path()).args(fixed).args(arguments).run())
    };
    assert_eq!(index(&staged)["verdict"]["level"], "nothing_pending");
    repo.stage();
    assert_eq!(index(&staged)["pending"][0]["path"], "20240201000000_b.sql");
}

#[test]
fn without_anything_to_compare_with_it_says_what_to_type() {
    Cli::new()
        .file("migrations/1.sql", "SELECT 1;")
        .args(["plan", "--migrations", "migrations"])
        .status(3)
        .stderr_has("--from REV")
        .run();
    Cli::new().args(["plan"]).status(2).stderr_has("--migrations DIR").run();
}

#[test]
fn plain_sql_keeps_no_history_so_the_files_tell() {
    let database = server().database();
    let first = "CREATE TABLE a (id int PRIMARY KEY);";
    database.execute(first);
    database.execute("INSERT INTO a SELECT generate_series(1, 100); ANALYZE");
    let cli = Cli::new()
        .file("old/1.sql", first)
        .file("new/1.sql", first)
        .file("new/2.sql", "CREATE UNIQUE INDEX b ON a (id);")
        .args(["plan", "--migrations", "new", "--framework", "plain", "--engine", "local", "--json"])
        .arg(database.url());
    let alone = json(&cli.clone().status(3).run());
    assert_eq!(alone["verdict"]["level"], "could_not_tell");
    let plan = json(&cli.args(["--from", "old"]).run());
    assert_eq!(plan["history"]["state"], "files");
    assert_eq!(plan["pending"].as_array().unwrap().len(), 1);
    assert_eq!(plan["figures"]["public.a"]["rows"], 100);
    assert_eq!(plan["verdict"]["level"], "caution", "{:#}", plan["verdict"]);
}

#[test]
fn programs_are_named_and_their_effect_is_what_the_command_makes() {
    let database = server().database();
    database.execute(
        "CREATE TABLE a (id int); CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
         CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar, created_at timestamp NOT NULL,
           updated_at timestamp NOT NULL);
         INSERT INTO schema_migrations VALUES ('20240101000000')",
    );
    let program = |class: &str| format!("class {class} < ActiveRecord::Migration[7.1]\n  def change\n  end\nend\n");
    let cli = Cli::new()
        .file("db/migrate/20240101000000_create_a.rb", program("CreateA"))
        .file("db/migrate/20240201000000_add_b.rb", program("AddB"))
        .file("schema.sql", "CREATE TABLE a (id int, b text);")
        .args(["plan", "--migrations", "db/migrate", "--engine", "local", "--json"])
        .arg(database.url());
    let named = json(&cli.clone().run());
    assert_eq!(named["pending"][0]["path"], "20240201000000_add_b.rb", "{named:#}");
    assert_eq!(named["pending"][0]["program"], true);
    assert!(named.get("diff").is_none());
    let config =
        "[replay]\ncommand = [\"sh\", \"-c\", \"psql -q -v ON_ERROR_STOP=1 -f schema.sql \\\"$DATABASE_URL\\\"\"]\n";
    let made = json(&cli.file("tidegate.toml", config).run());
    let diff = made["diff"].to_string();
    assert!(diff.contains("\"name\":\"b\"") && diff.contains("added"), "{diff}");
    assert_eq!(made["verdict"]["level"], "caution");
}

#[test]
fn a_program_hides_nothing_of_the_sql_beside_it() {
    let database = server().database();
    database.execute(
        "CREATE TABLE precious AS SELECT id FROM generate_series(1, 200000) AS id; ANALYZE precious;
         CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL,
           is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
         INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true)",
    );
    let cli = Cli::new()
        .file("db/00001_a.sql", "-- +goose Up\nCREATE TABLE precious (id int);\n-- +goose Down\nDROP TABLE precious;\n")
        .file("db/00002_b.sql", "-- +goose Up\nDROP TABLE precious;\n-- +goose Down\nSELECT 1;\n")
        .file("db/00003_c.go", "package migrations\n")
        .file("db/00004_d.sql", "-- +goose Up\nALTER TABLE made_by_c ADD COLUMN n int;\n-- +goose Down\nSELECT 1;\n")
        .args(["plan", "--migrations", "db", "--framework", "goose", "--engine", "local", "--json"])
        .arg(database.url());
    let plan = json(&cli.run());
    assert_eq!(plan["verdict"]["level"], "dangerous", "{plan:#}");
    assert_eq!(plan["pending"][0]["statements"][0]["outcome"], "ran");
    assert_eq!(plan["pending"][0]["statements"][0]["effects"][0]["kind"], "loses_data");
    assert_eq!(plan["pending"][1]["program"], true);
    // It fails for want of the program, which says nothing of how it ends.
    let after = &plan["pending"][2]["statements"][0];
    assert_eq!((after["outcome"].as_str(), after.get("failure")), (Some("not_run"), None), "{after:#}");
    let reasons = plan["verdict"]["reasons"].to_string();
    assert!(reasons.contains("00004_d.sql\",\"text\":\"was tried without 00003_c.go"), "{reasons}");
    assert!(plan.get("diff").is_none());
}
