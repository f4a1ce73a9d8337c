//! Replays that begin with a kept state: what they read is, byte for byte, what a replay of everything reads.
#![cfg(feature = "embedded")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tidegate::migration::{Migration, MigrationSet};
use tidegate::progress::Progress;
use tidegate::source::engine::{EngineChoice, EngineOptions};
use tidegate::source::replay::{ReplayOptions, replay};

use crate::support::cli::{Cli, kill_group};

/// Remembers the first migration that was run, and every note.
#[derive(Default)]
struct Ears {
    first: Mutex<Option<usize>>,
    notes: Mutex<Vec<String>>,
}

impl Progress for Ears {
    fn step(&self, text: &str, done: usize, _: Option<usize>) {
        if text.starts_with("replaying ") {
            self.first.lock().unwrap().get_or_insert(done);
        }
    }

    fn note(&self, text: &str) {
        self.notes.lock().unwrap().push(text.to_owned());
    }
}

fn set(steps: &[String]) -> MigrationSet {
    let migration = |(at, sql): (usize, &String)| Migration {
        path: format!("{at}.sql"),
        sql: sql.clone(),
        first_line: 1,
        transactional: true,
        ..Migration::default()
    };
    MigrationSet {
        framework: "plain".to_owned(),
        migrations: steps.iter().enumerate().map(migration).collect(),
        ..MigrationSet::default()
    }
}

/// What a replay told: the reading as text, its notes, and where it began.
async fn told(steps: &[String], cache: Option<&Path>) -> (String, Vec<String>, usize) {
    let options = ReplayOptions {
        engine: EngineOptions {
            program: Some(PathBuf::from(env!("CARGO_BIN_EXE_tidegate"))),
            cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-cache")),
            ..EngineOptions::default()
        },
        cache: cache.map(Path::to_owned),
        label: "m".to_owned(),
        ..ReplayOptions::default()
    };
    let ears = Ears::default();
    let reading =
        replay(&set(steps), &EngineChoice::Embedded, &options, &ears).await.unwrap_or_else(|error| panic!("{error}"));
    let text = tidegate::schema::Document::new(reading.schema, reading.gaps).to_json();
    (text, ears.notes.into_inner().unwrap(), ears.first.into_inner().unwrap().unwrap_or(usize::MAX))
}

