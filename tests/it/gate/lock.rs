//! The lock: one deploy at a time, on one session that is nobody else's, for as long as the command lives.

use std::sync::Arc;

use tidegate::gate::Code;
use tidegate::gate::database::{CLASS, KEY};
use tidegate::gate::world::{Database as _, Locking};
use tokio::sync::Barrier;

use super::stage::{Bouncer, Gate, database, holders, run_id, standby_url, tcp_url, until, with_tls};
use crate::support::postgres::{self, server};

/// A script that says when it began, waits for the file `go`, and says when it is done.
const WAITS: &str = "echo begun >> said; while [ ! -e go ]; do sleep 0.05; done; echo done >> said";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_16_of_deploys_in_the_same_millisecond_one_has_the_lock() {
    let shop = server().database();
    for round in 0..5 {
        // Every session is open, and has asked once in vain.
        let blocker = postgres::connect(&shop.url()).await;
        blocker.batch_execute(&format!("SELECT pg_advisory_lock({CLASS}, {KEY})")).await.unwrap();
        let barrier = Arc::new(Barrier::new(5));
        let contenders: Vec<_> = (0..4)
            .map(|number| {
                let (url, barrier) = (shop.url(), barrier.clone());
                tokio::spawn(async move {
                    let mut database = database(&url);
                    let run = run_id(number);
                    let before = database.try_lock(&run).await;
                    barrier.wait().await;
                    barrier.wait().await;
                    let after = database.try_lock(&run).await;
                    (database, before, after)
                })
            })
            .collect();
        barrier.wait().await;
        blocker.batch_execute(&format!("SELECT pg_advisory_unlock({CLASS}, {KEY})")).await.unwrap();
        barrier.wait().await;
        let mut taken = 0;
        let mut all = Vec::new();
        for contender in contenders {
            let (database, before, after) = contender.await.unwrap();
            assert!(matches!(before, Ok(Locking::Held(_))), "round {round}: {before:?}");
            match &after.unwrap() {
                Locking::Taken => taken += 1,
                Locking::Held(by) => assert!(by.starts_with("tidegate gate 0") && by.contains("pid"), "{by}"),
            }
            all.push(database);
        }
        assert_eq!((taken, holders(&shop)), (1, 1), "round {round}");
        for mut database in all {
            database.unlock().await;
        }
        until("the lock is free again", || holders(&shop) == 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_another_database_has_a_lock_of_its_own() {
    let (shop, other) = (server().database(), server().database());
    let (mut one, mut two, mut three) = (database(&shop.url()), database(&other.url()), database(&shop.url()));
    assert_eq!(one.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    assert_eq!(two.try_lock(&run_id(2)).await, Ok(Locking::Taken));
    // Asked again it is not taken twice: one unlock gives it back.
    assert_eq!(one.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    assert_eq!(one.still_locked().await, Ok(()));
    let Ok(Locking::Held(by)) = three.try_lock(&run_id(3)).await else { panic!("taken twice") };
    assert!(by.contains("tidegate gate 0101010101010101") && by.contains("since 20"), "{by}");
    one.unlock().await;
    assert_eq!(three.try_lock(&run_id(3)).await, Ok(Locking::Taken));
}

#[test]
fn row_25b_a_killed_gate_keeps_the_lock_while_its_command_lives() {
    let (plain, tls) = (server().database(), with_tls().database());
    let by_tls = tcp_url(postgres::USER, &tls.name, "?sslmode=require");
    for (shop, url) in [(&plain, plain.url()), (&tls, by_tls)] {
        let gate = Gate::sh(&url, WAITS).start();
        gate.until_says("said", "begun");
        if url.contains("sslmode") {
            let encrypted = "SELECT ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
                             WHERE a.application_name LIKE 'tidegate gate %' AND datname = current_database()";
            assert_eq!(shop.value(encrypted), "t");
        }
        gate.signal("KILL");
        until("the gate is dead", || !alive(gate.pid()));
        let second = Gate::sh(&url, "echo second >> said").start();
        until("the second gate has asked", || second.read("gate").contains("held by tidegate gate 0707070707070707"));
        assert_eq!(holders(shop), 1);
        std::thread::sleep(std::time::Duration::from_secs(2));
        assert_eq!((second.read("said").as_str(), gate.read("said").as_str()), ("", "begun\n"), "{url}");
        gate.write("go");
        second.until_says("said", "second");
        assert_eq!(gate.read("said"), "begun\ndone\n");
        until("the lock is free", || holders(shop) == 0);
    }
}

/// Not a zombie either, which its parent has yet to bury.
fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn row_25b_a_clean_end_gives_the_lock_back_at_once() {
    let shop = server().database();
    // What the command leaves behind has the descriptor, and keeps nothing.
    let mut gate = Gate::sh(&shop.url(), "sleep 300 > /dev/null 2>&1 & echo $! > left").start();
    assert_eq!(gate.ended().code(), Some(0));
    let left: u32 = gate.read("left").trim().parse().unwrap();
    assert!(alive(left));
    assert_eq!(holders(&shop), 0);
    std::process::Command::new("kill").arg(left.to_string()).status().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25e_a_session_that_the_server_has_ended_holds_nothing() {
    let shop = server().database();
    let (mut one, mut two) = (database(&shop.url()), database(&shop.url()));
    let name = "tidegate gate 0101010101010101";
    assert_eq!(one.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    assert!(one.held().descriptor().is_some());
    shop.execute(&format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = '{name}' \
         AND datname = current_database()"
    ));
    let refusal = one.still_locked().await.unwrap_err();
    assert_eq!((refusal.code, refusal.code.exit()), (Code::CouldNotTell, 125), "{refusal:?}");
    // Another deploy may begin, and this one does not believe that it still has the lock.
    assert_eq!(two.try_lock(&run_id(2)).await, Ok(Locking::Taken));
    assert!(one.try_lock(&run_id(1)).await.is_err());
    assert!(one.held().descriptor().is_none());
    assert!(matches!(one.try_lock(&run_id(1)).await, Ok(Locking::Held(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_a_lock_given_back_behind_our_back_is_noticed() {
    let shop = server().database();
    let mut one = database(&shop.url());
    assert!(one.still_locked().await.is_err());
    assert_eq!(one.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    one.unlock().await;
    assert!(one.still_locked().await.is_err());
    assert_eq!(holders(&shop), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_built_concurrently_under_the_lock() {
    let shop = server().database();
    shop.execute("CREATE TABLE orders (id int)");
    let mut database = database(&shop.url());
    assert_eq!(database.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    // It would wait for every transaction that the lock's session had open.
    let url = format!("{}?options=-c%20statement_timeout%3D30s", shop.url());
    postgres::execute(&url, "CREATE INDEX CONCURRENTLY orders_id ON orders (id)");
    assert_eq!(database.still_locked().await, Ok(()));
    assert_eq!(shop.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_id'::regclass"), "t");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_says_nothing_for_long_is_not_ended() {
    let shop = server().database();
    shop.execute(&format!("ALTER DATABASE {} SET idle_session_timeout = '500ms'", shop.name));
    let mut database = database(&shop.url());
    assert_eq!(database.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(database.still_locked().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_behind_a_transaction_pooler_there_is_no_lock() {
    let shop = with_tls().database();
    let bouncer = Bouncer::start("transaction");
    let mut pooled = database(&bouncer.url(&shop.name));
    let refusal = pooled.try_lock(&run_id(1)).await.unwrap_err();
    assert_eq!((refusal.code, refusal.code.exit()), (Code::CouldNotTell, 125));
    assert!(refusal.message.contains("pooler"), "{}", refusal.message);
    assert_eq!(holders(&shop), 0);
    let refusals = pooled.preflight().await;
    assert!(refusals.iter().any(|refusal| refusal.message.contains("pooler")), "{refusals:?}");
    // One session for each client is as good as the server itself.
    drop(bouncer);
    let bouncer = Bouncer::start("session");
    let mut session = database(&bouncer.url(&shop.name));
    assert_eq!(session.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    assert_eq!(holders(&shop), 1);
    session.unlock().await;
    assert_eq!(holders(&shop), 0);
    drop(bouncer);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_a_standby_grants_no_lock() {
    let mut standby = database(&standby_url());
    // It would, by itself.
    let sql = format!("SELECT pg_try_advisory_lock({CLASS}, {KEY})");
    assert_eq!(postgres::query(&standby_url(), &sql)[0][0].as_deref(), Some("t"));
    let refusal = standby.try_lock(&run_id(1)).await.unwrap_err();
    assert_eq!((refusal.code, refusal.code.exit()), (Code::Replica, 120), "{}", refusal.message);
    let refusals = standby.preflight().await;
    assert!(refusals.iter().any(|refusal| refusal.code == Code::Replica), "{refusals:?}");
}
