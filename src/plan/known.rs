//! What a statement is known to do where there are rows: an empty copy shows none of it.
//!
//! From PostgreSQL's documentation of `ALTER TABLE`, `CREATE INDEX` and their kin. Only relations that were there before
//! count: nobody waits for a table that the same migrations make.

mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Lock, RelationKind, Seen};
use super::effect::{Effect, EffectKind, WHOLE_TABLE, WITH_SCHEMA};
use crate::migration::statement::locks::{Anything, On};
use crate::migration::statement::shape::{Alter, DomainChange, Drop, ReindexTarget, TypeChange};
use crate::migration::statement::table::{ColumnChange, Constraint, ConstraintKind, TableAction};
use crate::migration::statement::{Class, LockMode, Name, ObjectKind, Shape, Understood, known_locks};
use crate::schema::{QualifiedName, Schema, Table};
use rules::{add_column, effect, not_null_column, of_constraint};

/// The schema before the first pending statement, with what the statements since have shown.
#[derive(Debug)]
pub(super) struct Known<'a> {
    before: &'a Schema,
    search_path: Vec<String>,
    /// Columns that a check of these very migrations proves to be not null, once validated: by table, the constraint
    /// and its expression.
    checks: BTreeMap<(QualifiedName, String), String>,
    proven: BTreeSet<(QualifiedName, String)>,
    /// Renamed by these migrations: the new name to the one that it had.
    renamed: BTreeMap<QualifiedName, QualifiedName>,
    /// Dropped or made anew by these migrations.
    gone: BTreeSet<QualifiedName>,
}

/// Commands that are there to run something. What a function inside of others does is told by `opaque` alone.
const RUN_CODE: &[&str] = &["DO", "CALL", "EXECUTE", "SELECT", "IMPORT FOREIGN SCHEMA", "LOAD", "ALTER EXTENSION"];

impl<'a> Known<'a> {
    pub(super) fn new(before: &'a Schema, search_path: Vec<String>) -> Self {
        let search_path = if search_path.is_empty() { vec!["public".to_owned()] } else { search_path };
        Self {
            before,
            search_path,
            checks: BTreeMap::new(),
            proven: BTreeSet::new(),
            renamed: BTreeMap::new(),
            gone: BTreeSet::new(),
        }
    }

    /// What this statement does, and takes note of what it means for those after it.
    pub(super) fn effects(&mut self, understood: &Understood) -> Vec<Effect> {
        let mut effects = Vec::new();
        if understood.class == Class::NotParsed {
            effects.push(effect(EffectKind::NotParsed, None, None));
        } else if understood.opaque && RUN_CODE.contains(&understood.command.as_str()) {
            effects.push(effect(EffectKind::RunsCode, None, Some(understood.command.clone())));
        }
        self.of_shape(&understood.shape, &mut effects);
        effects.sort();
        effects.dedup();
        effects
    }

    /// The locks that a statement is known to take on what was there before, the strongest on each: for one that no
    /// transaction may hold, and for one that did not run.
    pub(super) fn locks(&self, understood: &Understood, major: u32) -> Vec<Lock> {
        let mut found: BTreeMap<QualifiedName, LockMode> = BTreeMap::new();
        for lock in known_locks(understood, major, &Anything).unwrap_or_default() {
            for name in self.relations(&lock.on) {
                found.entry(name).and_modify(|mode| *mode = lock.mode.max(*mode)).or_insert(lock.mode);
            }
        }
        let kind = |name: &QualifiedName| match self.before.view(name) {
            Some(view) if view.materialized => RelationKind::MaterializedView,
            Some(_) => RelationKind::View,
            None => RelationKind::Table,
        };
        found
            .into_iter()
            .map(|(name, mode)| Lock { kind: kind(&name), relation: name.to_string(), mode, seen: Seen::Known })
            .collect()
    }

