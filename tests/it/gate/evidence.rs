//! What is seen of others on the server: before a migration, and after a command that did not end well.

use jiff::SignedDuration;
use tidegate::gate::Code;
use tidegate::gate::options::DatabaseOptions;
use tidegate::gate::world::Database as _;

use super::stage::{Gate, database, database_with, run_id, tcp_url, until, with_tls};
use crate::support::postgres::{self, USER, server};

fn patience(seconds: i64) -> DatabaseOptions {
    DatabaseOptions { max_transaction_age: SignedDuration::from_secs(seconds), ..DatabaseOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25c_a_server_that_goes_on_after_its_client_is_seen() {
    let shop = server().database();
    shop.execute("CREATE TABLE done (at timestamptz)");
    let mut gate = Gate::sh(
        &shop.url(),
        "echo $$ > pid; exec psql \"$DATABASE_URL\" -c 'DO $$BEGIN PERFORM pg_sleep(6); INSERT INTO done VALUES (now()); END$$'",
    )
    .start();
    let working = "SELECT FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active' \
                   AND datname = current_database() AND application_name LIKE 'tidegate-%'";
    until("the block runs", || shop.query(working).len() == 1);
    std::process::Command::new("kill").args(["-s", "KILL", gate.read("pid").trim()]).status().unwrap();
    assert_eq!(gate.ended().code(), Some(137));
    let mut after = database(&shop.url());
    let evidence = after.evidence(&run_id(7)).await;
    assert_eq!(evidence.active, Some(1));
    assert_eq!(evidence.look.and_then(|look| look.head).as_deref(), Some("glanced"));
    // Another run has nothing to do with it.
    assert_eq!(after.evidence(&run_id(8)).await.active, Some(0));
    until("the block ends", || shop.query(working).is_empty());
    assert_eq!(after.evidence(&run_id(7)).await.active, Some(0));
    assert_eq!(shop.query("SELECT FROM done").len(), 1, "it was done after all");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25c_a_program_under_another_name_is_known_by_its_locks() {
    let shop = with_tls().database();
    shop.execute(
        "CREATE TABLE orders (id int);
         DO $$ BEGIN CREATE ROLE watcher LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    let program = postgres::connect(&shop.url()).await;
    let mut after = database(&shop.url());
    program.batch_execute("BEGIN; INSERT INTO orders VALUES (1)").await.unwrap();
    assert_eq!(after.evidence(&run_id(1)).await.active, Some(0), "an application at work");
    program.batch_execute("ALTER TABLE orders ADD note text").await.unwrap();
    assert_eq!(after.evidence(&run_id(1)).await.active, Some(1));
    program.batch_execute("PREPARE TRANSACTION 'left'").await.unwrap();
    assert_eq!(after.evidence(&run_id(1)).await.active, Some(1), "prepared, and not ended");
    program.batch_execute("ROLLBACK PREPARED 'left'").await.unwrap();
    assert_eq!(after.evidence(&run_id(1)).await.active, Some(0));
    // A role that may see nothing of others still sees a session of the run at work.
    let named = postgres::connect(&format!("{}?application_name=tidegate-{}", shop.url(), run_id(1))).await;
    let mut watcher = database(&shop.url_as("watcher"));
    assert_eq!(watcher.evidence(&run_id(1)).await.active, Some(0), "idle");
    named.batch_execute("BEGIN; SELECT FROM orders").await.unwrap();
    assert_eq!(watcher.evidence(&run_id(1)).await.active, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25c_without_an_answer_nothing_is_claimed() {
    let evidence = database("postgres://nobody@127.0.0.1:1/none").evidence(&run_id(1)).await;
    assert_eq!(evidence.active, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn preflight_names_transactions_that_locks_would_wait_for() {
    let shop = with_tls().database();
    shop.execute(
        "DO $$ BEGIN CREATE ROLE app LOGIN; CREATE ROLE deployer LOGIN; \
         EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    let deployer = shop.url_as("deployer");
    assert_eq!(database_with(&deployer, patience(1), &[]).preflight().await, []);
    let app = postgres::connect(&shop.url_as("app")).await;
    // Others' sessions without a transaction are in nobody's way, seen or not.
    assert_eq!(database_with(&deployer, patience(1), &[]).preflight().await, []);
    app.batch_execute("BEGIN; SELECT pg_sleep(1.2)").await.unwrap();
    // When it began is hidden: that is no "none".
    let refusals = database_with(&deployer, patience(1), &[]).preflight().await;
    assert_eq!(refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::CouldNotTell], "{refusals:?}");
    assert!(refusals[0].message.contains("app") && refusals[0].hints[0].contains("pg_read_all_stats"));
    assert_eq!(database_with(&deployer, patience(0), &[]).preflight().await, []);
    shop.execute("GRANT pg_read_all_stats TO deployer");
    let refusals = database_with(&deployer, patience(1), &[]).preflight().await;
    assert_eq!(refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::LongTransaction]);
    assert!(refusals[0].message.contains("role app") && refusals[0].message.contains("idle in transaction"));
    assert_eq!(database_with(&deployer, patience(600), &[]).preflight().await, []);
    shop.execute("REVOKE pg_read_all_stats FROM deployer");
    app.batch_execute("COMMIT").await.unwrap();
    assert_eq!(database_with(&deployer, patience(1), &[]).preflight().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn preflight_names_prepared_transactions() {
    let shop = with_tls().database();
    shop.execute("CREATE TABLE orders (id int)");
    let gid = format!("left_{}", shop.name);
    let app = postgres::connect(&shop.url()).await;
    app.batch_execute(&format!("BEGIN; INSERT INTO orders VALUES (1); PREPARE TRANSACTION '{gid}'")).await.unwrap();
    let refusals = database_with(&shop.url(), patience(300), &[]).preflight().await;
    assert_eq!(refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::LongTransaction]);
    assert!(refusals[0].message.contains(&gid), "{}", refusals[0].message);
    shop.execute(&format!("ROLLBACK PREPARED '{gid}'"));
    assert_eq!(database_with(&shop.url(), patience(300), &[]).preflight().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn preflight_refuses_an_environment_that_names_another_database() {
    let shop = with_tls().database();
    let url = tcp_url(USER, &shop.name, "?sslmode=disable");
    let same = url.replace(USER, "other:pw");
    assert_eq!(database_with(&url, patience(300), &[("DATABASE_URL", &same)]).preflight().await, []);
    let refusals =
        database_with(&url, patience(300), &[("DATABASE_URL", "postgres://a:hunter2@staging/shop")]).preflight().await;
    assert_eq!(refusals.iter().map(|refusal| refusal.code.exit()).collect::<Vec<_>>(), [120]);
    assert!(refusals[0].message.contains("DATABASE_URL") && !format!("{refusals:?}").contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn preflight_without_a_server_could_not_tell() {
    let refusals = database("postgres://nobody@127.0.0.1:1/none").preflight().await;
    assert_eq!(refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::CouldNotTell]);
    assert!(refusals[0].message.contains("connection refused"), "{}", refusals[0].message);
}
