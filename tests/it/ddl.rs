//! The SQL that makes a schema: run on an empty database of a real server and read again, it gives the same schema.

use tidegate::render::sql::{SqlOptions, SqlScript, quote, render};
use tidegate::schema::Schema;
use tidegate::source::catalog;

use crate::support::cli::Cli;
use crate::support::postgres::{Database, Server, connect, server_15, server_18};
use crate::support::repository_file;

const KINDS: &str = include_str!("../fixtures/kinds.sql");
const KINDS_18: &str = include_str!("../fixtures/kinds18.sql");
const ORDER: &str = include_str!("../fixtures/order.sql");

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

fn read(database: &Database) -> Schema {
    wait_for(async { catalog::read(&mut connect(&database.url()).await, &catalog::Options::default()).await })
        .unwrap()
        .schema
}

fn made(server: &'static Server, scripts: &[&str]) -> Database {
    let database = server.database();
    scripts.iter().for_each(|sql| database.execute(sql));
    database
}

/// Runs a script statement by statement, and panics with every object that cannot be made.
fn run(script: &SqlScript, database: &Database) {
    let failed: Vec<String> = wait_for(async {
        let client = connect(&database.url()).await;
        let mut failed = Vec::new();
        for statement in &script.statements {
            if let Err(error) = client.batch_execute(&statement.sql).await {
                let said = error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned());
                failed.push(format!("{}: {said}\n{}", statement.object, statement.sql));
            }
        }
        failed
    });
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// The copy of a schema, and the notes of the script that made it.
fn copy(schema: &Schema, server: &'static Server) -> (Schema, Vec<String>) {
    let script = render(schema, &SqlOptions { drop_public: true, ..SqlOptions::default() });
    let database = server.database();
    run(&script, &database);
    (read(&database), script.notes.iter().map(ToString::to_string).collect())
}

