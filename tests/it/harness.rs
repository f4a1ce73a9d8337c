//! The harness itself: that what other tests rely on is so.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::cli::{kill_group, wait};
use crate::support::postgres::{server, server_15, server_18};
use crate::support::repo::Repo;

#[test]
fn databases_are_apart_and_empty() {
    let (one, two) = (server().database(), server().database());
    one.execute("CREATE TABLE only_here (id int)");
    let count = "SELECT count(*) FROM pg_class WHERE relname = 'only_here'";
    assert_eq!((one.value(count), two.value(count)), ("1".to_owned(), "0".to_owned()));
}

#[test]
fn a_database_is_dropped_with_its_guard() {
    let database = server().database();
    let name = database.name.clone();
    drop(database);
    let witness = server().database();
    assert_eq!(witness.value(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")), "0");
}

#[test]
fn the_log_counts_statements() {
    let database = server().database();
    database.log_statements();
    database.execute("SELECT 1");
    database.query("SELECT 2");
    let logged = database.logged_statements();
    assert_eq!(logged, ["statement: SELECT 1", "statement: SELECT 2"]);
}

#[test]
fn the_servers_are_of_the_majors_that_are_asked_for() {
    let major = |server: &'static crate::support::postgres::Server| {
        server.database().value("SELECT current_setting('server_version_num')::int / 10000")
    };
    assert_eq!((major(server_15()).as_str(), major(server_18()).as_str()), ("15", "18"));
}

#[test]
fn repositories_repeat_their_hashes() {
    let commit = || Repo::new().write("a.txt", "a").commit("first");
    assert_eq!(commit(), commit());
}

#[test]
fn a_run_that_does_not_end_is_killed_with_its_children() {
    let mut child = Command::new("sh").args(["-c", "sleep 60 & wait"]).process_group(0).spawn().unwrap();
    assert_eq!(wait(&mut child, Duration::from_millis(50)), None);
    kill_group(&child);
    assert!(wait(&mut child, Duration::from_secs(10)).is_some());
}

/// A test process that is killed leaves neither a server nor a folder: this very test is started again, as the
/// process to be killed.
#[test]
fn a_killed_test_process_leaves_nothing_behind() {
    const TO_BE_KILLED: &str = "TIDEGATE_TEST_TO_BE_KILLED";
    if std::env::var_os(TO_BE_KILLED).is_some() {
        println!("socket: {}", server().socket().display());
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "harness::a_killed_test_process_leaves_nothing_behind", "--nocapture"])
        .env(TO_BE_KILLED, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    let socket = std::io::BufRead::lines(output)
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("socket: ")?.1.to_owned()))
        .expect("the process tells where its server listens");
    let folder = std::path::Path::new(&socket);
    let server = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let server = format!("/proc/{}", server.lines().next().unwrap());
    assert!(folder.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    for _ in 0..300 {
        if !folder.exists() && !std::path::Path::new(&server).exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{socket} or its server is still there");
}
