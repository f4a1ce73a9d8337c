//! Rows of a history against the files, where each row speaks for one migration.

use std::collections::BTreeMap;

use super::{Applied, Changed, Dirty, History, Late, Missing, OutOfOrder, Pending, Status, Unverified};
use crate::migration::{Migration, MigrationSet, Role};

/// What a history says of one migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// As [`Migration::key`].
    pub(super) key: String,
    /// For people, where the files have no such migration.
    pub(super) version: String,
    pub(super) name: String,
    pub(super) when: Option<String>,
    pub(super) sum: Option<String>,
    /// Why there is no checksum, in a history that keeps them.
    pub(super) no_sum: Option<String>,
    /// What the framework recorded, and what to do.
    pub(super) dirty: Option<(String, String)>,
    /// A record of something that is no file: its absence is no news.
    pub(super) without_file: bool,
}

/// How a framework goes about its history.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) late: Late,
    /// Keys are numbers: zeros in front do not count.
    pub(super) numeric: bool,
    /// Keys that count as done without a record: what a baseline covers.
    pub(super) covered: Vec<String>,
}

/// Migrations that a history knows by one key.
pub(super) struct Group<'a> {
    pub(super) key: &'a str,
    pub(super) first: &'a Migration,
    pub(super) at: Vec<usize>,
}

impl Group<'_> {
    pub(super) fn pending(&self, again: bool) -> Pending {
        Pending {
            version: self.first.version.clone(),
            name: self.first.name.clone(),
            path: self.first.path.clone(),
            migrations: self.at.clone(),
            again,
        }
    }

    pub(super) fn applied(&self, when: Option<String>) -> Applied {
        Applied {
            version: self.first.version.clone(),
            name: self.first.name.clone(),
            path: self.first.path.clone(),
            migrations: self.at.clone(),
            when,
        }
    }
}

/// The migrations that are recorded, in the order of the files.
pub(super) fn groups(set: &MigrationSet) -> Vec<Group<'_>> {
    let mut out: Vec<Group> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, migration) in set.migrations.iter().enumerate().filter(|(_, it)| it.role != Role::Callback) {
        match places.get(migration.key()) {
            Some(place) => out[*place].at.push(at),
            None => {
                places.insert(migration.key(), out.len());
                out.push(Group { key: migration.key(), first: migration, at: vec![at] });
            }
        }
    }
    out
}

/// The state of a database that has had nothing.
pub(super) fn nothing_applied(set: &MigrationSet, history: History) -> Status {
    let mut covered = set.starting_point().map_or_else(Vec::new, |(_, covered)| covered);
    // What a squashed migration stands for does not run where nothing of it has.
    let replaced: Vec<&String> = set.migrations.iter().flat_map(|migration| &migration.replaces).collect();
    let is_replaced = |migration: &Migration| replaced.iter().any(|key| *key == migration.key());
    covered.extend(set.migrations.iter().enumerate().filter(|(_, it)| is_replaced(it)).map(|(at, _)| at));
    let runs = |group: &&Group| !group.at.iter().all(|at| covered.contains(at));
    let pending = groups(set).iter().filter(runs).map(|group| group.pending(false)).collect();
    Status { framework: set.framework.clone(), history, pending, ..Status::default() }
}

/// Each record against the migration of its key.
pub(super) fn compare(set: &MigrationSet, records: &[Record], rules: &Rules) -> Status {
    if records.is_empty() {
        return nothing_applied(set, History::Read);
    }
    let mut status = Status { framework: set.framework.clone(), history: History::Read, ..Status::default() };
    let same = |key: &str| {
        let digits = key.trim_start_matches('0');
        if rules.numeric && !key.is_empty() { digits.to_owned() } else { key.to_owned() }
    };
    let by_key: BTreeMap<String, &Record> = records.iter().map(|record| (same(&record.key), record)).collect();
    let covered: Vec<String> = rules.covered.iter().map(|key| same(key)).collect();
    let groups = groups(set);
    let once = |group: &Group| matches!(group.first.role, Role::Once | Role::Baseline);
    let good = |group: &Group| by_key.get(&same(group.key)).is_some_and(|record| record.dirty.is_none());
    let newest = groups.iter().rposition(|group| once(group) && good(group));
    for (place, group) in groups.iter().enumerate() {
        match by_key.get(&same(group.key)) {
            Some(record) => match &record.dirty {
                Some((recorded, remedy)) => {
                    let (version, recorded, remedy) = (group.first.version.clone(), recorded.clone(), remedy.clone());
                    status.dirty.push(Dirty { version, recorded, remedy });
                    status.pending.push(group.pending(false));
                }
                None => applied(&mut status, group, record),
            },
            None if group.first.role == Role::Baseline || covered.contains(&same(group.key)) => {}
            None => {
                let before = newest.filter(|newest| place < *newest && group.first.role == Role::Once);
                if let Some(newest) = before.and_then(|newest| groups.get(newest)) {
                    status.out_of_order.push(OutOfOrder {
                        version: group.first.version.clone(),
                        path: group.first.path.clone(),
                        newest: newest.first.version.clone(),
                        outcome: rules.late,
                    });
                }
                if before.is_none() || rules.late != Late::Skips {
                    status.pending.push(group.pending(false));
                }
            }
        }
    }
    let known: Vec<String> = groups.iter().map(|group| same(group.key)).collect();
    for (key, record) in &by_key {
        if known.contains(key) || record.without_file {
            continue;
        }
        if let Some((recorded, remedy)) = &record.dirty {
            let (version, recorded, remedy) = (record.version.clone(), recorded.clone(), remedy.clone());
            status.dirty.push(Dirty { version, recorded, remedy });
        }
        status.missing.push(Missing {
            version: record.version.clone(),
            name: record.name.clone(),
            when: record.when.clone(),
        });
    }
    status
}

/// A migration with a good record: applied, and perhaps edited since or due again.
fn applied(status: &mut Status, group: &Group, record: &Record) {
    let first = group.first;
    status.applied.push(group.applied(record.when.clone()));
    let unverified = |reason: String| Unverified { version: first.version.clone(), path: first.path.clone(), reason };
    if first.role == Role::Always {
        status.pending.push(group.pending(true));
        return;
    }
    match (&record.sum, &record.no_sum) {
        (Some(sum), _) if first.checksums.iter().any(|known| known == sum || known == "any") => {}
        (Some(_), _) if first.checksums.is_empty() => {
            let what = if first.program { "it is a program" } else { "its checksum is over more than its text" };
            status.unverified.push(unverified(format!("{what}, which tidegate does not compute")));
        }
        (Some(_), _) if first.role == Role::OnChange => status.pending.push(group.pending(true)),
        (Some(sum), _) => status.changed.push(Changed {
            version: first.version.clone(),
            path: first.path.clone(),
            recorded: sum.clone(),
            found: first.checksums.first().cloned().unwrap_or_default(),
        }),
        (None, Some(reason)) => status.unverified.push(unverified(reason.clone())),
        (None, None) => {}
    }
}
