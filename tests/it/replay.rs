//! Migrations and scripts replayed on a real server, and the errors that they can end in.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use tidegate::migration::{Migration, MigrationSet};
use tidegate::progress::Progress;
use tidegate::schema::{GapKind, QualifiedName, Schema};
use tidegate::source::engine::{EngineChoice, EngineOptions};
use tidegate::source::replay::command::{self, CommandOptions};
use tidegate::source::replay::{ReplayError, ReplayOptions, replay};
use tidegate::source::{Reading, dump};

/// Remembers what was said.
#[derive(Default)]
struct Ears(Mutex<Vec<String>>);

impl Progress for Ears {
    fn step(&self, _: &str, _: usize, _: Option<usize>) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

impl Ears {
    fn heard(&self, part: &str) -> bool {
        self.0.lock().unwrap().iter().any(|text| text.contains(part))
    }
}

fn engine() -> EngineOptions {
    EngineOptions {
        deadline: Duration::from_secs(30),
        program: Some(PathBuf::from(env!("CARGO_BIN_EXE_tidegate"))),
        ..EngineOptions::default()
    }
}

fn options() -> ReplayOptions {
    ReplayOptions { engine: engine(), label: "migrations".to_owned(), ..ReplayOptions::default() }
}

fn migration(number: usize, sql: &str, transactional: bool) -> Migration {
    Migration {
        version: number.to_string(),
        name: format!("step{number}"),
        path: format!("{number}.sql"),
        sql: sql.to_owned(),
        first_line: 1,
        transactional,
        ..Migration::default()
    }
}

fn set(steps: &[&str]) -> MigrationSet {
    let migrations = steps.iter().enumerate().map(|(at, sql)| migration(at + 1, sql, true)).collect();
    MigrationSet { framework: "plain".to_owned(), migrations, ..MigrationSet::default() }
}

async fn local(set: &MigrationSet, ears: &Ears) -> Result<Reading, ReplayError> {
    replay(set, &EngineChoice::Local, &options(), ears).await
}

async fn schema(steps: &[&str]) -> Schema {
    local(&set(steps), &Ears::default()).await.unwrap_or_else(|error| panic!("{error}")).schema
}

async fn failure(steps: &[&str]) -> String {
    local(&set(steps), &Ears::default()).await.expect_err("the migration fails").to_string()
}

fn name(text: &str) -> QualifiedName {
    text.parse().unwrap()
}

#[tokio::test]
async fn migrations_are_applied_in_order_and_the_history_stays_out() {
    let mut set = set(&[
        "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO schema_history VALUES ('1');",
        "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '';\n\nCREATE VIEW v AS SELECT b FROM a",
    ]);
    set.history_ddl =
        Some("CREATE SCHEMA hist; CREATE TABLE hist.seq (id serial); CREATE TABLE schema_history (v text)".into());
    set.history_tables = vec!["public.schema_history".into(), "hist.seq".into()];
    set.history_schemas = vec!["hist".into()];
    let reading = local(&set, &Ears::default()).await.unwrap();
    let tables: Vec<_> = reading.schema.tables.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(tables, ["public.a"]);
    assert!(reading.schema.sequences.is_empty());
    assert!(!reading.schema.schemas.iter().any(|schema| schema.name == "hist"));
    assert_eq!(reading.schema.table(&name("public.a")).unwrap().columns.len(), 2);
    assert_eq!(reading.schema.table(&name("public.a")).unwrap().about.owner, None);
    assert!(reading.gaps.is_empty(), "{:?}", reading.gaps);
    assert!(reading.origin.contains("local PostgreSQL") && reading.origin.ends_with("2 migrations in migrations"));
}

#[tokio::test]
async fn roles_are_made_when_they_are_named() {
    let schema = schema(&[
        "CREATE TABLE t (id int); GRANT SELECT ON t TO reader, \"Odd One\"; ALTER TABLE t OWNER TO boss;",
        "CREATE ROLE reader; CREATE POLICY p ON t TO tenant USING (true);
         ALTER DEFAULT PRIVILEGES FOR ROLE deployer GRANT SELECT ON TABLES TO auditor;
         SET ROLE builder; CREATE TABLE mine (id int); RESET ROLE; CREATE SCHEMA s AUTHORIZATION keeper;",
    ])
    .await;
    let table = schema.table(&name("public.t")).unwrap();
    assert_eq!(table.about.owner.as_deref(), Some("boss"));
    let roles: Vec<_> = table.about.grants.iter().map(|grant| grant.role.as_str()).collect();
    assert_eq!(roles, ["Odd One", "reader"]);
    assert_eq!(table.policies[0].roles, ["tenant"]);
    assert_eq!(schema.table(&name("public.mine")).unwrap().about.owner.as_deref(), Some("builder"));
}

#[tokio::test]
async fn statements_that_no_transaction_holds_run_outside_of_it() {
    let ears = Ears::default();
    let steps = set(&[
        "CREATE TYPE mood AS ENUM ('low');\nCREATE TABLE t (m mood);",
        "ALTER TYPE mood ADD VALUE 'high';\nALTER TABLE t ALTER m SET DEFAULT 'high';\n\
         CREATE INDEX CONCURRENTLY i ON t (m);\nVACUUM t;\nALTER TABLE t ADD COLUMN n int;",
        "BEGIN; SAVEPOINT s; CREATE TABLE gone (); ROLLBACK TO s; CREATE TABLE kept (); COMMIT;",
        "DO $$ BEGIN CREATE TABLE looped (); COMMIT; END $$;",
    ]);
    let schema = local(&steps, &ears).await.unwrap_or_else(|error| panic!("{error}")).schema;
    let table = schema.table(&name("public.t")).unwrap();
    assert_eq!(table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["m", "n"]);
    assert_eq!(table.columns[0].default.as_deref(), Some("'high'::public.mood"));
    assert_eq!(table.indexes.len(), 1);
    assert!(schema.table(&name("public.kept")).is_some() && schema.table(&name("public.looped")).is_some());
    assert!(schema.table(&name("public.gone")).is_none());
    assert!(ears.heard("2.sql:3") && ears.heard("outside of one"), "{:?}", ears.0.lock().unwrap());
}

#[tokio::test]
async fn an_error_names_file_line_statement_and_what_the_server_said() {
    let error = failure(&[
        "CREATE TABLE a (id int);",
        "SELECT 1;\n\n-- why\nCREATE TABLE b (\n  id int,\n  oops nosuchtype\n);",
    ])
    .await;
    assert!(error.starts_with("2.sql:6: type \"nosuchtype\" does not exist (SQLSTATE 42704)"), "{error}");
    assert!(error.contains("statement: CREATE TABLE b ("), "{error}");
    let error = failure(&["CREATE TABLE a (idd int);\nCREATE VIEW v AS\n  SELECT\n  id FROM a;"]).await;
    assert!(
        error.starts_with("1.sql:4: column \"id\" does not exist") && error.contains("hint: Perhaps you meant"),
        "{error}"
    );
    let error = failure(&["SELECT 1;\nSELEC 2;"]).await;
    assert!(error.starts_with("1.sql:2: syntax error at or near \"SELEC\""), "{error}");
    let error = failure(&["SELECT 1;\n  SELECT 'open;"]).await;
    assert!(error.starts_with("1.sql:2: the quote that opens on line 2 is never closed"), "{error}");
}

#[tokio::test]
async fn absent_extensions_are_stood_in_for_and_their_objects_are_theirs() {
    let reading = local(
        &set(&[
            "CREATE EXTENSION postgis; CREATE EXTENSION h3; CREATE EXTENSION vector;",
            "CREATE TABLE place (
                 at geometry(Point,4326) NOT NULL, cell h3index PRIMARY KEY, e vector(3),
                 made geometry(Point, 4326) GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(1, 2), 4326)) STORED);
             CREATE INDEX e_near ON place USING hnsw (e vector_cosine_ops) WITH (m = 16);
             CREATE INDEX at_near ON place USING gist (at);",
        ]),
        &Ears::default(),
    )
    .await
    .unwrap_or_else(|error| panic!("{error}"));
    let schema = &reading.schema;
    let place = schema.table(&name("public.place")).unwrap();
    let types: Vec<_> = place.columns.iter().map(|column| column.data_type.as_str()).collect();
    assert_eq!(
        types,
        ["public.geometry(Point,4326)", "public.h3index", "public.vector(3)", "public.geometry(Point,4326)"]
    );
    assert_eq!(place.indexes[1].options, ["m=16"]);
    assert_eq!(schema.extensions.iter().filter(|extension| extension.name != "plpgsql").count(), 3);
    let others: Vec<_> = schema.routines.iter().filter(|routine| routine.about.extension.is_none()).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(schema.domains.is_empty(), "{:?}", schema.domains);
    assert!(reading.gaps.iter().any(|gap| gap.kind == GapKind::MissingExtension && gap.scope == "extension postgis"));
    assert!(reading.gaps.iter().any(|gap| gap.scope == "type h3index"));
    let strict = ReplayOptions { strict: true, ..options() };
    let refused = replay(&set(&["CREATE EXTENSION h3;"]), &EngineChoice::Local, &strict, &Ears::default()).await;
    assert!(matches!(refused, Err(ReplayError::Strict(gaps)) if gaps.len() == 1));
}