    /// What a lock is on, by name. Indexes and sequences are locked with their tables and go without saying.
    fn relations(&self, on: &On) -> Vec<QualifiedName> {
        let of = |name: &Name, pick: &dyn Fn(&Table, &QualifiedName) -> bool| -> Vec<QualifiedName> {
            let Some(subject) = self.relation(name) else { return Vec::new() };
            let tables = self.before.tables.iter().filter(|table| pick(table, &subject));
            tables.map(|table| table.name.clone()).collect()
        };
        match on {
            On::Relation(name) => self.relation(name).into_iter().collect(),
            On::TableOf(name) => self.table_of_index(name).into_iter().collect(),
            On::ChildrenOf(name) => of(name, &|table, parent| {
                table.partition_of.as_ref().is_some_and(|of| of.parent == *parent) || table.inherits.contains(parent)
            }),
            On::DefaultOf(name) => of(name, &|table, parent| {
                table.partition_of.as_ref().is_some_and(|of| of.parent == *parent && of.bound == "DEFAULT")
            }),
            On::Referencing(name) => of(name, &|table, to| table.foreign_keys.iter().any(|key| key.references == *to)),
            On::ParentOf(name) => self
                .relation(name)
                .and_then(|name| self.before.table(&name)?.partition_of.as_ref().map(|of| of.parent.clone()))
                .into_iter()
                .collect(),
            On::ReferencedBy(name, key) => {
                let table = self.relation(name).and_then(|name| self.before.table(&name));
                let keys = table.into_iter().flat_map(|table| &table.foreign_keys);
                let wanted = keys.filter(|found| key.as_ref().is_none_or(|key| *key == found.name));
                wanted.map(|key| key.references.clone()).collect()
            }
            On::SourcesOf(name) => self
                .relation(name)
                .and_then(|name| self.before.view(&name))
                .map(|view| view.depends_on.clone())
                .unwrap_or_default(),
            On::Schema(schema) => self
                .before
                .tables
                .iter()
                .map(|table| &table.name)
                .filter(|name| name.schema == *schema)
                .cloned()
                .collect(),
            On::Database => self.before.tables.iter().map(|table| table.name.clone()).collect(),
            On::IndexesOf(_) | On::SequencesOf(_) | On::DependentsOf(_) | On::UsersOf(_) | On::TypedBy(_) => Vec::new(),
        }
    }

    fn of_shape(&mut self, shape: &Shape, effects: &mut Vec<Effect>) {
        match shape {
            Shape::Alter(alter) => self.alter(alter, effects),
            Shape::CreateTable(create) => {
                if let Some(parent) = create.partition_of.as_ref().and_then(|parent| self.relation(parent)) {
                    self.scan_default_partition(&parent, effects);
                }
            }
            Shape::CreateIndex(create) => {
                if let Some(table) = self.relation(&create.table) {
                    let detail = create.index.as_ref().map(|name| format!("index {name}"));
                    effects.push(effect(EffectKind::BuildsIndex, Some(&table), detail.clone()));
                    if create.unique {
                        effects.push(effect(EffectKind::FailsOnBadRows, Some(&table), detail));
                    }
                }
            }
            Shape::Drop(drop) => self.drop(drop, effects),
            Shape::Truncate { tables, .. } => {
                for table in tables.iter().filter_map(|name| self.relation(name)) {
                    effects.push(effect(EffectKind::LosesData, Some(&table), Some("every row".to_owned())));
                }
            }
            Shape::Reindex { target: ReindexTarget::Table(name), .. } => {
                if let Some(table) = self.relation(name) {
                    effects.push(effect(EffectKind::BuildsIndex, Some(&table), Some("every index".to_owned())));
                }
            }
            Shape::Reindex { target: ReindexTarget::Index(name), .. } => {
                if let Some(table) = self.table_of_index(name) {
                    effects.push(effect(EffectKind::BuildsIndex, Some(&table), Some(format!("index {name}"))));
                }
            }
            Shape::Vacuum { tables, full: true, .. } => {
                for table in tables.iter().filter_map(|name| self.relation(name)) {
                    effects.push(effect(EffectKind::Rewrites, Some(&table), None));
                }
            }
            Shape::Cluster { table: Some(table), .. } => {
                if let Some(table) = self.relation(table) {
                    effects.push(effect(EffectKind::Rewrites, Some(&table), None));
                }
            }
            Shape::AlterType { name, change } => {
                let detail = match change {
                    TypeChange::RenameValue => format!("a value of type {name}"),
                    TypeChange::RenameAttribute => format!("an attribute of type {name}"),
                    TypeChange::RenameTo(to) => format!("type {name} to {to}"),
                    TypeChange::SetSchema(schema) => format!("type {name} to schema {schema}"),
                    _ => return,
                };
                effects.push(effect(EffectKind::Renames, None, Some(detail)));
            }
            Shape::AlterDomain { name, change } => self.alter_domain(name, change, effects),
            Shape::Rows(rows) => {
                for table in rows.written.iter().filter_map(|name| self.relation(name)) {
                    let detail = rows.every_row.then(|| "every row".to_owned());
                    effects.push(effect(EffectKind::ChangesRows, Some(&table), detail));
                }
            }
            _ => {}
        }
    }

