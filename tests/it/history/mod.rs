//! Which migrations a database has had, on a real server, a table of cases per framework.
//!
//! The tables are those that the frameworks themselves made, and their checksums are the ones that they wrote or that a
//! tool of the system computes; none of them is needed here.

mod programs;
mod scripts;
mod tables;

use tidegate::migration::history::{self, History, Late, Status};
use tidegate::migration::{self, MigrationSet, Tree};

use crate::support::postgres::{Database, connect, server};

/// A framework's files, its table, and what rows in it mean.
pub(crate) struct Case {
    pub(crate) framework: &'static str,
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Makes the table.
    pub(crate) table: &'static str,
    /// What is pending on a database that has had nothing.
    pub(crate) all: &'static str,
    /// Statements that put rows into an empty table, and what is then told ([`brief`]).
    pub(crate) rows: &'static [(&'static str, &'static str)],
}

impl Case {
    pub(crate) fn check(&self) {
        let database = server().database();
        let set = list(self.framework, self.files);
        let status = read(&database, &set, None);
        assert_eq!(status.history, History::NoTable, "{}: {status}", self.framework);
        assert_eq!(brief(&status), format!("pending {}", self.all), "{}, no table: {status}", self.framework);
        assert!(!status.is_up_to_date());
        database.execute(self.table);
        let status = read(&database, &set, None);
        assert_eq!(status.history, History::Empty, "{}: {status}", self.framework);
        assert_eq!(brief(&status), format!("pending {}", self.all), "{}, empty: {status}", self.framework);
        let table = status.table.clone().unwrap_or_else(|| {
            database.value(
            "SELECT min(n.nspname || '.' || c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
        )
        });
        let (schema, name) = table.split_once('.').unwrap();
        let quoted = format!("\"{schema}\".\"{name}\"");
        for (rows, told) in self.rows {
            database.execute(&format!("TRUNCATE {quoted}; {}", rows.replace("HISTORY", &quoted)));
            let status = read(&database, &set, None);
            assert_eq!(brief(&status), *told, "{}, {rows}: {status}", self.framework);
            assert_eq!(status.table.as_deref(), Some(table.as_str()), "{}", self.framework);
            let fine = told.split("; ").all(|part| part.starts_with("applied ") || part.starts_with("unverified "));
            assert_eq!(status.is_up_to_date(), fine, "{}, {rows}: {status}", self.framework);
        }
    }
}

pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

pub(crate) fn list(framework: &str, files: &[(&str, &str)]) -> MigrationSet {
    list_beside(framework, files, &[])
}

/// With files around the folder.
pub(crate) fn list_beside(framework: &str, files: &[(&str, &str)], beside: &[(&str, &str)]) -> MigrationSet {
    let mut options = migration::Options { framework: Some(framework.to_owned()), ..migration::Options::default() };
    options.hints.files = tree(beside);
    migration::list_with(&tree(files), &options).unwrap()
}

pub(crate) fn read(database: &Database, set: &MigrationSet, table: Option<&str>) -> Status {
    read_as(&database.url(), set, table)
}

pub(crate) fn read_as(url: &str, set: &MigrationSet, table: Option<&str>) -> Status {
    let options = history::Options { table: table.map(str::to_owned) };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let client = connect(url).await;
        history::read(&client, set, &options).await
    })
}

/// What a status says, in one line: versions under what is said of them.
pub(crate) fn brief(status: &Status) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, versions: Vec<String>| {
        if !versions.is_empty() {
            parts.push(format!("{name} {}", versions.join(" ")));
        }
    };
    part("applied", status.applied.iter().map(|it| it.version.clone()).collect());
    let (again, fresh): (Vec<_>, Vec<_>) = status.pending.iter().partition(|pending| pending.again);
    part("pending", fresh.iter().map(|it| it.version.clone()).collect());
    part("again", again.iter().map(|it| it.version.clone()).collect());
    part("changed", status.changed.iter().map(|it| it.version.clone()).collect());
    part("missing", status.missing.iter().map(|it| it.version.clone()).collect());
    part("dirty", status.dirty.iter().map(|it| it.version.clone()).collect());
    for (word, outcome) in [("runs-late", Late::Runs), ("skips", Late::Skips), ("refuses", Late::Refuses)] {
        let late = status.out_of_order.iter().filter(|it| it.outcome == outcome);
        part(word, late.map(|it| it.version.clone()).collect());
    }
    part("unverified", status.unverified.iter().map(|it| it.version.clone()).collect());
    part("unsure", status.could_not_tell.iter().map(|_| "!".to_owned()).collect());
    parts.join("; ")
}
