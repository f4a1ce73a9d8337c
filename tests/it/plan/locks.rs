//! Observed locks are those that a second connection sees on a real server.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{from_folders, json, statements};
use crate::support::postgres::{Database, Server, connect, server, server_18};

const BEFORE: &str = "\
CREATE TABLE customers (id int PRIMARY KEY, email varchar(20) NOT NULL, age int);
CREATE TABLE orders (id int PRIMARY KEY, customer int, state text, total numeric(8,2), placed timestamptz);
CREATE TABLE lines (id int PRIMARY KEY, orders int REFERENCES orders, note text);
CREATE TABLE log (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE log_old PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE log_new (id int, at date);
CREATE INDEX orders_state ON orders (state);
CREATE VIEW open_orders AS SELECT id, state FROM orders WHERE state = 'open';
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY customer;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN positive AS int;
CREATE TABLE domained (a positive);
";

/// Each is run on its own, one after the other.
const STATEMENTS: &[&str] = &[
    "CREATE INDEX orders_customer ON orders (customer)",
    "DROP INDEX orders_customer",
    "REINDEX TABLE orders",
    "REINDEX INDEX orders_state",
    "ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0)",
    "ALTER TABLE orders ADD CONSTRAINT id_positive CHECK (id > 0) NOT VALID",
    "ALTER TABLE orders VALIDATE CONSTRAINT id_positive",
    "ALTER TABLE orders ADD CONSTRAINT customer_fk FOREIGN KEY (customer) REFERENCES customers",
    "ALTER TABLE lines ADD CONSTRAINT line_fk FOREIGN KEY (id) REFERENCES orders NOT VALID",
    "ALTER TABLE lines VALIDATE CONSTRAINT line_fk",
    "ALTER TABLE customers ADD CONSTRAINT email_once UNIQUE (email)",
    "ALTER TABLE orders ALTER COLUMN state SET NOT NULL",
    "ALTER TABLE orders ADD COLUMN a int NOT NULL DEFAULT 1",
    "ALTER TABLE orders ADD COLUMN b uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE orders ALTER COLUMN placed TYPE text",
    "ALTER TABLE customers ALTER COLUMN email TYPE text",
    "ALTER TABLE orders RENAME COLUMN a TO aa",
    "ALTER TABLE lines RENAME TO positions",
    "ALTER TABLE orders DROP COLUMN aa",
    "ALTER TABLE log DETACH PARTITION log_old",
    "ALTER TABLE log ATTACH PARTITION log_new FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')",
    "CREATE TABLE log_last PARTITION OF log FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')",
    "ALTER DOMAIN positive ADD CHECK (VALUE > 0)",
    "ALTER TYPE mood ADD VALUE 'odd'",
    "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE TABLE shipments (orders int REFERENCES orders)",
    "ALTER TABLE orders SET (fillfactor = 70)",
    "ALTER TABLE orders ALTER COLUMN state SET STATISTICS 500",
    "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
    "REFRESH MATERIALIZED VIEW totals",
    "COMMENT ON TABLE orders IS 'x'",
    "INSERT INTO customers VALUES (1, 'a', 3)",
    "UPDATE customers SET age = 4",
    "DELETE FROM customers",
    "ANALYZE orders",
    "CLUSTER orders USING orders_pkey",
    "TRUNCATE positions",
    "DROP VIEW open_orders",
    "DROP TABLE positions",
];

type Locks = BTreeMap<String, String>;

/// The strongest lock that a second connection sees on each relation that was there before.
async fn seen_by_another(database: &Database) -> Vec<Locks> {
    let (first, second) = (connect(&database.url()).await, connect(&database.url()).await);
    let pid: i32 = first.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let mut all = Vec::new();
    for statement in STATEMENTS {
        let names: BTreeMap<u32, String> = first
            .query("SELECT c.oid, n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace", &[])
            .await
            .unwrap()
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect();
        first
            .batch_execute(&format!("BEGIN; {statement}"))
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        let rows = second
            .query(
                "SELECT relation, mode FROM pg_locks WHERE pid = $1 AND granted AND locktype = 'relation'
                 AND relation >= 16384",
                &[&pid],
            )
            .await
            .unwrap();
        let mut strongest: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows {
            let (Some(name), mode) = (names.get(&row.get(0)), row.get::<_, String>(1)) else { continue };
            if name.starts_with("pg_toast.") {
                continue;
            }
            let strength = MODES.iter().position(|known| **known == mode).unwrap();
            strongest.entry(name.clone()).and_modify(|known| *known = strength.max(*known)).or_insert(strength);
        }
        all.push(strongest.into_iter().map(|(name, strength)| (name, MODES[strength].to_owned())).collect());
        first.batch_execute("COMMIT").await.unwrap();
    }
    all
}

/// Weakest first, as `pg_locks` spells them.
const MODES: &[&str] = &[
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// What a plan says it observed.
fn planned(plan: &Value) -> Vec<Locks> {
    let locks = |statement: &&Value| {
        assert_eq!(statement["outcome"], "ran", "{statement:#}");
        let locks = statement["locks"].as_array().cloned().unwrap_or_default();
        locks
            .iter()
            .map(|lock| {
                assert_eq!(lock["seen"], "observed");
                let mode = lock["mode"].as_str().unwrap().to_lowercase();
                let mode: String = mode.split(' ').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
                (lock["relation"].as_str().unwrap().to_owned(), format!("{mode}Lock"))
            })
            .collect()
    };
    statements(plan).iter().map(locks).collect()
}

async fn agree(engine: &str, server: &'static Server) {
    let database = server.database();
    database.execute(BEFORE);
    let names = "SELECT n.nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace";
    let first: Vec<String> = database.query(names).into_iter().map(|mut row| row.remove(0).unwrap()).collect();
    let seen = seen_by_another(&database).await;
    let new: String = STATEMENTS.iter().map(|statement| format!("{statement};\n")).collect();
    let run = from_folders(&[("1.sql", BEFORE)], &[("2.sql", &new)]).args(["--json", "--engine", engine]).run();
    let planned = planned(&json(&run));
    for ((statement, seen), planned) in STATEMENTS.iter().zip(seen).zip(planned) {
        // Names in the plan are those before the first statement, and what came later is nobody else's.
        let renamed: Locks = seen
            .into_iter()
            .map(|(name, mode)| (name.replace("public.positions", "public.lines"), mode))
            .filter(|(name, _)| first.contains(name))
            .collect();
        assert_eq!(planned, renamed, "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_local_engine_are_what_a_second_connection_sees() {
    agree("local", server()).await;
}

#[cfg(feature = "embedded")]
#[tokio::test(flavor = "multi_thread")]
async fn of_the_embedded_engine_are_those_of_a_server_of_its_version() {
    agree("embedded", server_18()).await;
}

/// The strongest lock on `public.orders` that is granted to a statement while it waits for a transaction before it.
async fn while_it_waits(database: &Database, statement: &'static str) -> String {
    let (blocker, second) = (connect(&database.url()).await, connect(&database.url()).await);
    let first = connect(&database.url()).await;
    let pid: i32 = first.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    blocker.batch_execute("BEGIN; UPDATE orders SET state = 'x' WHERE false").await.unwrap();
    let running = tokio::spawn(async move { first.batch_execute(statement).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted";
    let until = Instant::now() + Duration::from_secs(60);
    while second.query_one(waits, &[&pid]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(Instant::now() < until, "{statement}: does not wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let modes = "SELECT mode FROM pg_locks WHERE pid = $1 AND granted AND relation = 'public.orders'::regclass";
    let rows = second.query(modes, &[&pid]).await.unwrap();
    let strongest = rows.iter().filter_map(|row| MODES.iter().position(|mode| *mode == row.get::<_, &str>(0))).max();
    blocker.batch_execute("COMMIT").await.unwrap();
    running.await.unwrap().unwrap();
    MODES[strongest.unwrap()].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn that_are_known_are_those_of_a_statement_that_is_held_up() {
    const ALONE: &[&str] = &[
        "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer)",
        "REINDEX INDEX CONCURRENTLY orders_customer",
        "REINDEX TABLE CONCURRENTLY orders",
        "DROP INDEX CONCURRENTLY orders_customer",
    ];
    let database = server().database();
    database.execute(BEFORE);
    let new: String = ALONE.iter().map(|statement| format!("{statement};\n")).collect();
    let run = from_folders(&[("1.sql", BEFORE)], &[("2.sql", &new)]).args(["--json", "--engine", "local"]).run();
    let plan = json(&run);
    for (statement, planned) in ALONE.iter().zip(statements(&plan)) {
        let seen = while_it_waits(&database, statement).await;
        assert_eq!(planned["outcome"], "ran_alone", "{statement}");
        let lock = planned["locks"].as_array().and_then(|locks| locks.first()).cloned().unwrap_or_default();
        // An index that the same plan makes is nobody else's.
        if lock.is_null() {
            assert!(
                statement.contains("INDEX CONCURRENTLY orders_customer") && !statement.contains(" ON "),
                "{statement}"
            );
        } else {
            assert_eq!((&lock["relation"], &lock["seen"]), (&"public.orders".into(), &"known".into()), "{statement}");
            let mode = lock["mode"].as_str().unwrap().replace(' ', "").to_lowercase();
            assert_eq!(format!("{mode}lock"), seen.to_lowercase(), "{statement}");
        }
        assert_eq!(seen, "ShareUpdateExclusiveLock", "{statement}");
    }
}