#[tokio::test]
async fn what_migrations_take_for_given_is_made_and_named() {
    let reading = local(
        &set(&[
            "CREATE TABLE app.t (id uuid DEFAULT public.uuid_generate_v4(), tag citext, name text);
             CREATE INDEX ON app.t USING gin (name gin_trgm_ops);",
            "CREATE TABLE profile (id uuid REFERENCES auth.users (id), of public.geography);
             CREATE POLICY own ON profile TO authenticated USING (auth.uid() = id);",
        ]),
        &Ears::default(),
    )
    .await
    .unwrap_or_else(|error| panic!("{error}"));
    let scopes: Vec<_> = reading.gaps.iter().map(|gap| gap.scope.as_str()).collect();
    for scope in ["extension citext", "extension pg_trgm", "extension uuid-ossp", "schema app", "platform supabase"] {
        assert!(scopes.contains(&scope), "{scopes:?}");
    }
    let profile = reading.schema.table(&name("public.profile")).unwrap();
    assert_eq!(profile.foreign_keys[0].references, name("auth.users"));
    assert_eq!(profile.columns[1].data_type, "public.geography");
    let users = reading.schema.table(&name("auth.users")).unwrap();
    assert_eq!(users.about.extension.as_deref(), Some("supabase"));
    // A mistake stays a mistake.
    let error = failure(&["CREATE TABLE t (id int REFERENCES nowhere.t (id));\nALTER TABLE gone ADD a int;"]).await;
    assert!(error.contains("nowhere"), "{error}");
    let error = failure(&["DROP SCHEMA gone;"]).await;
    assert!(error.starts_with("1.sql:1: schema \"gone\" does not exist"), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_is_stopped_and_the_statement_named() {
    let mut options = options();
    options.engine.deadline = Duration::from_secs(8);
    let steps = set(&["CREATE TABLE a ();\nSELECT 1;\nSELECT pg_sleep(600);\nSELECT 2;"]);
    let error = replay(&steps, &EngineChoice::Local, &options, &Ears::default()).await.expect_err("it hangs");
    let text = error.to_string();
    assert!(
        text.starts_with("1.sql:3: ") && text.contains("no answer within 8 s") && text.contains("pg_sleep"),
        "{text}"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("deadline")));
}

async fn script(folder: &Path, text: &str) -> Result<Reading, dump::DumpError> {
    let file = folder.join("main.sql");
    std::fs::write(&file, text).unwrap();
    dump::read(&file, &EngineChoice::Local, &options(), &Ears::default()).await
}

#[tokio::test]
async fn a_psql_script_is_read_as_psql_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tables")).unwrap();
    std::fs::write(folder.path().join("tables/all.sql"), "\\ir one.sql\n").unwrap();
    std::fs::write(folder.path().join("tables/one.sql"), "CREATE TABLE :\"app\".one (id int)\n").unwrap();
    let reading = script(
        folder.path(),
        "\\set ON_ERROR_STOP on\n\\set app shop\n\\restrict x\nCREATE ROLE owner LOGIN;\nCREATE DATABASE shopdb OWNER owner;\n\
         \\c shopdb\nCREATE SCHEMA public;\nCREATE SCHEMA :app;\n\\i tables/all.sql\n\
         \\if :{?nope}\nCREATE TABLE no ();\n\\elif :{?app}\nCREATE TABLE yes (v text DEFAULT :'app');\n\\else\nCREATE TABLE no ();\n\\endif\n\
         COPY yes (v) FROM stdin;\na;'\n\\.\n\\copy yes from 'x.csv'\nALTER TABLE yes OWNER TO owner;\nCREATE TABLE last (id int) \\g\n",
    )
    .await
    .unwrap_or_else(|error| panic!("{error}"));
    let tables: Vec<_> = reading.schema.tables.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(tables, ["public.last", "public.yes", "shop.one"]);
    assert_eq!(reading.schema.tables[1].columns[0].default.as_deref(), Some("'shop'::text"));
    assert_eq!(reading.gaps.len(), 1, "{:?}", reading.gaps);
    assert!(reading.gaps[0].reason.contains("\\copy"));
    let missing = script(folder.path(), "SELECT 1;\n\\ir nope.sql").await.expect_err("refused").to_string();
    assert!(missing.contains("main.sql:2: cannot read \"nope.sql\""), "{missing}");
    let wrong = script(folder.path(), "CREATE SCHEMA x;\n\\i tables/all.sql\n").await.expect_err("refused").to_string();
    assert!(wrong.contains("one.sql:1: syntax error at or near \":\""), "{wrong}");
}

