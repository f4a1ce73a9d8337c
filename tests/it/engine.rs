//! The engines, judged from outside: by what a client is told, by `ps`, and by the file system.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tidegate::progress::Silent;
use tidegate::source::engine::{self, Engine, EngineChoice, EngineError, EngineOptions};
use tokio_postgres::error::SqlState;

fn options() -> EngineOptions {
    EngineOptions {
        program: Some(PathBuf::from(env!("CARGO_BIN_EXE_tidegate"))),
        cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-cache")),
        deadline: Duration::from_secs(10),
        ..EngineOptions::default()
    }
}

async fn open(choice: EngineChoice, options: &EngineOptions) -> Engine {
    match engine::open(&choice, options, &Silent).await {
        Ok(engine) => engine,
        Err(error) => panic!("{choice:?}: {error}"),
    }
}

/// What every engine does.
async fn behaves(choice: EngineChoice) {
    let started = Instant::now();
    let mut engine = open(choice, &options()).await;
    eprintln!("{} opened in {:?}", engine.description(), started.elapsed());

    let mut client = engine.connect().await.unwrap();
    client
        .batch_execute("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'one')")
        .await
        .unwrap();

    // An error names its state and leaves the session usable.
    let error = client.batch_execute("SELECT nothing FROM t").await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNDEFINED_COLUMN));
    assert!(engine.failure().is_none());
    let row = client.query_one("SELECT name FROM t WHERE id = $1", &[&1]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "one");

    // Pipelined queries, an error among them.
    let (a, b, c) = tokio::join!(
        client.query_one("SELECT 1", &[]),
        client.query_one("SELECT 1/0", &[]),
        client.query_one("SELECT 3", &[])
    );
    assert_eq!(a.unwrap().get::<_, i32>(0), 1);
    assert_eq!(b.unwrap_err().code(), Some(&SqlState::DIVISION_BY_ZERO));
    assert_eq!(c.unwrap().get::<_, i32>(0), 3);

    copy(&mut client).await;

    // State of a session ends with it; what was committed stays.
    client
        .batch_execute("SET search_path = pg_catalog; CREATE TEMP TABLE gone (); BEGIN; DROP TABLE public.t")
        .await
        .unwrap();
    drop(client);
    let client = engine.connect().await.unwrap();
    let row = client
        .query_one("SELECT current_setting('search_path'), to_regclass('gone')::text, count(*) FROM t", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "\"$user\", public");
    assert_eq!(row.get::<_, Option<&str>>(1), None);
    assert_eq!(row.get::<_, i64>(2), 4);
    engine.close().await;
}

async fn copy(client: &mut tokio_postgres::Client) {
    use tokio_postgres::CopyInSink;
    let sink: CopyInSink<&[u8]> = client.copy_in("COPY t FROM STDIN").await.unwrap();
    send(sink, &[b"2\ttwo\n3\tthree\n", b"4\tfour\n"]).await.unwrap();
    let row = client.query_one("SELECT count(*) FROM t", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 4);
    let sink = client.copy_in("COPY t FROM STDIN").await.unwrap();
    let error = send(sink, &[b"4\tagain\n"]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNIQUE_VIOLATION));
    let row = client.query_one("SELECT count(*) FROM t", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 4);
}

