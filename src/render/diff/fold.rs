//! Changes that are one to a reader: a sequence and the column that owns it, partitions and their parent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Compared;
use super::item::{Item, Mark, item};
use crate::schema::QualifiedName;
use crate::schema::diff::{Change, ObjectChange, ObjectKind};

/// The changes of a whole diff: sequences beside the columns that own them, and partitions that only followed their
/// parent counted there.
pub(super) fn told(compared: &Compared<'_>) -> Vec<Item> {
    let changes = &compared.diff.changes;
    let tables: BTreeMap<&str, &ObjectChange> =
        changes.iter().filter(|change| change.kind.is_table()).map(|change| (change.name.as_str(), change)).collect();
    let mut owned: BTreeMap<String, Vec<&ObjectChange>> = BTreeMap::new();
    let mut followers: BTreeMap<String, usize> = BTreeMap::new();
    let mut rest = Vec::new();
    for change in changes {
        if let Some(owner) = owner(change, compared).filter(|owner| tables.contains_key(owner.as_str())) {
            owned.entry(owner).or_default().push(change);
        } else if let Some(parent) = followed(change, compared, &tables) {
            *followers.entry(parent).or_default() += 1;
        } else {
            rest.push(change);
        }
    }
    let with_its_own = |change: &&ObjectChange| {
        let mut told = item(change);
        if change.kind.is_table() {
            add_sequences(&mut told, owned.get(&change.name).map_or(&[], Vec::as_slice));
            if let Some(count) = followers.get(&change.name) {
                let noun = if *count == 1 { "partition" } else { "partitions" };
                told.contents = format!("and {count} {noun} with it");
            }
        }
        told
    };
    rest.iter().map(with_its_own).collect()
}

/// Below a table that is there; counted with one that went.
fn add_sequences(table: &mut Item, sequences: &[&ObjectChange]) {
    if table.mark != Mark::Removed {
        table.parts.extend(sequences.iter().map(|change| item(change)));
    } else if !sequences.is_empty() {
        let count = ObjectKind::Sequence.counted(sequences.len());
        table.contents = if table.contents.is_empty() { count } else { format!("{}, {count}", table.contents) };
    }
}

/// The table whose column owns a sequence: after, or before where the sequence went.
fn owner(change: &ObjectChange, compared: &Compared<'_>) -> Option<String> {
    let schema = if change.is_removed() { compared.from } else { compared.to };
    let name: QualifiedName = change.name.parse().ok().filter(|_| change.kind == ObjectKind::Sequence)?;
    let at = schema.sequences.binary_search_by(|sequence| sequence.name.cmp(&name)).ok()?;
    schema.sequences[at].owned_by_table.as_ref().map(ToString::to_string)
}

/// The topmost table that a partition merely follows; nothing where it has changes of its own.
fn followed(change: &ObjectChange, compared: &Compared<'_>, tables: &BTreeMap<&str, &ObjectChange>) -> Option<String> {
    let mut top = None;
    let mut below = change;
    // Bounded, since a saved document may claim that two tables are partitions of each other.
    for _ in 0..tables.len() {
        let above = parent(below, compared).and_then(|name| tables.get(name.as_str()).copied());
        match above.filter(|above| follows(below, above)) {
            Some(above) => (top, below) = (Some(above.name.clone()), above),
            None => return top,
        }
    }
    None
}

/// The table that a changed table is a partition of.
fn parent(change: &ObjectChange, compared: &Compared<'_>) -> Option<String> {
    let table = compared.to.table(&change.name.parse().ok().filter(|_| change.kind.is_table())?)?;
    table.partition_of.as_ref().map(|partition| partition.parent.to_string())
}

/// Whether a partition changed in nothing but what its parent handed down.
fn follows(change: &ObjectChange, parent: &ObjectChange) -> bool {
    let handed_down = |part: &ObjectChange| match &part.change {
        Change::Added { definition, .. } | Change::Removed { definition, .. } => {
            definition.get("inherited").is_some_and(|inherited| inherited == &Value::Bool(true))
        }
        _ => false,
    };
    let same = |part: &ObjectChange| {
        let other = parent.parts().iter().find(|other| (other.kind, &other.name) == (part.kind, &part.name));
        other.is_some_and(|other| handed_over(&part.change) == handed_over(&other.change))
    };
    let parts = change.parts();
    change.facts().is_empty() && !parts.is_empty() && parts.iter().all(|part| handed_down(part) || same(part))
}

/// A change without what differs between a table and its partitions: places, and the mark of what is inherited.
fn handed_over(change: &Change) -> Change {
    let mut change = change.clone();
    if let Change::Added { definition, position } | Change::Removed { definition, position } = &mut change {
        *position = None;
        if let Some(object) = definition.as_object_mut() {
            object.shift_remove("inherited");
        }
    }
    change
}
