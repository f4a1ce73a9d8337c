//! What users add to the objects of extensions: extensions make their objects, and this is said beside them.
//!
//! What belongs to whom the catalog does not tell below whole objects. Where a second making could do harm, only that
//! is said which names something that is no extension's; everything else in a way that may be said twice.

use std::collections::BTreeSet;

use super::indexes::Manner;
use super::quote::{ident, qualified};
use super::remarks::Target;
use super::tables::target;
use super::{Part, Writer, routines, sequences, tables, views};
use crate::schema::{About, QualifiedName, RoutineKind, Table};

impl Writer<'_> {
    pub(super) fn additions_to_extensions(&mut self) {
        let schema = self.schema;
        for table in schema.tables.iter().filter(|table| table.about.extension.is_some()) {
            self.additions(table);
        }
        self.privileges_on_extensions();
    }

    fn additions(&mut self, table: &Table) {
        for index in &table.indexes {
            self.index(&table.name, index, Manner::Unless);
        }
        let own = self.schema.tables.iter().filter(|other| other.about.extension.is_none());
        let own: BTreeSet<&QualifiedName> = own.map(|other| &other.name).collect();
        self.foreign_keys_that(table, |key| own.contains(&key.references));
        for rule in &table.rules {
            self.rule(&table.name, target(table).kind, &target(table).object, rule, true);
        }
        for trigger in &table.triggers {
            let made = self.schema.routines.iter();
            let mut made = made.filter(|routine| routine.about.extension.is_none()).map(|routine| &routine.name);
            if made.any(|name| *name == trigger.function) {
                self.trigger(&table.name, &target(table).object, trigger);
                self.trigger_state(table, trigger);
            }
        }
        for policy in &table.policies {
            let object = format!("policy {} on {}", ident(&policy.name), target(table).object);
            let sql = format!("DROP POLICY IF EXISTS {} ON {};", ident(&policy.name), qualified(&table.name));
            self.add(Part::Object, object, sql);
        }
        self.row_security(table);
    }

    /// Who may use them beyond what the extension itself grants.
    fn privileges_on_extensions(&mut self) {
        let schema = self.schema;
        let mut targets: Vec<(Target, &About)> = Vec::new();
        let named = |kind, name: &QualifiedName| Target::new(format!("type {name}"), kind, kind, qualified(name));
        for object in &schema.schemas {
            let target = Target::new(format!("schema {}", object.name), "SCHEMA", "SCHEMA", ident(&object.name));
            targets.push((target, &object.about));
        }
        targets.extend(schema.enums.iter().map(|object| (named("TYPE", &object.name), &object.about)));
        targets.extend(schema.domains.iter().map(|object| (named("TYPE", &object.name), &object.about)));
        targets.extend(schema.composites.iter().map(|object| (named("TYPE", &object.name), &object.about)));
        targets.extend(schema.ranges.iter().map(|object| (named("TYPE", &object.name), &object.about)));
        targets.extend(schema.sequences.iter().map(|object| (sequences::target(object), &object.about)));
        targets.extend(schema.tables.iter().map(|object| (tables::target(object), &object.about)));
        targets.extend(schema.views.iter().map(|object| (views::target(object), &object.about)));
        for object in &schema.routines {
            let kind = if object.kind == RoutineKind::Procedure { "PROCEDURE" } else { "FUNCTION" };
            targets.push((routines::target(object, kind), &object.about));
        }
        targets.extend(schema.aggregates.iter().map(|object| (routines::aggregate_target(object), &object.about)));
        for (target, about) in targets.iter().filter(|(_, about)| about.extension.is_some()) {
            let statements = self.grants(target, &about.grants);
            self.statements.extend(statements);
        }
    }
}
