//! How a table comes by what it has of other tables: inheritance and partitions.

use std::collections::BTreeSet;

use super::quote::{ident, qualified};
use super::tables::target;
use super::{Part, Writer};
use crate::schema::{Column, QualifiedName, Table};

pub(super) enum Heritage {
    /// Everything is its own.
    None,
    /// Attached to its parent once both are complete.
    Partition,
    /// `INHERITS`: the parents' columns come first and are not written.
    Inherits(Vec<QualifiedName>),
    /// Its columns are in another order than `INHERITS` gives them, since a parent got columns later: all are written,
    /// and the parents are named afterwards.
    Adopted(Vec<QualifiedName>),
}

impl Writer<'_> {
    pub(super) fn heritage(&self, table: &Table) -> Heritage {
        if table.partition_of.is_some() {
            return Heritage::Partition;
        }
        let known: Vec<&Table> = table.inherits.iter().filter_map(|name| self.schema.table(name)).collect();
        if table.inherits.is_empty() || known.is_empty() {
            return Heritage::None;
        }
        let inherited: Vec<&str> =
            known.iter().flat_map(|parent| &parent.columns).map(|column| column.name.as_str()).collect();
        let own = table.columns.iter().filter(|column| !column.inherited).map(|column| column.name.as_str());
        let mut order: Vec<&str> = Vec::new();
        for name in inherited.into_iter().chain(own) {
            if !order.contains(&name) {
                order.push(name);
            }
        }
        let parents = known.iter().map(|parent| parent.name.clone()).collect();
        if known.len() == table.inherits.len() && order.iter().eq(table.columns.iter().map(|column| &column.name)) {
            Heritage::Inherits(parents)
        } else {
            Heritage::Adopted(parents)
        }
    }

    /// From PostgreSQL 17 on a partition's identity is its parent's, and one of its own may not be attached.
    pub(super) fn identity_comes_from_parent(&self, table: &Table, column: &Column) -> bool {
        let parent = table.partition_of.as_ref().and_then(|partition| self.schema.table(&partition.parent));
        parent.and_then(|parent| parent.column(&column.name)).is_some_and(|column| column.identity.is_some())
    }

    /// Attaches a partition, or names the parents of a table that was made without them.
    pub(super) fn join_parents(&mut self, table: &Table) {
        let target = target(table);
        if let Some(partition) = &table.partition_of {
            let object = format!("partition {}", table.name);
            if self.schema.table(&partition.parent).is_none() {
                self.note(&object, &format!("its parent {} is left out", partition.parent));
                return;
            }
            if partition.bound.is_empty() {
                self.note(&object, "its bound could not be read");
                return;
            }
            let parent = qualified(&partition.parent);
            let sql =
                format!("ALTER TABLE ONLY {parent} ATTACH PARTITION {} {};", qualified(&table.name), partition.bound);
            self.add(Part::Object, object, sql);
            return;
        }
        if let Heritage::Adopted(parents) = self.heritage(table) {
            let names: BTreeSet<&str> =
                table.columns.iter().filter(|column| column.inherited).map(|column| column.name.as_str()).collect();
            if !names.is_empty() {
                let names = names.into_iter().map(ident).collect::<Vec<_>>().join(", ");
                let reason = format!("what it inherits alone ({names}) is its own, too: that keeps its columns' order");
                self.note(&target.object, &reason);
            }
            for parent in parents {
                let sql = format!("ALTER {} {} INHERIT {};", target.kind, target.name, qualified(&parent));
                self.add(Part::Object, format!("parent {parent} of {}", target.object), sql);
            }
        }
        for missing in table.inherits.iter().filter(|name| self.schema.table(name).is_none()).collect::<Vec<_>>() {
            self.note(&target.object, &format!("its parent {missing} is left out"));
        }
    }
}