async fn send(
    sink: tokio_postgres::CopyInSink<&'static [u8]>,
    pieces: &[&'static [u8]],
) -> Result<u64, tokio_postgres::Error> {
    use futures_util::SinkExt;
    let mut sink = std::pin::pin!(sink);
    for piece in pieces {
        sink.feed(*piece).await?;
    }
    sink.finish().await
}

#[tokio::test]
async fn local_behaves() {
    behaves(EngineChoice::Local).await;
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn embedded_behaves() {
    behaves(EngineChoice::Embedded).await;
}

/// A server that stays while a test uses databases on it by URL.
async fn server(databases: &[&str]) -> (Engine, impl Fn(&str) -> String) {
    let mut engine = open(EngineChoice::Local, &options()).await;
    let client = engine.connect().await.unwrap();
    for database in databases {
        client.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    }
    let url = engine.database_url().unwrap();
    (engine, move |database: &str| url.replace("/postgres?", &format!("/{database}?")))
}

#[tokio::test]
async fn url_behaves() {
    let (_server, url) = server(&["empty"]).await;
    behaves(EngineChoice::Url(url("empty"))).await;
}

#[tokio::test]
async fn a_database_by_url_is_as_empty_afterwards_as_before() {
    let (mut server, url) = server(&["empty"]).await;
    let choice = EngineChoice::Url(url("empty"));
    let mut engine = open(choice.clone(), &options()).await;
    assert!(matches!(engine::open(&choice, &options(), &Silent).await, Err(EngineError::Start { .. })), "two at once");
    let client = engine.connect().await.unwrap();
    client
        .batch_execute(
            "CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN d AS int; CREATE TYPE pair AS (a int, b mood);
             CREATE TYPE r AS RANGE (subtype = date);
             CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m mood, p pair, s serial) PARTITION BY RANGE (id);
             CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9);
             CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a;
             CREATE SEQUENCE sq; CREATE STATISTICS st ON id, m FROM t;
             CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql RETURN 1;
             CREATE PROCEDURE pr(int) LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
             CREATE AGGREGATE ag(int) (sfunc = int4pl, stype = int);
             CREATE OPERATOR ### (leftarg = int, rightarg = text, function = f);
             CREATE CAST (int AS mood) WITH INOUT;
             CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
             CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION et();
             CREATE PUBLICATION pub FOR ALL TABLES; CREATE COLLATION c FROM \"C\";
             CREATE TEXT SEARCH CONFIGURATION tsc (COPY = english);
             CREATE FOREIGN DATA WRAPPER fdw; CREATE SERVER srv FOREIGN DATA WRAPPER fdw;
             CREATE SCHEMA \"odd \"\"name\"; CREATE TABLE \"odd \"\"name\".\"T\" (); SELECT lo_create(0);"
                .replace("\\\"", "\"")
                .as_str(),
        )
        .await
        .unwrap();
    let refused = engine::open(&choice, &options(), &Silent).await;
    assert!(refused.is_err());
    assert_eq!(engine.close().await, Vec::<String>::new());

    // Judged by the number of objects beyond those of a database that nothing was ever done in.
    let count =
        "SELECT (SELECT count(*) FROM pg_class) + (SELECT count(*) FROM pg_type) + (SELECT count(*) FROM pg_proc)
                 + (SELECT count(*) FROM pg_namespace) + (SELECT count(*) FROM pg_cast)
                 + (SELECT count(*) FROM pg_largeobject_metadata) + (SELECT count(*) FROM pg_event_trigger)
                 + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_foreign_data_wrapper)";
    let mut counts = Vec::new();
    server.connect().await.unwrap().batch_execute("CREATE DATABASE untouched").await.unwrap();
    for database in ["empty", "untouched"] {
        let (client, connection) = tokio_postgres::connect(&url(database), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        counts.push(client.query_one(count, &[]).await.unwrap().get::<_, i64>(0));
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test]
async fn a_database_with_anything_in_it_is_refused_and_left_alone() {
    let (_server, url) = server(&["used"]).await;
    let (client, connection) = tokio_postgres::connect(&url("used"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    for (make, found, take_back) in [
        ("CREATE TABLE precious (id int)", "table public.precious", "DROP TABLE precious"),
        ("CREATE SCHEMA app", "schema app", "DROP SCHEMA app"),
        ("CREATE TYPE mood AS ENUM ()", "type public.mood", "DROP TYPE mood"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1", "function public.f()", "DROP FUNCTION f()"),
        ("CREATE SEQUENCE s", "sequence public.s", "DROP SEQUENCE s"),
    ] {
        client.batch_execute(make).await.unwrap();
        let error = match engine::open(&EngineChoice::Url(url("used")), &options(), &Silent).await {
            Err(error @ EngineError::NotEmpty { .. }) => error.to_string(),
            other => panic!("{make}: {:?}", other.map(|engine| engine.description().to_owned())),
        };
        assert!(error.contains(found), "{error}");
        // Fails if it were gone.
        client.batch_execute(take_back).await.unwrap();
    }
    open(EngineChoice::Url(url("used")), &options()).await.close().await;
}

async fn ends_what_spins(choice: EngineChoice, statement: &str) {
    let options = EngineOptions { deadline: Duration::from_secs(3), ..options() };
    let mut engine = open(choice.clone(), &options).await;
    let client = engine.connect().await.unwrap();
    let started = Instant::now();
    let error = client.batch_execute(statement).await.unwrap_err();
    let took = started.elapsed();
    assert!(took > Duration::from_secs(2) && took < Duration::from_secs(15), "{choice:?}: {took:?}, {error}");
    assert!(matches!(engine.failure(), Some(EngineError::Hung { .. })), "{choice:?}: {:?}", engine.failure());
    assert!(matches!(engine.connect().await, Err(EngineError::Hung { .. })), "{choice:?}");
    engine.close().await;
}

#[tokio::test]
async fn a_statement_that_never_ends_is_ended_by_the_local_engine() {
    ends_what_spins(EngineChoice::Local, "SET statement_timeout = 0; DO 'BEGIN LOOP END LOOP; END'").await;
}

#[tokio::test]
async fn a_statement_that_never_ends_is_ended_in_a_database_by_url() {
    let (_server, url) = server(&["spin"]).await;
    ends_what_spins(EngineChoice::Url(url("spin")), "SET statement_timeout = 0; SELECT pg_sleep(1000)").await;
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn a_statement_that_never_ends_is_ended_by_the_embedded_engine() {
    ends_what_spins(EngineChoice::Embedded, "DO 'BEGIN LOOP END LOOP; END'").await;
}

/// The embedded engine answers or is ended; it never leaves the caller waiting, and it never takes this process along.
#[cfg(feature = "embedded")]
#[tokio::test]
async fn known_edges_of_the_embedded_engine_end_in_time() {
    for statement in [
        "DO $$ BEGIN ROLLBACK; END $$",
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN CREATE TABLE a (); COMMIT; CREATE TABLE b (); ROLLBACK; END'; CALL p()",
        "CREATE FUNCTION r(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN r($1 + 1); END'; SELECT r(1)",
        "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n FROM x) SELECT count(*) FROM x",
        "SELECT '<a/>'::xml",
        "SELECT 'a' COLLATE \"en-x-icu\"",
        "SELECT set_config('statement_timeout', '100', false); SELECT pg_sleep(2)",
        "SELECT pg_terminate_backend(pg_backend_pid())",
    ] {
        let options = EngineOptions { deadline: Duration::from_secs(4), ..options() };
        let mut engine = open(EngineChoice::Embedded, &options).await;
        let client = engine.connect().await.unwrap();
        let started = Instant::now();
        let answer = client.batch_execute(statement).await;
        let took = started.elapsed();
        let code = answer.as_ref().err().map(|e| e.code().map(|c| c.code().to_owned()));
        eprintln!("{took:?} {code:?} {:?}: {statement}", engine.failure());
        assert!(took < Duration::from_secs(15), "{statement}: {took:?}");
        drop(client);
        match engine.failure() {
            // The engine is as good as new, or says that it is gone.
            None => {
                let client = engine.connect().await.unwrap();
                assert_eq!(client.query_one("SELECT 1", &[]).await.unwrap().get::<_, i32>(0), 1);
            }
            Some(failure) => assert!(matches!(failure, EngineError::Hung { .. } | EngineError::Died { .. })),
        }
        engine.close().await;
    }
}

async fn takes_many_tables(choice: EngineChoice) {
    // Many statements in one request have one deadline.
    let options = EngineOptions { deadline: Duration::from_secs(600), ..options() };
    let mut engine = open(choice, &options).await;
    let client = engine.connect().await.unwrap();
    let tables: String = (0..3000).map(|n| format!("CREATE TABLE t{n} (id int PRIMARY KEY, body text);")).collect();
    let started = Instant::now();
    client.batch_execute(&format!("BEGIN; {tables} COMMIT")).await.unwrap();
    eprintln!("{}: 3,000 tables in {:?}", engine.description(), started.elapsed());
    // A query whose answer is of some size, in pieces, through whatever stands in between.
    let rows = client.query("SELECT relname, pg_get_indexdef(indexrelid) FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid WHERE relname ~ '^t[0-9]+$'", &[]).await.unwrap();
    assert_eq!(rows.len(), 3000);
    engine.close().await;
}

#[tokio::test]
async fn the_local_engine_takes_3000_tables_in_one_transaction() {
    takes_many_tables(EngineChoice::Local).await;
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn the_embedded_engine_takes_3000_tables_in_one_transaction() {
    takes_many_tables(EngineChoice::Embedded).await;
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn the_embedded_engine_has_the_extensions_that_are_asked_for() {
    let extensions = ["pgcrypto", "uuid-ossp", "citext", "hstore", "pg_trgm", "vector", "postgis", "no_such_extension"];
    let options = EngineOptions { extensions: extensions.map(str::to_owned).to_vec(), ..options() };
    let mut engine = open(EngineChoice::Embedded, &options).await;
    for _ in 0..2 {
        let client = engine.connect().await.unwrap();
        client
            .batch_execute(
                "CREATE EXTENSION IF NOT EXISTS pgcrypto; CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\";
                 CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS hstore;
                 CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS vector;
                 CREATE TABLE IF NOT EXISTS v (e vector(3)); SELECT '[1,2,3]'::vector <-> '[1,2,4]'; SELECT gen_random_bytes(4), uuid_generate_v4(), 'A'::citext = 'a'",
            )
            .await
            .unwrap();
    }
    engine.close().await;
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn the_embedded_engine_needs_no_home() {
    for cache in [None, Some(PathBuf::from("/proc/none")), Some(PathBuf::from("/dev/null"))] {
        let mut engine = open(EngineChoice::Embedded, &EngineOptions { cache, ..options() }).await;
        engine.connect().await.unwrap().batch_execute("SELECT 1").await.unwrap();
        engine.close().await;
    }
}

/// Where the embedded engine's next session would end at the files of unlogged relations, the last one goes on as new.
async fn another_session_is_new(choice: EngineChoice) {
    let mut engine = open(choice, &options()).await;
    let client = engine.connect().await.unwrap();
    let tables: String =
        (0..40).map(|n| format!("CREATE UNLOGGED TABLE u{n} (id bigserial PRIMARY KEY, note text);")).collect();
    client.batch_execute(&format!("{tables} SET search_path = pg_catalog; CREATE TEMP TABLE gone ()")).await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    assert!(client.batch_execute("SELECT 1 / 0").await.is_err());
    let next = engine.another(client).await.unwrap();
    let asked = "SELECT current_setting('search_path'), to_regclass('pg_temp.gone') IS NULL,
                        (SELECT count(*) FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r')";
    let row = next.query_one(asked, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1), row.get(2)), ("\"$user\", public", true, 40_i64));
    engine.close().await;
}

#[tokio::test]
async fn another_session_of_the_local_engine_is_new() {
    another_session_is_new(EngineChoice::Local).await;
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn another_session_of_the_embedded_engine_is_new() {
    another_session_is_new(EngineChoice::Embedded).await;
}

#[tokio::test]
async fn without_a_server_the_error_says_where_it_looked_and_what_to_install() {
    let options = EngineOptions { server_bin: Some(PathBuf::from("/no/such/bin")), ..options() };
    let error = engine::open(&EngineChoice::Local, &options, &Silent).await.err().unwrap().to_string();
    assert!(error.contains("/no/such/bin") && error.contains("apt install postgresql"), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let bin = tempfile::tempdir_in("/tmp").unwrap();
    for (name, script) in [("initdb", "#!/bin/sh\necho no space left here >&2\nexit 3\n"), ("postgres", "")] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(bin.path().join(name), script).unwrap();
        std::fs::set_permissions(bin.path().join(name), PermissionsExt::from_mode(0o755)).unwrap();
    }
    std::fs::set_permissions(bin.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let options = EngineOptions { server_bin: Some(bin.path().to_owned()), ..options() };
    let error = engine::open(&EngineChoice::Local, &options, &Silent).await.err().unwrap().to_string();
    assert!(error.contains("no space left here") && error.contains("code 3"), "{error}");
}

/// Not a test by itself: the process that [`nothing_stays`] kills. It opens an engine and ends as it is told.
#[tokio::test]
async fn an_engine_in_a_process_of_its_own() {
    let Ok(part) = std::env::var("TIDEGATE_TEST_ENGINE") else { return };
    let (engine, end) = part.split_once(' ').unwrap();
    let choice = if engine == "local" { EngineChoice::Local } else { EngineChoice::Embedded };
    let mut engine = open(choice, &options()).await;
    let client = engine.connect().await.unwrap();
    client.batch_execute("CREATE TABLE t ()").await.unwrap();
    println!("opened");
    match end {
        "close" => drop(engine.close().await),
        "drop" => {
            let _ = tokio::time::timeout(Duration::from_millis(200), client.batch_execute("SELECT pg_sleep(60)")).await;
        }
        "panic" => panic!("as asked"),
        _ => std::future::pending().await,
    }
}

/// Everything below `folder`, and every process that was started with it or stands in it.
fn stays(folder: &Path) -> Vec<String> {
    let mut found: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().display().to_string()).collect();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let arguments = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
        let standing = std::fs::read_link(process.path().join("cwd")).unwrap_or_default();
        if arguments.contains(&folder.display().to_string()) || standing.starts_with(folder) {
            found.push(format!("{}: {arguments}", process.file_name().display()));
        }
    }
    found
}

/// A shell without job control starts what it puts into the background deaf to interrupts, and so are its children.
fn interrupts_are_ignored() -> bool {
    const SIGINT: u32 = 2;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    u64::from_str_radix(ignored, 16).unwrap() >> (SIGINT - 1) & 1 == 1
}

fn nothing_stays(engine: &str) {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    for end in ["close", "drop", "panic", "KILL", "TERM", "INT"] {
        if end == "INT" && interrupts_are_ignored() {
            continue;
        }
        // Short, and open to the user that a server runs as where the tests run as root.
        let folder = tempfile::Builder::new().prefix("tg").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["engine::an_engine_in_a_process_of_its_own", "--exact", "--nocapture"])
            .env("TIDEGATE_TEST_ENGINE", format!("{engine} {end}"))
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("opened")), "{engine} {end}: did not open");
        if end.chars().all(char::is_uppercase) {
            assert!(!stays(folder.path()).is_empty(), "{engine}: nothing to be seen of the engine while it runs");
            let id = process.id().to_string();
            assert!(Command::new("kill").args([&format!("-{end}"), &id]).status().unwrap().success());
        }
        process.wait().unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while !stays(folder.path()).is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(stays(folder.path()), Vec::<String>::new(), "{engine}, ended by {end}");
    }
}

#[test]
fn nothing_of_a_local_engine_stays_however_it_ends() {
    nothing_stays("local");
}

#[cfg(feature = "embedded")]
#[test]
fn nothing_of_an_embedded_engine_stays_however_it_ends() {
    nothing_stays("embedded");
}

/// A program that writes down the process id of each engine, and then is one.
#[cfg(feature = "embedded")]
fn counted(folder: &Path) -> (EngineOptions, impl Fn() -> Vec<String>) {
    let (program, starts) = (folder.join("counted"), folder.join("starts"));
    let script =
        format!("#!/bin/sh\necho $$ >> {}\nexec {} \"$@\"\n", starts.display(), env!("CARGO_BIN_EXE_tidegate"));
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let options = EngineOptions {
        program: Some(program),
        standby: Some(std::sync::Arc::default()),
        extensions: vec!["citext".to_owned()],
        ..options()
    };
    (options, move || std::fs::read_to_string(&starts).unwrap_or_default().lines().map(str::to_owned).collect())
}

#[cfg(feature = "embedded")]
async fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn an_engine_that_was_opened_ahead_is_used_once() {
    let folder = tempfile::tempdir().unwrap();
    let (options, started) = counted(folder.path());
    let standby = options.standby.clone().unwrap();
    standby.prepare(&options);
    standby.prepare(&options);
    for engines in [1, 2] {
        let mut engine = open(EngineChoice::Embedded, &options).await;
        assert_eq!(started().len(), engines);
        // Nothing of the one before is in it.
        engine.connect().await.unwrap().batch_execute("CREATE EXTENSION citext; CREATE TABLE t ()").await.unwrap();
        engine.close().await;
    }
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn an_engine_that_was_opened_for_something_else_ends_unused() {
    let folder = tempfile::tempdir().unwrap();
    let (options, started) = counted(folder.path());
    let runs = |engine: usize| Path::new("/proc").join(&started()[engine]).exists();
    let standby = options.standby.clone().unwrap();
    standby.prepare(&options);
    until("it starts", || started().len() == 1).await;
    let plain = EngineOptions { extensions: Vec::new(), ..options.clone() };
    let other = open(EngineChoice::Embedded, &plain).await;
    until("the first ends", || !runs(0)).await;
    assert!(started().len() == 2 && runs(1));
    standby.prepare(&plain);
    until("another starts", || started().len() == 3).await;
    drop((options, plain, standby));
    until("it ends with its owner", || !runs(2)).await;
    other.close().await;
}
