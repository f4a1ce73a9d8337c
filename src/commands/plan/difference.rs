//! What the migrations of one state add over those of another.

use std::collections::{BTreeMap, BTreeSet};

use crate::migration::{Migration, MigrationSet, Role};
use crate::plan::document::{History, HistoryState, Late, LateOutcome};

/// What differs between two states of one folder of migrations.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Of what runs, in the newer set.
    pub(super) places: Vec<usize>,
    changed: Vec<String>,
    missing: Vec<String>,
    out_of_order: Vec<Late>,
}

pub(super) fn difference(base: &MigrationSet, here: &MigrationSet) -> Difference {
    fn key(migration: &Migration) -> (&str, &str) {
        (migration.path.as_str(), migration.version.as_str())
    }
    let there: BTreeMap<_, _> = base.migrations.iter().map(|migration| (key(migration), migration)).collect();
    let now: BTreeSet<_> = here.migrations.iter().map(key).collect();
    let last = here.migrations.iter().rposition(|migration| there.contains_key(&key(migration)));
    let mut found = Difference::default();
    for (at, migration) in here.migrations.iter().enumerate() {
        match there.get(&key(migration)) {
            None => {
                found.places.push(at);
                if last.is_some_and(|last| at < last) && migration.role == Role::Once {
                    let path = migration.path.clone();
                    found.out_of_order.push(Late { path, outcome: LateOutcome::NotKnown });
                }
            }
            Some(_) if matches!(migration.role, Role::Always) => found.places.push(at),
            Some(before) if before.sql == migration.sql => {}
            Some(_) if migration.role == Role::OnChange => found.places.push(at),
            Some(_) => found.changed.push(migration.path.clone()),
        }
    }
    let gone = base.migrations.iter().filter(|migration| !now.contains(&key(migration)));
    found.missing.extend(gone.map(|migration| migration.path.clone()));
    found.missing.dedup();
    found
}

impl Difference {
    /// In place of a history that was asked.
    pub(super) fn history(self, base: &MigrationSet) -> History {
        History {
            state: HistoryState::Files,
            applied: base.migrations.len(),
            changed: self.changed,
            missing: self.missing,
            out_of_order: self.out_of_order,
            ..History::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(files: &[(&str, &str)]) -> MigrationSet {
        let migration = |(path, sql): &(&str, &str)| Migration {
            path: (*path).to_owned(),
            version: (*path).to_owned(),
            sql: (*sql).to_owned(),
            ..Migration::default()
        };
        MigrationSet { migrations: files.iter().map(migration).collect(), ..MigrationSet::default() }
    }

    #[test]
    fn new_edited_removed_and_late_ones_are_told_apart() {
        let found = difference(
            &set(&[("1", "a"), ("2", "b"), ("4", "d")]),
            &set(&[("1", "a"), ("3", "c"), ("4", "dd"), ("5", "e")]),
        );
        assert_eq!(found.places, [1, 3]);
        assert_eq!((found.changed, found.missing), (vec!["4".to_owned()], vec!["2".to_owned()]));
        assert_eq!(found.out_of_order[0].path, "3");
        assert_eq!(found.out_of_order.len(), 1);
    }
}
