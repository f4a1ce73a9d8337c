//! The locks that are known, held against those that real servers take: `pg_locks`, read from a second connection.

mod rows;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use tidegate::migration::statement::locks::{Anything, On, Target, known_locks};
use tidegate::migration::statement::{Effect, KnownLock, LockMode, Name, understand};
use tokio_postgres::Client;

use super::support::postgres::{Database, Server, connect, server_15, server_18};
use rows::{BASE, Knows, ROWS, Row, Run};

/// A relation by its oid, with what it is called.
type Held = BTreeMap<String, LockMode>;

#[test]
fn known_locks_are_those_of_postgresql_15() {
    check(server_15());
}

#[test]
fn known_locks_are_those_of_postgresql_18() {
    check(server_18());
}

fn check(server: &'static Server) {
    let database = server.database();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let wrong = runtime.block_on(every_row(&database));
    assert!(wrong.is_empty(), "{} of {} rows\n\n{}", wrong.len(), ROWS.len(), wrong.join("\n\n"));
}

async fn every_row(database: &Database) -> Vec<String> {
    let url = database.url();
    let (worker, watcher) = (connect(&url).await, connect(&url).await);
    let major: u32 =
        value(&watcher, "SELECT current_setting('server_version_num')::int / 10000").await.parse().unwrap();
    // For the rows that move tables; inside the folder of the data, and never dropped.
    if value(&worker, "SELECT count(*) FROM pg_tablespace WHERE spcname = 'spare'").await == "0" {
        run(&worker, "SET allow_in_place_tablespaces = on").await.unwrap();
        run(&worker, "CREATE TABLESPACE spare LOCATION ''").await.unwrap();
    }
    let mut wrong = Vec::new();
    for row in ROWS.iter().filter(|row| row.since <= major) {
        if let Err(message) = one(row, major, &url, &worker, &watcher).await {
            wrong.push(format!("on {major}, {} ({})\n{message}", row.sql, row.before.trim()));
            run(&worker, "ROLLBACK").await.unwrap();
        }
    }
    wrong
}

async fn one(row: &Row, major: u32, url: &str, worker: &Client, watcher: &Client) -> Result<(), String> {
    let fresh = "DROP SCHEMA IF EXISTS other CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    run(worker, &format!("{fresh}; {BASE}; {}", row.before)).await?;
    let statement = understand(row.sql);
    let facts = Facts::of(row, watcher).await;
    let known = match row.knows {
        Knows::Nothing => known_locks(&statement, major, &Anything),
        Knows::Everything => known_locks(&statement, major, &facts),
    };
    let known = known.ok_or_else(|| format!("the locks of {statement:?} are not known"))?;
    let expected = expected(&known, watcher).await;

    let before = files(worker).await;
    let (observed, scanned) = match row.run {
        Run::Held | Run::Query => held(row, worker, watcher).await?,
        Run::HeldUp(by) => (held_up(row, by, url, worker, watcher).await?, BTreeMap::new()),
    };
    let after = files(worker).await;
    if !matches!(row.run, Run::HeldUp(_)) {
        run(worker, "ROLLBACK").await?;
    }

    let mut message = String::new();
    let observed = without_weaker_indexes(observed, &expected, watcher).await;
    if observed != expected {
        let _ = writeln!(message, "locks\n  known    {expected:?}\n  observed {observed:?}");
    }
    for lock in known.iter().filter(|lock| lock.sure) {
        for relation in relations(&lock.on, watcher).await {
            let rewritten = matches!((before.get(&relation), after.get(&relation)), (Some(a), Some(b)) if a != b);
            // TRUNCATE and REINDEX give a new file without reading a row; what is dropped has none.
            let empties = row.sql.starts_with("TRUNCATE") || row.sql.starts_with("REINDEX");
            if before.contains_key(&relation) && !empties && rewritten != (lock.effect == Effect::Rewrite) {
                let _ = writeln!(message, "{relation}: known {:?}, and its file changed: {rewritten}", lock.effect);
            }
            if row.run == Run::Held && lock.effect != Effect::Rewrite {
                let read = scanned.get(&relation).copied().unwrap_or_default();
                if before.contains_key(&relation) && (read > 0) != (lock.effect == Effect::Scan) {
                    let _ = writeln!(message, "{relation}: known {:?}, and rows read: {read}", lock.effect);
                }
            }
        }
    }
    if message.is_empty() { Ok(()) } else { Err(message) }
}

