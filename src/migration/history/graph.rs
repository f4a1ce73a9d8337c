//! Histories of migrations that name what they come after: Alembic and Django.

use std::collections::BTreeSet;

use super::compare::{Record, Rules, compare, groups};
use super::table::Row;
use super::{History, Late, Missing, Status};
use crate::migration::{Migration, MigrationSet};

/// Alembic keeps the heads alone: they and everything behind them have run.
pub(super) fn alembic(set: &MigrationSet, rows: &[Row]) -> Status {
    let mut status = Status { framework: set.framework.clone(), history: History::Read, ..Status::default() };
    let heads: Vec<String> = rows.iter().map(|row| row.text("version_num")).collect();
    let find = |key: &str| set.migrations.iter().find(|migration| migration.key() == key);
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&Migration> = Vec::new();
    for head in &heads {
        match find(head) {
            Some(migration) => open.push(migration),
            None => {
                status.missing.push(Missing { version: head.clone(), ..Missing::default() });
                status.could_not_tell.push(format!(
                    "the database is at revision {head}, which no file here has: what came before it cannot be told"
                ));
            }
        }
    }
    while let Some(migration) = open.pop() {
        if done.insert(migration.key()) {
            for key in &migration.after {
                match find(key) {
                    Some(before) => open.push(before),
                    None => status
                        .could_not_tell
                        .push(format!("{} comes after revision {key}, which no file here has", migration.path)),
                }
            }
        }
    }
    for group in &groups(set) {
        if done.contains(group.key) {
            status.applied.push(group.applied(None));
        } else {
            status.pending.push(group.pending(false));
        }
    }
    let parents: BTreeSet<&str> = set.migrations.iter().flat_map(|it| it.after.iter().map(String::as_str)).collect();
    let ends: Vec<&str> = set.migrations.iter().map(Migration::key).filter(|key| !parents.contains(key)).collect();
    if ends.len() > 1 && !status.pending.is_empty() {
        status.notes.push(format!(
            "the files have {} heads ({}): alembic upgrade head refuses; merge them, or upgrade heads",
            ends.len(),
            ends.join(", ")
        ));
    }
    status
}

/// Django (`migrations/loader.py`): by app and name. A squashed migration stands for those that it replaces.
pub(super) fn django(set: &MigrationSet, rows: &[Row]) -> Status {
    let app = |key: &str| key.split('.').next().unwrap_or_default().to_owned();
    let ours: BTreeSet<String> = set.migrations.iter().map(|migration| app(migration.key())).collect();
    let replaced: BTreeSet<&str> =
        set.migrations.iter().flat_map(|it| it.replaces.iter().map(String::as_str)).collect();
    let mut records: Vec<Record> = rows
        .iter()
        .filter(|row| ours.contains(&row.text("app")))
        .map(|row| {
            let key = format!("{}.{}", row.text("app"), row.text("name"));
            Record {
                without_file: replaced.contains(key.as_str()),
                version: key.clone(),
                when: row.get("applied").map(str::to_owned),
                key,
                ..Record::default()
            }
        })
        .collect();
    let recorded: BTreeSet<String> = records.iter().map(|record| record.key.clone()).collect();
    let mut covered = Vec::new();
    for squash in set.migrations.iter().filter(|migration| !migration.replaces.is_empty()) {
        let had = squash.replaces.iter().filter(|key| recorded.contains(*key)).count();
        if recorded.contains(squash.key()) || had == 0 {
            // It has run, or it will: in place of those.
            covered.extend(squash.replaces.iter().cloned());
        } else if had == squash.replaces.len() {
            records.push(Record { key: squash.key().to_owned(), ..Record::default() });
        } else {
            // Half of them ran: Django goes on with the single ones.
            covered.push(squash.key().to_owned());
        }
    }
    if records.is_empty() {
        // Other apps have rows; of these, nothing has run.
        records.push(Record { key: String::new(), without_file: true, ..Record::default() });
    }
    let mut status = compare(set, &records, &Rules { late: Late::Refuses, covered, ..Rules::default() });
    let done: BTreeSet<&str> = status.applied.iter().map(|applied| applied.name.as_str()).collect();
    let needed: BTreeSet<&str> = set
        .migrations
        .iter()
        .filter(|migration| done.contains(migration.name.as_str()))
        .flat_map(|migration| migration.after.iter().map(String::as_str))
        .collect();
    // Others that stand before in no particular order simply run.
    let find = |path: &str| set.migrations.iter().find(|migration| migration.path == path).map(Migration::key);
    status.out_of_order.retain(|late| find(&late.path).is_some_and(|key| needed.contains(key)));
    status
}
