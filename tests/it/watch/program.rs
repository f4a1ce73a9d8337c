//! The running program: what it has said so far, and waiting for what it will do.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tidegate::schema::{Column, Document, Schema, Table};

use crate::support::cli::{Cli, kill_group, signal_group, wait};

/// Busy machines are slow; what does not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(180);

/// A `schema.json` with these tables.
pub(super) fn document(tables: &[&str]) -> String {
    let tables = tables.iter().map(|name| Table {
        name: format!("public.{name}").parse().unwrap(),
        columns: vec![Column { name: "id".to_owned(), data_type: "integer".to_owned(), ..Column::default() }],
        ..Table::default()
    });
    let mut schema = Schema { tables: tables.collect(), ..Schema::default() };
    schema.canonicalize();
    Document::new(schema, Vec::new()).to_json()
}

type Lines = Arc<Mutex<Vec<String>>>;

/// Ends with the value.
pub(super) struct Watch {
    child: Child,
    dir: PathBuf,
    stdout: Lines,
    stderr: Lines,
    /// Its folder lives as long.
    _cli: Cli,
}

fn gather(source: impl Read + Send + 'static) -> Lines {
    let lines = Lines::default();
    let into = Arc::clone(&lines);
    std::thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
    lines
}

impl Watch {
    pub(super) fn start(cli: &Cli) -> Self {
        let mut child = cli.command().spawn().unwrap();
        let (stdout, stderr) = (gather(child.stdout.take().unwrap()), gather(child.stderr.take().unwrap()));
        Self { child, dir: cli.dir().to_owned(), stdout, stderr, _cli: cli.clone() }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.stdout.lock().unwrap().clone()
    }

    pub(super) fn status(&self) -> Vec<String> {
        self.stderr.lock().unwrap().clone()
    }

    pub(super) fn wait_until(&mut self, what: &str, done: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "no {what} ({ended:?})\n{}", self.status().join("\n"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn wait_for(&mut self, what: &str, done: impl Fn(&[String]) -> bool) {
        let lines = Arc::clone(&self.stdout);
        self.wait_until(what, || done(&lines.lock().unwrap()));
    }

    pub(super) fn wait_for_status(&mut self, part: &str) {
        let lines = Arc::clone(&self.stderr);
        self.wait_until(part, || lines.lock().unwrap().iter().any(|line| line.contains(part)));
    }

    pub(super) fn wait_for_file(&mut self, path: &str, part: &str) {
        let file = self.dir.join(path);
        self.wait_until(&format!("{part} in {path}"), || {
            std::fs::read_to_string(&file).is_ok_and(|text| text.contains(part))
        });
    }

    /// What Ctrl-C does, and the exit code that follows.
    pub(super) fn interrupt(mut self) -> Option<i32> {
        signal_group(&self.child, "INT");
        wait(&mut self.child, PATIENCE).expect("it ends").code()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            kill_group(&self.child);
            let _ = self.child.wait();
        }
    }
}
