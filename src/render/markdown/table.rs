//! What a table's page shows.

use crate::render::describe;
use crate::render::mermaid;
use crate::render::view::short_type;
use crate::schema::select::base_type;
use crate::schema::{Column, QualifiedName, Table, Trigger};

use super::Context;
use super::data::{ColumnData, Fact, Link, NamedRow, PartitionData, PolicyData, TableData, TriggerData};
use super::links::Place;
use super::rows::{about_facts, constraints, foreign_key, grants, grouped, indexes, own, rules, size};

impl Context<'_> {
    pub(super) fn table(&self, table: &Table, depth: usize) -> TableData {
        let target = self.links.target(Place::Table, &table.name, "").cloned().unwrap_or_default();
        TableData {
            heading: target.heading,
            name: table.name.to_string(),
            kind: describe::table_kind(table),
            comment: table.about.comment.clone(),
            facts: self.table_facts(table, depth),
            columns: table.columns.iter().map(|column| self.column(table, column, depth)).collect(),
            constraints: constraints(table),
            foreign_keys: table
                .foreign_keys
                .iter()
                .map(|key| foreign_key(key, self.relation(depth, &key.references)))
                .collect(),
            indexes: indexes(&table.indexes),
            triggers: self.triggers(&table.triggers, depth),
            row_security: match (table.row_security, table.force_row_security) {
                (true, true) => Some("enabled, and forced on the owner"),
                (true, false) => Some("enabled"),
                (false, true) => Some("forced on the owner, but not enabled"),
                (false, false) if !table.policies.is_empty() => Some("not enabled: the policies do nothing"),
                (false, false) => None,
            },
            policies: table
                .policies
                .iter()
                .map(|policy| PolicyData {
                    name: policy.name.clone(),
                    command: describe::policy_command(policy),
                    restrictive: policy.restrictive,
                    roles: policy.roles.join(", "),
                    using: policy.using.clone(),
                    check: policy.check.clone(),
                    comment: policy.comment.clone(),
                })
                .collect(),
            rules: rules(&table.rules),
            statistics: self.statistics(&table.name),
            grants: grants(&table.about, &table.columns),
            partition_key: table.partition_key.as_ref().map(|key| key.definition.clone()),
            partitions: self.partitions(&table.name),
            referenced_by: self
                .view
                .referenced_by(&table.name)
                .map(|(other, key)| foreign_key(key, self.relation(depth, &other.name)))
                .collect(),
            diagram: self.has_neighbours(table).then(|| mermaid::neighbourhood(self.view, table, &self.mermaid)),
        }
    }

    fn has_neighbours(&self, table: &Table) -> bool {
        !table.foreign_keys.is_empty()
            || !table.inherits.is_empty()
            || self.view.referenced_by(&table.name).next().is_some()
    }

    fn table_facts(&self, table: &Table, depth: usize) -> Vec<Fact> {
        let mut facts = about_facts(&table.about);
        let parents = table.inherits.iter().map(|parent| self.relation(depth, parent)).collect();
        facts.extend(Fact::links("Inherits", parents));
        if let Some(of_type) = &table.of_type {
            let href = self.links.href(depth, Place::Type, of_type);
            facts.extend(Fact::links("Of type", vec![Link { text: of_type.short(), href }]));
        }
        // A partition that stands for itself: its parent is not shown.
        if let Some(partition) = &table.partition_of {
            facts.push(Fact::code("Partition of", format!("{} {}", partition.parent, partition.bound)));
        }
        if let Some(foreign) = &table.foreign {
            facts.push(Fact::code("Foreign server", &foreign.server));
            if !foreign.options.is_empty() {
                facts.push(Fact::code("Foreign options", foreign.options.join(", ")));
            }
        }
        if let Some(method) = &table.access_method {
            facts.push(Fact::code("Access method", method));
        }
        if !table.options.is_empty() {
            facts.push(Fact::code("Storage parameters", table.options.join(", ")));
        }
        if let Some(identity) = &table.replica_identity {
            facts.push(Fact::text("Replica identity", identity));
        }
        let publications = self.publications_of(&table.name);
        if !publications.is_empty() {
            facts.push(Fact::text("Published by", publications.join(", ")));
        }
        facts.extend(Fact::links("Read by", self.read_by(depth, &table.name)));
        facts.extend(self.stats_facts(&table.name));
        facts
    }

    pub(super) fn stats_facts(&self, name: &QualifiedName) -> Vec<Fact> {
        let Some(stats) = self.view.stats.and_then(|stats| stats.tables.get(name)) else { return Vec::new() };
        let rows = stats.rows.map_or("unknown, never analyzed".to_owned(), |rows| format!("about {}", grouped(rows)));
        vec![Fact::text("Rows", rows), Fact::text("Size", size(stats.bytes))]
    }

    fn publications_of(&self, name: &QualifiedName) -> Vec<String> {
        let publishes = |publication: &&crate::schema::Publication| {
            publication.all_tables
                || publication.schemas.contains(&name.schema)
                || publication.tables.iter().any(|table| table.name == *name)
        };
        self.view.schema.publications.iter().filter(publishes).map(|publication| publication.name.clone()).collect()
    }

    pub(super) fn column(&self, table: &Table, column: &Column, depth: usize) -> ColumnData {
        let mut data = self.plain_column(column, depth);
        if table.is_primary(&column.name) {
            data.keys.push("PK");
        }
        if table.is_foreign(&column.name) {
            data.keys.push("FK");
        }
        if table.is_unique(&column.name) {
            data.keys.push("UK");
        }
        for key in &table.foreign_keys {
            if let Some(at) = key.columns.iter().position(|name| *name == column.name) {
                let mut link = self.relation(depth, &key.references);
                if let Some(name) = key.referenced_columns.get(at) {
                    link.text = format!("{}.{name}", link.text);
                }
                data.references.push(link);
            }
        }
        data
    }

    /// A column of a view or a composite type.
    pub(super) fn plain_column(&self, column: &Column, depth: usize) -> ColumnData {
        let type_name = base_type(&column.data_type).parse::<QualifiedName>().ok();
        ColumnData {
            name: column.name.clone(),
            data_type: short_type(&column.data_type),
            type_href: type_name.and_then(|name| self.links.href(depth, Place::Type, &name)),
            not_null: column.not_null,
            default: describe::column_default(column),
            keys: Vec::new(),
            references: Vec::new(),
            extras: describe::column_extras(column),
            comment: column.comment.clone(),
        }
    }

    pub(super) fn triggers(&self, triggers: &[Trigger], depth: usize) -> Vec<TriggerData> {
        triggers
            .iter()
            .map(|trigger| {
                let mut notes = Vec::new();
                notes.extend(trigger.constraint.then(|| "constraint trigger".to_owned()));
                notes.extend(trigger.inherited.then(|| "cloned from the parent's".to_owned()));
                notes.extend(trigger.enabled.clone());
                TriggerData {
                    name: trigger.name.clone(),
                    event: describe::trigger_event(trigger),
                    call: describe::trigger_call(trigger),
                    call_href: self.links.href(depth, Place::Routine, &trigger.function),
                    notes,
                    comment: trigger.comment.clone(),
                }
            })
            .collect()
    }

    fn statistics(&self, name: &QualifiedName) -> Vec<NamedRow> {
        self.view
            .schema
            .statistics
            .iter()
            .filter(|object| object.table == *name)
            .map(|object| NamedRow {
                name: object.name.to_string(),
                definition: format!("{} ON {}", object.kinds.join(", "), object.on.join(", ")).trim().to_owned(),
                notes: Vec::new(),
                comment: object.about.comment.clone(),
            })
            .collect()
    }

    fn partitions(&self, parent: &QualifiedName) -> Vec<PartitionData> {
        let mut rows = Vec::new();
        let mut open: Vec<(usize, &Table)> =
            self.view.partitions(parent).iter().rev().map(|table| (0, *table)).collect();
        // Bounded, since a saved document may claim that two tables are partitions of each other.
        while let Some((depth, table)) = open.pop().filter(|_| rows.len() <= self.view.schema.tables.len()) {
            rows.push(PartitionData {
                name: table.name.to_string(),
                bound: table.partition_of.as_ref().map(|partition| partition.bound.clone()).unwrap_or_default(),
                depth,
                own: own(table),
            });
            open.extend(self.view.partitions(&table.name).iter().rev().map(|table| (depth + 1, *table)));
        }
        rows
    }
}