/// Rows that the script itself inserts look for rows that its COPY would have loaded.
#[tokio::test]
async fn rows_give_way_where_those_that_they_need_were_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let tables = "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (a int);\nINSERT INTO b VALUES (1);\n";
    let rest = "ALTER TABLE b ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES a;\n\
                INSERT INTO b VALUES (1);\nALTER TABLE b ADD COLUMN last int;\n";
    for loading in ["COPY a FROM stdin;\n1\n\\.\n", "\\copy a FROM 'a.csv'\n"] {
        let read = script(folder.path(), &format!("{tables}{loading}{rest}")).await;
        let schema = read.unwrap_or_else(|error| panic!("{error}")).schema;
        let b = schema.table(&name("public.b")).unwrap();
        assert_eq!((b.foreign_keys.len(), b.columns.len()), (1, 2), "{loading}");
    }
    let error = script(folder.path(), &format!("{tables}{rest}")).await.expect_err("the rows are the script's own");
    assert!(error.to_string().contains("main.sql:4: insert or update on table \"b\" violates"), "{error}");
}

#[tokio::test]
async fn a_dump_that_is_cut_off_or_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (text, part) in [
        ("--\n-- PostgreSQL database dump\n--\nCREATE TABLE a ();\n", "-- PostgreSQL database dump complete"),
        ("CREATE TABLE a ();\nCOPY a FROM stdin;\n1\n", "main.sql:2: the data of the COPY"),
        ("CREATE TABLE a ();\nCREATE FUNCTION f() AS $$ BEGIN", "main.sql:2: the quote"),
        ("PGDMP\u{1}\u{2}", "pg_restore -f"),
        ("\\if true\nSELECT 1;", "\\if has no \\endif"),
        ("\n", "main.sql is empty"),
    ] {
        let error = script(folder.path(), text).await.expect_err("refused").to_string();
        assert!(error.contains(part), "{error}");
    }
    let file = folder.path().join("bytes.sql");
    for (bytes, part) in [
        (&b"\x1f\x8b\x08\0"[..], "gzip"),
        (&b"\xff\xfeS\0"[..], "UTF-16"),
        (&b"SELECT 1;\n-- caf\xe9\n"[..], "line 2: not UTF-8"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let error = dump::read(&file, &EngineChoice::Local, &options(), &Ears::default()).await.expect_err("refused");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn the_users_own_command_makes_the_schema() {
    let options = CommandOptions { engine: engine(), directory: std::env::temp_dir(), ..CommandOptions::default() };
    let argv: Vec<String> =
        ["sh", "-c", "psql -qc 'CREATE TABLE made (id int); CREATE TABLE django_migrations (id serial)' && echo done"]
            .map(str::to_owned)
            .into();
    let ears = Ears::default();
    let reading =
        command::run(&argv, &EngineChoice::Local, &options, &ears).await.unwrap_or_else(|error| panic!("{error}"));
    let tables: Vec<_> = reading.schema.tables.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(tables, ["public.made"]);
    assert!(ears.heard("done"));
    let refused = command::run(&argv, &EngineChoice::Embedded, &options, &ears).await.expect_err("no socket");
    assert!(refused.to_string().contains("embedded"));
}
