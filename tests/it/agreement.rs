//! The embedded engine and a server of its major make the same schema of the same SQL, also where the embedded one
//! could be different: caught exceptions, transactions inside a block, COPY, statements outside of transactions.

use std::path::Path;

use crate::support::cli::{Cli, Run};
use crate::support::postgres::server_18;
use crate::support::repository_file;

const MIGRATIONS: &[(&str, &str)] = &[
    (
        "1_caught.sql",
        "CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new', note text);
         DO $$ BEGIN
           CREATE TYPE mood AS ENUM ('sad', 'happy');
         EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         DO $$ BEGIN
           CREATE TYPE mood AS ENUM ('other');
         EXCEPTION WHEN duplicate_object THEN
           ALTER TABLE orders ADD COLUMN caught boolean;
         END $$;",
    ),
    (
        "2_commit.sql",
        "DO $$ BEGIN
           FOR i IN 1..3 LOOP
             EXECUTE format('CREATE TABLE part_%s (id int)', i);
             COMMIT;
           END LOOP;
         END $$;",
    ),
    (
        "3_copy.sql",
        "CREATE TABLE copied (a int, b text);\nCOPY copied (a, b) FROM stdin;\n1\tone\n2\t\\N\n\\.\nALTER TABLE copied ADD c int;",
    ),
    ("4_concurrently.sql", "CREATE INDEX CONCURRENTLY orders_state ON orders (state) WHERE note IS NOT NULL;"),
    ("5_enum.sql", "ALTER TYPE mood ADD VALUE 'ok' BEFORE 'happy';"),
    ("6_enum_used.sql", "ALTER TABLE orders ADD COLUMN mood mood NOT NULL DEFAULT 'ok';"),
    (
        "7_roles.sql",
        "CREATE ROLE clerk;
         GRANT SELECT, UPDATE (note) ON orders TO clerk;
         GRANT INSERT ON orders TO nobody_made_this_role;
         ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON orders FOR UPDATE TO clerk USING (note = CURRENT_USER) WITH CHECK (state <> 'sent');",
    ),
];

fn engine(cli: Cli, engine: &str, bin: Option<&Path>, source: &str) -> Run {
    let mut config = format!("[replay]\nengine = {engine:?}\ncache = false\n");
    if let Some(bin) = bin {
        config.push_str(&format!("server_bin = {:?}\n", bin.display().to_string()));
    }
    cli.file("tidegate.toml", config).args(["docs", source, "-f", "json", "-o", "out"]).writes("out/schema.json").run()
}

fn json(run: &Run) -> String {
    std::fs::read_to_string(run.dir.join("out/schema.json")).unwrap()
}

fn assert_same(embedded: &str, local: &str) {
    let differs = embedded.lines().zip(local.lines()).find(|(one, other)| one != other);
    assert!(embedded == local, "the engines differ, first in {differs:?}");
}

#[test]
fn migrations_with_edges_give_the_same_schema() {
    let project =
        || MIGRATIONS.iter().fold(Cli::new(), |cli, (name, sql)| cli.file(&format!("migrations/{name}"), *sql));
    let embedded = json(&engine(project(), "embedded", None, "migrations"));
    let local = json(&engine(project(), "local", Some(&server_18().bin), "migrations"));
    for fact in ["\"caught\"", "public.part_3", "\"c\"", "orders_state", "\"ok\"", "nobody_made_this_role", "\"own\""] {
        assert!(embedded.contains(fact), "{fact} is missing:\n{embedded}");
    }
    assert_same(&embedded, &local);
}

/// The schema without the gaps, and without the version of the extension that the embedded engine lacks: a stand-in has
/// none, and says so in a gap.
fn without_stand_in(document: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(document).unwrap();
    let extensions = document["schema"]["extensions"].as_array_mut().unwrap();
    let wrapper = extensions.iter_mut().find(|extension| extension["name"] == "postgres_fdw").unwrap();
    wrapper.as_object_mut().unwrap().remove("version").unwrap();
    format!("{:#}", document["schema"])
}

#[test]
fn every_kind_of_object_is_the_same_on_both() {
    let fixtures = ["tests/fixtures/kinds.sql", "tests/fixtures/kinds18.sql"].map(repository_file);
    let script: String = fixtures.iter().map(|path| format!("\\i {}\n", path.display())).collect();
    let project = || Cli::new().file("all.sql", &script);
    let embedded = json(&engine(project(), "embedded", None, "all.sql"));
    let local = json(&engine(project(), "local", Some(&server_18().bin), "all.sql"));
    assert!(embedded.contains("extension postgres_fdw"), "the stand-in is a gap");
    assert_same(&without_stand_in(&embedded), &without_stand_in(&local));
}