    fn alter(&mut self, alter: &Alter, effects: &mut Vec<Effect>) {
        let Some(table) = self.relation(&alter.name) else { return };
        for action in &alter.actions {
            match action {
                TableAction::AddColumn { column, .. } => add_column(&table, column, effects),
                TableAction::DropColumn { column, .. } => {
                    effects.push(effect(EffectKind::LosesData, Some(&table), Some(format!("column {column}"))));
                }
                TableAction::AlterColumn { column, change: ColumnChange::SetNotNull }
                    if !self.is_proven(&table, column) =>
                {
                    let detail = Some(format!("column {column} becomes NOT NULL"));
                    effects.push(effect(EffectKind::Scans, Some(&table), detail.clone()));
                    effects.push(effect(EffectKind::FailsOnBadRows, Some(&table), detail));
                }
                TableAction::AddConstraint(constraint) => self.add_constraint(&table, constraint, effects),
                TableAction::ValidateConstraint { name } => {
                    let detail = Some(format!("constraint {name}"));
                    effects.push(effect(EffectKind::Scans, Some(&table), detail.clone()));
                    effects.push(effect(EffectKind::FailsOnBadRows, Some(&table), detail));
                    if let Some(column) = self.checks.get(&(table.clone(), name.clone())) {
                        self.proven.insert((table.clone(), column.clone()));
                    }
                }
                TableAction::RenameColumn { from, to } => {
                    effects.push(effect(EffectKind::Renames, Some(&table), Some(format!("column {from} to {to}"))));
                }
                TableAction::RenameTo(to) => {
                    effects.push(effect(EffectKind::Renames, Some(&table), Some(format!("to {to}"))));
                    let now = QualifiedName::new(self.current(&alter.name, &table).schema, to.clone());
                    self.rename(&table, now);
                }
                TableAction::SetSchema(schema) => {
                    let detail = Some(format!("to schema {schema}"));
                    effects.push(effect(EffectKind::Renames, Some(&table), detail));
                    let now = QualifiedName::new(schema.clone(), alter.name.name.clone());
                    self.rename(&table, now);
                }
                TableAction::AttachPartition { partition, .. } => {
                    if let Some(partition) = self.relation(partition) {
                        let detail = Some(format!("as a partition of {table}"));
                        effects.push(effect(EffectKind::Scans, Some(&partition), detail.clone()));
                        effects.push(effect(EffectKind::FailsOnBadRows, Some(&partition), detail));
                    }
                    self.scan_default_partition(&table, effects);
                }
                _ => {}
            }
        }
    }

    fn add_constraint(&mut self, table: &QualifiedName, constraint: &Constraint, effects: &mut Vec<Effect>) {
        if let (ConstraintKind::Check(expression), Some(name)) = (&constraint.kind, &constraint.name)
            && let Some(column) = not_null_column(&expression.text)
        {
            if constraint.not_valid {
                self.checks.insert((table.clone(), name.clone()), column);
            } else {
                self.proven.insert((table.clone(), column));
            }
        }
        of_constraint(table, constraint, effects);
    }

