//! What hangs on a table: foreign keys in both directions, views, partitions.

use std::collections::BTreeSet;

use super::document::Surroundings;
use crate::schema::{QualifiedName, Schema, Table};

/// Everything that hangs on one table of a schema.
pub(super) fn surroundings(schema: &Schema, name: &QualifiedName) -> Surroundings {
    let other = |table: &&Table| table.name != *name;
    let points = |table: &&Table| table.foreign_keys.iter().any(|key| key.references == *name);
    let child = |table: &&Table| {
        table.partition_of.as_ref().is_some_and(|of| of.parent == *name) || table.inherits.contains(name)
    };
    let names = |tables: &mut dyn Iterator<Item = &Table>| tables.map(|table| table.name.to_string()).collect();
    let references: BTreeSet<String> = schema
        .table(name)
        .into_iter()
        .flat_map(|table| &table.foreign_keys)
        .map(|key| &key.references)
        .filter(|other| *other != name)
        .map(ToString::to_string)
        .collect();
    Surroundings {
        referenced_by: names(&mut schema.tables.iter().filter(other).filter(points)),
        references: references.into_iter().collect(),
        views: views(schema, name),
        children: names(&mut schema.tables.iter().filter(child)),
    }
}

/// Views that read a table, at first hand or through other views.
fn views(schema: &Schema, name: &QualifiedName) -> Vec<String> {
    let mut found: BTreeSet<&QualifiedName> = BTreeSet::new();
    let mut front: Vec<&QualifiedName> = vec![name];
    while let Some(read) = front.pop() {
        for view in schema.views.iter().filter(|view| view.depends_on.contains(read)) {
            if found.insert(&view.name) {
                front.push(&view.name);
            }
        }
    }
    found.into_iter().map(ToString::to_string).collect()
}

/// Whether an index of that name is on the table, one that a constraint made included.
pub(super) fn has_index(table: &Table, index: &str) -> bool {
    table.indexes.iter().any(|found| found.name == index)
        || table.primary_key.iter().chain(&table.unique_keys).any(|key| key.name == index)
        || table.exclusions.iter().any(|found| found.name == index)
}

/// The table or materialized view that an index is on.
pub(super) fn table_of_index(schema: &Schema, index: &QualifiedName) -> Option<QualifiedName> {
    let table = schema.tables.iter().find(|table| table.name.schema == index.schema && has_index(table, &index.name));
    let view = || {
        schema
            .views
            .iter()
            .find(|view| view.name.schema == index.schema && view.indexes.iter().any(|found| found.name == index.name))
    };
    table.map(|table| table.name.clone()).or_else(|| view().map(|view| view.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ForeignKey, View};

    #[test]
    fn views_of_views_and_both_directions_of_keys_are_found() {
        let name = |name: &str| QualifiedName::new("public", name);
        let table = |own: &str, to: &[&str]| Table {
            name: name(own),
            foreign_keys: to.iter().map(|to| ForeignKey { references: name(to), ..ForeignKey::default() }).collect(),
            ..Table::default()
        };
        let view = |own: &str, on: &str| View { name: name(own), depends_on: vec![name(on)], ..View::default() };
        let schema = Schema {
            tables: vec![table("a", &["b", "a"]), table("b", &[]), table("c", &["a"])],
            views: vec![view("v", "a"), view("w", "v"), view("x", "b")],
            ..Schema::default()
        };
        let found = surroundings(&schema, &name("a"));
        assert_eq!(found.references, ["public.b"]);
        assert_eq!(found.referenced_by, ["public.c"]);
        assert_eq!(found.views, ["public.v", "public.w"]);
    }
}