/// Runs the statement in a transaction that stays open, and reads its locks from outside and the rows read from inside.
async fn held(row: &Row, worker: &Client, watcher: &Client) -> Result<(Held, BTreeMap<String, i64>), String> {
    let pid = value(worker, "SELECT pg_backend_pid()").await;
    run(worker, "BEGIN").await?;
    let before = rows_read(worker).await;
    // What the reading took is not the statement's.
    run(worker, "COMMIT; BEGIN").await?;
    run(worker, row.sql).await?;
    let observed = locks_of(&pid, watcher).await;
    let after = rows_read(worker).await;
    let read = after.into_iter().map(|(name, count)| (name.clone(), count - before.get(&name).unwrap_or(&0))).collect();
    Ok((observed, read))
}

/// Runs the statement outside a transaction while others stand in its way, lets one after the other go, and gathers
/// the strongest lock that it had or waited for on each relation.
async fn held_up(row: &Row, by: &[&str], url: &str, worker: &Client, watcher: &Client) -> Result<Held, String> {
    let pid = value(worker, "SELECT pg_backend_pid()").await;
    let mut others = Vec::new();
    for sql in by {
        let other = connect(url).await;
        run(&other, "BEGIN").await?;
        run(&other, sql).await?;
        others.push(other);
    }
    let mut seen = Held::new();
    let work = run(worker, row.sql);
    tokio::pin!(work);
    for other in others {
        let waits = format!("SELECT count(*) FROM pg_locks WHERE pid = {pid} AND NOT granted");
        // It waits for another one than before, or at last for this.
        let blocker = value(&other, "SELECT pg_backend_pid()").await;
        let blocked = format!("SELECT {blocker} = ANY (pg_blocking_pids({pid}))");
        loop {
            tokio::select! {
                done = &mut work => return Err(format!("it was not held up: {done:?}")),
                answer = value(watcher, &blocked) => {
                    if answer == "t" { break }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        assert_ne!(value(watcher, &waits).await, "0");
        for (relation, mode) in locks_of(&pid, watcher).await {
            let strongest = seen.entry(relation).or_insert(mode);
            *strongest = (*strongest).max(mode);
        }
        run(&other, "ROLLBACK").await?;
    }
    work.await?;
    Ok(seen)
}

/// The relations that a session has locked or waits for, but those of PostgreSQL itself and those that nobody else sees.
async fn locks_of(pid: &str, watcher: &Client) -> Held {
    let sql = format!(
        "SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE l.pid = {pid} AND l.locktype = 'relation' AND n.nspname IN ('public', 'other')"
    );
    let mut held = Held::new();
    for row in rows_of(watcher, &sql).await {
        let mode = LockMode::of_catalog_name(&row[1]).unwrap();
        let strongest = held.entry(row[0].clone()).or_insert(mode);
        *strongest = (*strongest).max(mode);
    }
    held
}

async fn expected(known: &[KnownLock], watcher: &Client) -> Held {
    let mut held = Held::new();
    for lock in known {
        for relation in relations(&lock.on, watcher).await {
            let strongest = held.entry(relation).or_insert(lock.mode);
            *strongest = (*strongest).max(lock.mode);
        }
    }
    held
}

/// Indexes that are locked no more strongly than their table are nobody's concern.
async fn without_weaker_indexes(observed: Held, expected: &Held, watcher: &Client) -> Held {
    let sql = "SELECT i.relname, t.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
               JOIN pg_class t ON t.oid = x.indrelid";
    let tables: BTreeMap<String, String> =
        rows_of(watcher, sql).await.into_iter().map(|mut row| (row.remove(0), row.remove(0))).collect();
    let all = observed.clone();
    observed
        .into_iter()
        .filter(|(relation, mode)| {
            let table = tables.get(relation).and_then(|table| all.get(table));
            // A scratch index of REINDEX CONCURRENTLY.
            let scratch = relation.contains("_ccnew") || relation.contains("_ccold");
            expected.contains_key(relation) || !(scratch || table.is_some_and(|of_table| mode <= of_table))
        })
        .collect()
}

/// The relations that the target really has for what a lock is on.
async fn relations(on: &On, watcher: &Client) -> Vec<String> {
    let oid = |name: &Name| format!("to_regclass('{name}')");
    let children = |name: &Name| {
        format!(
            "WITH RECURSIVE c AS (SELECT inhrelid AS oid FROM pg_inherits WHERE inhparent = {0}
             UNION SELECT i.inhrelid FROM pg_inherits i JOIN c ON i.inhparent = c.oid) SELECT oid FROM c",
            oid(name)
        )
    };
    let referencing =
        |name: &Name| format!("SELECT conrelid FROM pg_constraint WHERE contype = 'f' AND confrelid = {}", oid(name));
    let sql = match on {
        On::Relation(name) => format!("SELECT {}", oid(name)),
        On::TableOf(name) => format!("SELECT indrelid FROM pg_index WHERE indexrelid = {}", oid(name)),
        On::IndexesOf(name) => format!("SELECT indexrelid FROM pg_index WHERE indrelid = {}", oid(name)),
        On::ChildrenOf(name) => children(name),
        On::ParentOf(name) => format!("SELECT inhparent FROM pg_inherits WHERE inhrelid = {}", oid(name)),
        On::DefaultOf(name) => format!("SELECT partdefid FROM pg_partitioned_table WHERE partrelid = {}", oid(name)),
        On::ReferencedBy(name, key) => {
            let key = key.as_ref().map(|key| format!("AND conname = '{key}'")).unwrap_or_default();
            format!("SELECT confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid = {} {key}", oid(name))
        }
        On::Referencing(name) => referencing(name),
        On::SequencesOf(name) => format!(
            "SELECT d.objid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
             WHERE d.refobjid = {} AND d.deptype IN ('a', 'i')",
            oid(name)
        ),
        On::DependentsOf(name) => format!(
            "SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
             WHERE d.refobjid = {0} AND r.ev_class <> {0} UNION {1}",
            oid(name),
            referencing(name)
        ),
        On::UsersOf(name) => format!(
            "SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
             WHERE a.atttypid = to_regtype('{name}')"
        ),
        On::TypedBy(name) => format!("SELECT oid FROM pg_class WHERE reloftype = to_regtype('{name}')"),
        On::SourcesOf(name) => format!(
            "SELECT DISTINCT d.refobjid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
             WHERE r.ev_class = {0} AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> {0}",
            oid(name)
        ),
        On::Schema(_) | On::Database => return Vec::new(),
    };
    let sql = format!("SELECT relname FROM pg_class WHERE oid IN ({sql})");
    rows_of(watcher, &sql).await.into_iter().map(|mut row| row.remove(0)).collect()
}

/// The file of each relation.
async fn files(client: &Client) -> BTreeMap<String, String> {
    let sql = "SELECT relname, pg_relation_filenode(oid)::text FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')";
    rows_of(client, sql).await.into_iter().map(|mut row| (row.remove(0), row.remove(0))).collect()
}

/// How many rows of each table this transaction has read, by scan or by index.
async fn rows_read(client: &Client) -> BTreeMap<String, i64> {
    let sql = "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables";
    rows_of(client, sql).await.into_iter().map(|mut row| (row.remove(0), row.remove(0).parse().unwrap())).collect()
}

/// What the reference says besides locks: which statements fail, who waits behind whom, what is cut.
#[test]
fn other_hazards_are_as_the_guide_says() {
    for server in [server_15(), server_18()] {
        let database = server.database();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(hazards(&database.url()));
    }
}

async fn hazards(url: &str) {
    let (one, another, third) = (connect(url).await, connect(url).await, connect(url).await);
    let fails = async |sql: &str| {
        let error = one.batch_execute(sql).await.unwrap_err();
        let _ = one.batch_execute("ROLLBACK").await;
        error.code().unwrap().code().to_owned()
    };
    run(&one, BASE).await.unwrap();
    run(&one, "CREATE TABLE nobody (); CREATE TYPE mood AS ENUM ('a'); ALTER TABLE t ADD j json").await.unwrap();

    // CONCURRENTLY in a transaction, and NOT NULL without a default where there are rows.
    assert_eq!(fails("BEGIN; CREATE INDEX CONCURRENTLY i ON t (a)").await, "25001");
    assert_eq!(fails("ALTER TABLE t ADD COLUMN c int NOT NULL").await, "23502");
    run(&one, "ALTER TABLE nobody ADD COLUMN c int NOT NULL").await.unwrap();
    // A new value of an enumeration, used before it is committed. A json column, compared.
    assert_eq!(fails("BEGIN; ALTER TYPE mood ADD VALUE 'b'; SELECT 'b'::mood").await, "55P04");
    assert_eq!(fails("SELECT DISTINCT j FROM t").await, "42883");

    // Names are cut as ours are, and folded.
    for name in ["É".repeat(40), format!("{}é", "a".repeat(62)), "Ab".repeat(40), format!("\"{}\"", "Ü".repeat(40))]
    {
        run(&one, &format!("CREATE TABLE {name} (a int)")).await.unwrap();
        let understood = understand(&format!("DROP TABLE {name}"));
        let ours = &understood.touched[0].name.name;
        assert_eq!(
            value(&one, &format!("SELECT count(*) FROM pg_class WHERE relname = '{ours}'")).await,
            "1",
            "{name}"
        );
        run(&one, &format!("DROP TABLE {name}")).await.unwrap();
    }

    // A lock is held to the end of its transaction, whatever follows.
    run(&one, "BEGIN; ALTER TABLE t ADD COLUMN d int").await.unwrap();
    run(&one, "SELECT 1").await.unwrap();
    let pid = value(&one, "SELECT pg_backend_pid()").await;
    assert_eq!(locks_of(&pid, &another).await.get("t"), Some(&LockMode::AccessExclusive));
    run(&one, "ROLLBACK").await.unwrap();

    // Behind a statement that waits for a strong lock, readers wait too, though nobody has it yet.
    run(&another, "BEGIN; SELECT FROM t").await.unwrap();
    run(&third, "SET lock_timeout = '100ms'; SELECT FROM t").await.unwrap();
    {
        let waiting = run(&one, "ALTER TABLE t ADD COLUMN d int");
        tokio::pin!(waiting);
        let blocked = format!("SELECT count(*) FROM pg_locks WHERE pid = {pid} AND NOT granted");
        while value(&another, &blocked).await == "0" {
            tokio::select! {
                done = &mut waiting => panic!("it did not wait: {done:?}"),
                () = tokio::time::sleep(Duration::from_millis(10)) => {}
            }
        }
        let error = third.batch_execute("SELECT FROM t").await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "55P03");
        run(&another, "COMMIT").await.unwrap();
        waiting.await.unwrap();
    }
    run(&third, "SELECT FROM t").await.unwrap();
}

/// Every pair of modes, tried.
#[test]
fn modes_conflict_as_they_do_in_the_server() {
    let database = server_18().database();
    let url = database.url();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (one, another) = (connect(&url).await, connect(&url).await);
        run(&one, "CREATE TABLE t (a int)").await.unwrap();
        for held in LockMode::ALL {
            run(&one, &format!("BEGIN; LOCK TABLE t IN {held} MODE")).await.unwrap();
            for wanted in LockMode::ALL {
                let got = run(&another, &format!("BEGIN; LOCK TABLE t IN {wanted} MODE NOWAIT")).await.is_ok();
                assert_eq!(held.conflicts(wanted), !got, "{held} and {wanted}");
                run(&another, "ROLLBACK").await.unwrap();
            }
            run(&one, "ROLLBACK").await.unwrap();
        }
    });
}

