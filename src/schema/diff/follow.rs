//! Names that changed, and a schema as it would read had it used the other side's names.
//!
//! Only facts that the model keeps as names are followed. SQL text is left alone: whether `orders` in an expression is
//! the table, a column or a word is not ours to guess.

use std::collections::BTreeMap;

use crate::schema::select::base_type;
use crate::schema::{Column, ForeignKey, Index, QualifiedName, Schema, Trigger, UniqueKey};

/// Names on one side to names on the other, by what they are names of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Tables, views and sequences.
    pub(super) relations: BTreeMap<QualifiedName, QualifiedName>,
    /// Enums, domains, composite and range types.
    pub(super) types: BTreeMap<QualifiedName, QualifiedName>,
    /// Functions without arguments, as triggers call them.
    pub(super) routines: BTreeMap<QualifiedName, QualifiedName>,
    /// Columns, by the relation that has them and is called the same on both sides.
    pub(super) columns: BTreeMap<QualifiedName, BTreeMap<String, String>>,
}

impl Mapping {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn invert(&self) -> Self {
        Self {
            relations: turned(&self.relations),
            types: turned(&self.types),
            routines: turned(&self.routines),
            columns: self.columns.iter().map(|(table, names)| (table.clone(), turned(names))).collect(),
        }
    }

    /// The schema with every reference under its other name. Objects keep their own.
    pub(super) fn applied_to(&self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        for table in &mut schema.tables {
            let own = self.columns.get(&table.name);
            table.columns.iter_mut().for_each(|column| self.column(column));
            table.primary_key.iter_mut().chain(&mut table.unique_keys).for_each(|key| unique_key(key, own));
            table.foreign_keys.iter_mut().for_each(|key| self.foreign_key(key, own));
            table.not_nulls.iter_mut().for_each(|constraint| put(own, &mut constraint.column));
            table.indexes.iter_mut().for_each(|index| put_in_index(index, own));
            table.triggers.iter_mut().for_each(|trigger| self.trigger(trigger, own));
            table.inherits.iter_mut().for_each(|parent| put(Some(&self.relations), parent));
            table.of_type.iter_mut().for_each(|name| put(Some(&self.types), name));
            if let Some(partition) = &mut table.partition_of {
                put(Some(&self.relations), &mut partition.parent);
            }
        }
        for view in &mut schema.views {
            let own = self.columns.get(&view.name);
            view.columns.iter_mut().for_each(|column| self.column(column));
            view.indexes.iter_mut().for_each(|index| put_in_index(index, own));
            view.triggers.iter_mut().for_each(|trigger| self.trigger(trigger, own));
            view.depends_on.iter_mut().for_each(|name| put(Some(&self.relations), name));
            view.depends_on.sort();
        }
        for sequence in &mut schema.sequences {
            if let Some(table) = &mut sequence.owned_by_table {
                sequence.owned_by_column.iter_mut().for_each(|column| put(self.columns.get(table), column));
                put(Some(&self.relations), table);
            }
        }
        for statistics in &mut schema.statistics {
            let of_table = self.columns.get(&statistics.table);
            statistics.on.iter_mut().for_each(|column| put(of_table, column));
            put(Some(&self.relations), &mut statistics.table);
        }
        for table in schema.publications.iter_mut().flat_map(|publication| &mut publication.tables) {
            let of_table = self.columns.get(&table.name);
            table.columns.iter_mut().for_each(|column| put(of_table, column));
        }
        schema.event_triggers.iter_mut().for_each(|trigger| put(Some(&self.routines), &mut trigger.function));
        schema.domains.iter_mut().for_each(|domain| self.data_type(&mut domain.data_type));
        schema.ranges.iter_mut().for_each(|range| self.data_type(&mut range.subtype));
        schema.composites.iter_mut().flat_map(|object| &mut object.attributes).for_each(|column| self.column(column));
        schema
    }

    fn column(&self, column: &mut Column) {
        self.data_type(&mut column.data_type);
    }

    /// `public.mood[]`: the name in front of modifier and brackets.
    fn data_type(&self, data_type: &mut String) {
        let base = base_type(data_type);
        if let Some(to) = base.parse().ok().and_then(|name: QualifiedName| self.types.get(&name)) {
            *data_type = format!("{to}{}", &data_type[base.len()..]);
        }
    }

    fn foreign_key(&self, key: &mut ForeignKey, own: Option<&BTreeMap<String, String>>) {
        key.columns.iter_mut().chain(&mut key.on_delete_columns).for_each(|column| put(own, column));
        let theirs = self.columns.get(&key.references);
        key.referenced_columns.iter_mut().for_each(|column| put(theirs, column));
        put(Some(&self.relations), &mut key.references);
    }

    fn trigger(&self, trigger: &mut Trigger, own: Option<&BTreeMap<String, String>>) {
        trigger.update_of.iter_mut().for_each(|column| put(own, column));
        put(Some(&self.routines), &mut trigger.function);
    }
}

fn turned<K: Ord + Clone>(names: &BTreeMap<K, K>) -> BTreeMap<K, K> {
    names.iter().map(|(from, to)| (to.clone(), from.clone())).collect()
}

fn put<K: Ord + Clone>(names: Option<&BTreeMap<K, K>>, name: &mut K) {
    if let Some(other) = names.and_then(|names| names.get(name)) {
        *name = other.clone();
    }
}

fn unique_key(key: &mut UniqueKey, own: Option<&BTreeMap<String, String>>) {
    key.columns.iter_mut().chain(&mut key.include).for_each(|column| put(own, column));
}

fn put_in_index(index: &mut Index, own: Option<&BTreeMap<String, String>>) {
    let keys = index.keys.iter_mut().filter_map(|key| key.column.as_mut());
    keys.chain(&mut index.include).for_each(|column| put(own, column));
}