/// Panics with the lines that differ, and not with two whole documents.
fn assert_same(one: &Schema, other: &Schema) {
    let differences = similar_lines(&settled(&one.canonical_json()), &settled(&other.canonical_json()));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What PostgreSQL prints otherwise once it has read its own print: here a nameless constant of a parsed body, and a
/// comparison of rows.
fn settled(json: &str) -> String {
    let (a, b) = ("(old.name IS DISTINCT FROM new.name)", "(old.flag IS DISTINCT FROM new.flag)");
    json.replace("'a'::text AS text;", "'a'::text;").replace(&format!("({a} OR {b}) OR"), &format!("{a} OR {b} OR"))
}

fn similar_lines(one: &str, other: &str) -> Vec<String> {
    let (one, other): (Vec<&str>, Vec<&str>) = (one.lines().collect(), other.lines().collect());
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    if start == one.len() && start == other.len() {
        return Vec::new();
    }
    let part = |lines: &[&str], sign: &str| {
        lines.iter().skip(start.saturating_sub(12)).take(40).map(|line| format!("{sign}{line}")).collect::<Vec<_>>()
    };
    [part(&one, "- "), part(&other, "+ ")].concat()
}

fn assert_copied(server: &'static Server, scripts: &[&str]) {
    let database = made(server, scripts);
    let schema = read(&database);
    assert!(schema.tables.len() > 5, "there is something to copy");
    let (copied, notes) = copy(&schema, server);
    assert_same(&schema, &copied);
    assert_eq!(notes, [""; 0]);
    let (again, _) = copy(&copied, server);
    assert_eq!(copied.fingerprint(), again.fingerprint(), "a copy of a copy");
}

#[test]
fn every_kind_is_made_again() {
    assert_copied(server_15(), &[KINDS]);
}

#[test]
fn what_postgresql_18_added_is_made_again() {
    assert_copied(server_18(), &[KINDS, KINDS_18]);
}

#[test]
fn circles_and_odd_names_are_made_again() {
    assert_copied(server_15(), &[ORDER]);
    assert_copied(server_18(), &[ORDER]);
}

#[test]
fn no_key_word_is_left_bare() {
    for server in [server_15(), server_18()] {
        let words = server.database().query("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'");
        assert!(words.len() > 100, "only {} words", words.len());
        for word in words.into_iter().flatten().flatten() {
            assert_eq!(quote::ident(&word), format!("\"{word}\""));
        }
    }
}

/// The script has to be able to fail: whatever one statement makes is missed in the copy.
#[test]
fn a_statement_that_is_left_out_is_missed() {
    let schema = read(&made(
        server_15(),
        &["CREATE TABLE a (id integer PRIMARY KEY, b text DEFAULT 'x');
        CREATE INDEX a_b ON a (b); CREATE VIEW v AS SELECT b FROM a; COMMENT ON TABLE a IS 'A';
        ALTER TABLE a ENABLE ROW LEVEL SECURITY; GRANT SELECT ON a TO PUBLIC;"],
    ));
    // Who owns what cannot be said without it.
    let script = render(&schema, &SqlOptions { owners: false, ..SqlOptions::default() });
    for object in [
        "index public.a_b",
        "view public.v",
        "comment on table public.a",
        "row-level security of table public.a",
        "privileges on table public.a",
    ] {
        let mut less = script.clone();
        less.statements.retain(|statement| statement.object != object);
        assert_eq!(less.statements.len() + 1, script.statements.len(), "{object}");
        let database = server_15().database();
        run(&less, &database);
        assert_ne!(read(&database).fingerprint(), schema.fingerprint(), "{object}");
    }
}

#[test]
fn what_no_statement_says_is_noted() {
    let database = made(
        server_15(),
        &["CREATE TABLE parent (a integer); CREATE TABLE child (b integer) INHERITS (parent);
             ALTER TABLE parent ADD COLUMN c integer;
             CREATE TABLE keys (a integer NOT NULL UNIQUE, b integer NOT NULL UNIQUE);
             ALTER TABLE keys REPLICA IDENTITY USING INDEX keys_b_key;
             CREATE TABLE twice (a integer); INSERT INTO twice VALUES (1), (1);"],
    );
    wait_for(async {
        let client = connect(&database.url()).await;
        client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY failed ON twice (a)").await.unwrap_err();
    });
    let (copied, notes) = copy(&read(&database), server_15());
    assert_eq!(
        notes,
        [
            "index public.failed: it is invalid there, which no statement says: here it is whole",
            "table public.child: what it inherits alone (a, c) is its own, too: that keeps its columns' order",
        ]
    );
    let child = copied.tables.iter().find(|table| table.name.name == "child").unwrap();
    assert_eq!(child.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(child.inherits.len(), 1);
}

#[test]
fn a_dropped_public_stays_away_only_where_asked_for() {
    let schema =
        read(&made(server_15(), &["DROP SCHEMA public; CREATE SCHEMA other; CREATE TABLE other.t (id integer)"]));
    assert_eq!(copy(&schema, server_15()).0.fingerprint(), schema.fingerprint());
    assert!(!render(&schema, &SqlOptions::default()).text(&[]).contains("DROP"));
}

/// What users add to the tables of extensions is theirs, and the extensions' own is not made twice.
#[test]
fn additions_to_extensions_are_made_again() {
    let platform = "CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users (id));
        CREATE FUNCTION public.greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER greeting AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.greet();
        ALTER TABLE auth.users DISABLE TRIGGER greeting;
        CREATE INDEX by_mail ON auth.users (lower(email));
        CREATE POLICY own ON storage.objects FOR SELECT USING (auth.uid() = owner);
        GRANT SELECT ON auth.users TO authenticated;";
    let cli = Cli::new().file("tidegate.toml", "[replay]\nengine = \"embedded\"\n").file("first.sql", platform);
    let first = cli.clone().args(["docs", "first.sql", "-f", "json,sql", "--extension-objects", "-o", "out"]).run();
    let second = cli.args(["docs", "out/schema.sql", "-f", "json", "--extension-objects", "-o", "-"]).run();
    let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap()["schema"].clone();
    let first = read(&std::fs::read(first.dir.join("out/schema.json")).unwrap());
    for word in ["greeting", "by_mail", "\"own\"", "authenticated", "auth.users"] {
        assert!(first.to_string().contains(word), "{word}");
    }
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap();
    let differences = similar_lines(&pretty(&first), &pretty(&read(&second.stdout)));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The embedded engine, and `docs -f sql` from beginning to end: the text is a source again, with the same JSON.
#[test]
fn the_text_is_a_source_of_the_same_schema() {
    for (name, script) in [("kinds", KINDS), ("order", ORDER)] {
        let cli = Cli::new().file("tidegate.toml", "[replay]\nengine = \"embedded\"\n").file("first.sql", script);
        let first = cli.clone().args(["docs", "first.sql", "-f", "json,sql", "--extension-objects", "-o", "out"]).run();
        let second = cli.args(["docs", "out/schema.sql", "-f", "json", "--extension-objects", "-o", "-"]).run();
        let read = |bytes: &[u8]| {
            let mut document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            // What the model does not hold is not copied, and so is no gap of the copy.
            document.as_object_mut().unwrap().remove("gaps");
            settled(&serde_json::to_string_pretty(&document).unwrap())
        };
        let first = read(&std::fs::read(first.dir.join("out/schema.json")).unwrap());
        let differences = similar_lines(&first, &read(&second.stdout));
        assert!(differences.is_empty(), "{name}: {}", differences.join("\n"));
    }
}

#[test]
fn the_worked_example_is_made_again() {
    let saved = std::fs::read(repository_file("docs/example/schema/schema.json")).unwrap();
    let sql = repository_file("docs/example/schema/schema.sql");
    let cli = Cli::new().file("tidegate.toml", "[replay]\nengine = \"embedded\"\n");
    let run = cli.arg("docs").arg(sql).args(["-f", "json", "-o", "-"]).run();
    let read = |bytes: &[u8]| {
        let mut document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        for extension in document["schema"]["extensions"].as_array_mut().unwrap() {
            // A copy takes the versions that there are.
            extension.as_object_mut().unwrap().remove("version").unwrap();
        }
        for table in document["schema"]["tables"].as_array_mut().unwrap() {
            // A relation of the configuration is none of the database.
            if let Some(keys) = table.get_mut("foreign_keys") {
                keys.as_array_mut().unwrap().retain(|key| key.get("virtual").is_none());
            }
        }
        serde_json::to_string_pretty(&document).unwrap()
    };
    let differences = similar_lines(&settled(&read(&saved)), &settled(&read(&run.stdout)));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