    fn drop(&mut self, drop: &Drop, effects: &mut Vec<Effect>) {
        for name in &drop.names {
            match drop.kind {
                ObjectKind::Table | ObjectKind::ForeignTable | ObjectKind::MaterializedView => {
                    if let Some(table) = self.relation(name) {
                        effects.push(effect(EffectKind::LosesData, Some(&table), Some(WHOLE_TABLE.to_owned())));
                        self.gone.insert(table);
                    }
                }
                ObjectKind::Schema => {
                    let tables = self.before.tables.iter().map(|table| &table.name);
                    let inside = |table: &&QualifiedName| !self.gone.contains(table) && self.now(table) == name.name;
                    let inside: Vec<_> = tables.filter(inside).cloned().collect();
                    for table in inside {
                        let detail = Some(format!("{WITH_SCHEMA} {}", name.name));
                        effects.push(effect(EffectKind::LosesData, Some(&table), detail));
                        self.gone.insert(table);
                    }
                }
                ObjectKind::View | ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                    let kind = if drop.kind == ObjectKind::View { "view" } else { "function" };
                    effects.push(effect(EffectKind::Removes, None, Some(format!("{kind} {name}"))));
                }
                _ => {}
            }
        }
    }

    fn rename(&mut self, table: &QualifiedName, now: QualifiedName) {
        self.renamed.retain(|_, before| before != table);
        self.renamed.insert(now, table.clone());
    }

    /// The schema that a table is in by now.
    fn now<'b>(&'b self, table: &'b QualifiedName) -> &'b str {
        let moved = self.renamed.iter().find(|(_, before)| *before == table);
        &moved.map_or(table, |(now, _)| now).schema
    }

    /// Every column of the domain is checked again, wherever it is.
    fn alter_domain(&self, name: &Name, change: &DomainChange, effects: &mut Vec<Effect>) {
        let checks = match change {
            DomainChange::AddConstraint(constraint) => !constraint.not_valid,
            DomainChange::ValidateConstraint | DomainChange::SetNotNull => true,
            _ => false,
        };
        if !checks {
            return;
        }
        let schemas = match &name.schema {
            Some(schema) => vec![schema.clone()],
            None => self.search_path.clone(),
        };
        let domain = self
            .before
            .domains
            .iter()
            .find(|domain| domain.name.name == name.name && schemas.contains(&domain.name.schema));
        let Some(domain) = domain else { return };
        let spelled = domain.name.to_string();
        for table in &self.before.tables {
            let uses = |ty: &str| ty == spelled || ty == format!("{spelled}[]");
            if table.columns.iter().any(|column| uses(&column.data_type)) {
                let detail = Some(format!("domain {name}"));
                effects.push(effect(EffectKind::Scans, Some(&table.name), detail.clone()));
                effects.push(effect(EffectKind::FailsOnBadRows, Some(&table.name), detail));
            }
        }
    }

    fn scan_default_partition(&self, parent: &QualifiedName, effects: &mut Vec<Effect>) {
        let default =
            self.before.tables.iter().find(|table| {
                table.partition_of.as_ref().is_some_and(|of| of.parent == *parent && of.bound == "DEFAULT")
            });
        if let Some(table) = default {
            let detail = Some("the default partition".to_owned());
            effects.push(effect(EffectKind::Scans, Some(&table.name), detail));
        }
    }

    /// The relation that was there before, under the name that it had then.
    fn relation(&self, name: &Name) -> Option<QualifiedName> {
        let schemas = match &name.schema {
            Some(schema) => vec![schema.clone()],
            None => self.search_path.clone(),
        };
        schemas.into_iter().map(|schema| QualifiedName::new(schema, name.name.clone())).find_map(|name| {
            if let Some(original) = self.renamed.get(&name) {
                return Some(original.clone());
            }
            let there = self.before.table(&name).is_some() || self.before.view(&name).is_some();
            (there && !self.gone.contains(&name)).then_some(name)
        })
    }

    /// The name as it is now, in full.
    fn current(&self, name: &Name, original: &QualifiedName) -> QualifiedName {
        QualifiedName::new(name.schema.clone().unwrap_or_else(|| original.schema.clone()), name.name.clone())
    }

    fn table_of_index(&self, name: &Name) -> Option<QualifiedName> {
        let table = self.before.tables.iter().find(|table| {
            let schema = name
                .schema
                .as_ref()
                .map_or_else(|| self.search_path.contains(&table.name.schema), |schema| *schema == table.name.schema);
            schema && super::around::has_index(table, &name.name)
        })?;
        Some(table.name.clone())
    }

    /// Whether a valid check says already that the column holds no NULL: PostgreSQL (12 and later) then does not look.
    fn is_proven(&self, table: &QualifiedName, column: &str) -> bool {
        let checked = self.before.table(table).is_some_and(|found| {
            found.checks.iter().any(|check| {
                !check.not_valid && !check.not_enforced && not_null_column(&check.expression).as_deref() == Some(column)
            })
        });
        checked || self.proven.contains(&(table.clone(), column.to_owned()))
    }
}