/// What stands between the marks of the guide.
#[test]
fn the_guide_shows_what_is_known() {
    let path = super::support::repository_file("docs/guide/locks.md");
    let guide = std::fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- table: written by a test -->\n", "<!-- end of the table -->\n");
    let (before, rest) = guide.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let fresh = format!("{before}{start}{}{end}{after}", table());
    if std::env::var_os("TIDEGATE_UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let guide = std::fs::read_to_string(&path).unwrap();
    assert!(
        guide == fresh,
        "docs/guide/locks.md is not what the code knows: TIDEGATE_UPDATE=1 cargo test --test it guide"
    );
}

/// The rows of the guide, each with what the code knows of it, on PostgreSQL 18.
fn table() -> String {
    let mut text =
        String::from("| statement | locks | they block | rows | instead |\n| --- | --- | --- | --- | --- |\n");
    for row in ROWS.iter().filter(|row| row.guide) {
        let known = known_locks(&understand(row.sql), 18, &Anything).unwrap();
        let shown: Vec<&KnownLock> = known
            .iter()
            .filter(|lock| matches!(&lock.on, On::Relation(_) | On::TableOf(_) | On::IndexesOf(_) | On::UsersOf(_)))
            .collect();
        let locks: Vec<String> = shown.iter().map(|lock| format!("{} on {}", lock.mode, lock.on)).collect();
        let blocks = shown.iter().map(|lock| lock.mode.blocks()).max();
        let worst = shown.iter().max_by_key(|lock| lock.effect);
        let effect = match worst.map(|lock| (lock.effect, lock.sure)) {
            None | Some((Effect::None, _)) => "",
            Some((Effect::Scan, true)) => "read",
            Some((Effect::Scan, false)) => "read, perhaps",
            Some((Effect::Rewrite, true)) => "written anew",
            Some((Effect::Rewrite, false)) => "written anew, perhaps",
        };
        let since = if row.since > 14 { format!(" ({}+)", row.since) } else { String::new() };
        let _ = writeln!(
            text,
            "| `{}`{since} | {} | {} | {effect} | {} |",
            row.sql.replace('|', "\\|"),
            if locks.is_empty() { "none".to_owned() } else { locks.join("; ") },
            blocks.map(|blocks| blocks.to_string()).unwrap_or_default(),
            row.instead
        );
    }
    text
}

/// What a real database knows of itself.
struct Facts {
    types: BTreeMap<(String, String), String>,
    never_null: bool,
    fits: bool,
}

impl Facts {
    async fn of(row: &Row, watcher: &Client) -> Self {
        let sql = "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                   JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace";
        let types = rows_of(watcher, sql).await;
        Self {
            types: types.into_iter().map(|mut row| ((row.remove(0), row.remove(0)), row.remove(0))).collect(),
            never_null: row.before.contains("IS NOT NULL"),
            fits: row.before.contains("CHECK (k >="),
        }
    }
}

impl Target for Facts {
    fn column_type(&self, table: &Name, column: &str) -> Option<String> {
        self.types.get(&(table.name.clone(), column.to_owned())).cloned()
    }

    fn is_never_null(&self, _table: &Name, _column: &str) -> Option<bool> {
        Some(self.never_null)
    }

    fn fits_partition(&self, _partition: &Name) -> Option<bool> {
        Some(self.fits)
    }
}

async fn run(client: &Client, sql: &str) -> Result<(), String> {
    let done = client.batch_execute(sql).await;
    done.map_err(|error| format!("{} in {sql}", error.as_db_error().map_or(error.to_string(), |e| e.to_string())))
}

async fn rows_of(client: &Client, sql: &str) -> Vec<Vec<String>> {
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error:?}\nin {sql}"));
    messages
        .iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        })
        .collect()
}

async fn value(client: &Client, sql: &str) -> String {
    rows_of(client, sql).await.remove(0).remove(0)
}