fn kept(cache: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(cache.join("replay")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

fn owned(steps: &[&str]) -> Vec<String> {
    steps.iter().map(|step| (*step).to_owned()).collect()
}

/// Everything that lives longer than one migration: roles, settings of the session, sequences, stand-ins, enums.
fn varied() -> Vec<String> {
    owned(&[
        "CREATE SCHEMA app; CREATE EXTENSION pgcrypto; CREATE EXTENSION h3; SET search_path = app, public; SET timezone = 'Asia/Tokyo';",
        "CREATE TABLE t (id serial PRIMARY KEY, at timestamptz DEFAULT '2020-01-01 00:00'); GRANT SELECT ON t TO reader;",
        "CREATE TABLE cells (cell h3index PRIMARY KEY);",
        "CREATE TYPE mood AS ENUM ('low', 'high'); INSERT INTO t SELECT FROM generate_series(1, 3);",
        "ALTER TYPE mood ADD VALUE 'middle' BEFORE 'high'; VACUUM t;",
        "SELECT set_config('search_path', 'app', false); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE TABLE part (a int) PARTITION BY RANGE (a);",
        "CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10); INSERT INTO t DEFAULT VALUES;",
        "ALTER TYPE mood ADD VALUE 'lowest' BEFORE 'low'; ALTER TABLE t ADD m mood DEFAULT 'low';",
        "CREATE VIEW v AS SELECT id, at, m FROM t; SET timezone = 'UTC'; GRANT SELECT ON v TO reader, writer;",
        "DO $$ BEGIN EXECUTE format('CREATE TABLE made_%s (c h3index)', (SELECT max(id) FROM t)); END $$;",
        "CREATE TABLE late (at timestamptz DEFAULT '2020-01-01 00:00', c h3index, who text DEFAULT current_user);",
        "COMMENT ON TABLE late IS 'last'; CREATE INDEX ON late (c);",
    ])
}

#[tokio::test]
async fn a_state_and_what_follows_make_what_everything_makes() {
    let steps = varied();
    let (cold, notes, first) = told(&steps, None).await;
    assert_eq!(first, 0);
    assert!(cold.contains("made_4") && notes.iter().any(|note| note.contains("outside")), "{notes:?}");
    for cut in [5, 11] {
        let cache = TempDir::new().unwrap();
        told(&steps[..cut], Some(cache.path())).await;
        assert!(!kept(cache.path(), "state").is_empty(), "after {cut}");
        let (warm, warm_notes, first) = told(&steps, Some(cache.path())).await;
        assert_eq!(first, cut - 1, "it began with the state");
        assert_eq!((&warm, &warm_notes), (&cold, &notes), "cut at {cut}");
        // And with the state that a warm replay left.
        let mut longer = steps.clone();
        longer.push("CREATE TABLE one_more (c h3index);".to_owned());
        let (warm, _, first) = told(&longer, Some(cache.path())).await;
        assert!(first >= cut - 1);
        assert_eq!(warm, told(&longer, None).await.0, "after {cut}");
    }
}

#[tokio::test]
async fn a_migration_that_changed_begins_before_itself() {
    let cache = TempDir::new().unwrap();
    let mut steps = varied();
    told(&steps, Some(cache.path())).await;
    let last = steps.len() - 1;
    steps[last] = "CREATE TABLE other ();".to_owned();
    let (warm, _, first) = told(&steps, Some(cache.path())).await;
    assert_eq!(first, last);
    assert_eq!(warm, told(&steps, None).await.0);
    // The unchanged set opens no engine at all.
    assert_eq!(told(&steps, Some(cache.path())).await.2, usize::MAX);
    steps[0].push_str(" SELECT 1;");
    assert_eq!(told(&steps, Some(cache.path())).await.2, 0, "nothing is left of a set that begins otherwise");
}

#[tokio::test]
async fn what_only_the_session_knows_is_not_kept() {
    let plain: Vec<String> = (0..7).map(|n| format!("CREATE TABLE t{n} (id int);")).collect();
    for what in [
        "CREATE TEMP TABLE gone (id int);",
        "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE UNLOGGED TABLE u (id int);",
        "CREATE SEQUENCE s CACHE 10;",
        "PREPARE p AS SELECT 1;",
        "SELECT pg_advisory_lock(1);",
        "LISTEN c;",
        "SET app.tenant = 'x';",
        "CREATE ROLE other SUPERUSER; SET ROLE other;",
    ] {
        let cache = TempDir::new().unwrap();
        let mut steps = plain.clone();
        steps.insert(0, what.to_owned());
        steps.push("RESET ROLE; CREATE TABLE last (id int);".to_owned());
        told(&steps, Some(cache.path())).await;
        assert!(kept(cache.path(), "state").is_empty(), "{what}");
        assert_eq!(kept(cache.path(), "json").len(), 1, "{what}: the reading is kept all the same");
    }
    // What looks back at the session goes the whole way.
    let cache = TempDir::new().unwrap();
    let mut steps = plain;
    steps.extend(owned(&["CREATE TABLE n (id serial); INSERT INTO n DEFAULT VALUES;", "SELECT 1;"]));
    told(&steps, Some(cache.path())).await;
    assert!(!kept(cache.path(), "state").is_empty());
    *steps.last_mut().unwrap() =
        "DO $$ BEGIN EXECUTE format('CREATE TABLE t_%s ()', currval('n_id_seq')); END $$;".to_owned();
    let (text, _, first) = told(&steps, Some(cache.path())).await;
    assert_eq!(first, 0);
    assert!(text.contains("t_1"));
}

/// Whole by its checksum, and of no use to the engine.
#[tokio::test]
async fn a_state_that_the_engine_cannot_use_is_replaced() {
    use sha2::{Digest, Sha256};
    let cache = TempDir::new().unwrap();
    let mut steps = varied();
    told(&steps, Some(cache.path())).await;
    for path in kept(cache.path(), "state") {
        let mut bytes = fs::read(&path).unwrap();
        let end = bytes.len();
        bytes[end - 100_000..].fill(7);
        let hash = Sha256::digest(&bytes[48..]);
        bytes[16..48].copy_from_slice(&hash);
        fs::write(&path, bytes).unwrap();
    }
    steps.push("CREATE TABLE after_damage ();".to_owned());
    let (text, _, _) = told(&steps, Some(cache.path())).await;
    assert_eq!(text, told(&steps, None).await.0);
    *steps.last_mut().unwrap() = "CREATE TABLE mended ();".to_owned();
    let (text, _, first) = told(&steps, Some(cache.path())).await;
    assert_eq!(first, steps.len() - 1, "a good state took its place");
    assert_eq!(text, told(&steps, None).await.0);
}

#[tokio::test]
async fn two_at_once_do_not_disturb_each_other() {
    let cache = TempDir::new().unwrap();
    let mut steps = varied();
    let (one, two) = tokio::join!(told(&steps, Some(cache.path())), told(&steps, Some(cache.path())));
    assert_eq!((&one.0, &one.1), (&two.0, &two.1));
    *steps.last_mut().unwrap() = "CREATE TABLE next ();".to_owned();
    let (one, two) = tokio::join!(told(&steps, Some(cache.path())), told(&steps, Some(cache.path())));
    assert_eq!(one, two);
    assert_eq!(one.2, steps.len() - 1);
}

#[test]
fn a_run_that_is_killed_while_it_keeps_a_state_leaves_nothing_that_is_believed() {
    let home = TempDir::new().unwrap();
    let cache = home.path().join("cache");
    // What the engine unpacks is large, and is not what is looked at here.
    let unpacked = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-cache/oliphaunt-wasix");
    fs::create_dir_all(cache.join("tidegate")).unwrap();
    if unpacked.exists() {
        Command::new("cp").args(["-r"]).arg(&unpacked).arg(cache.join("tidegate")).status().unwrap();
    }
    let mut cli = Cli::new().env("XDG_CACHE_HOME", &cache).args(["docs", "m", "-f", "json"]);
    for (number, sql) in varied().iter().enumerate() {
        cli = cli.file(&format!("m/{number:02}.sql"), sql);
    }
    for _ in 0..2 {
        let mut child = cli.command().spawn().unwrap();
        let replay = cache.join("tidegate/replay");
        let end = Instant::now() + Duration::from_secs(120);
        let begun = || {
            fs::read_dir(&replay).is_ok_and(|mut entries| {
                entries.any(|entry| {
                    entry.is_ok_and(|entry| {
                        let name = entry.file_name().to_string_lossy().into_owned();
                        name.starts_with(".unfinished-") || name.ends_with(".state")
                    })
                })
            })
        };
        while !begun() && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end, "no state is kept");
            std::thread::sleep(Duration::from_millis(1));
        }
        kill_group(&child);
        child.wait().unwrap();
    }
    let after = cli.clone().file("m/99.sql", "CREATE TABLE after ();").run().stdout();
    let cold = Cli::within(cli.dir()).args(["docs", "m", "-f", "json", "--no-cache"]).run().stdout();
    assert_eq!(after, cold);
}
