//! What the index page shows, as plain data for the template.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::render::describe;
use crate::render::mermaid::Chart;
use crate::schema::{GapKind, QualifiedName};

use super::data::{Fact, GrantData, Link};
use super::links::Place;
use super::rows::{about_facts, grants};
use super::{Context, Layout};

#[derive(Clone, Debug, Serialize)]
pub struct IndexData {
    pub title: String,
    /// Whether everything is in one file.
    pub single: bool,
    /// Of the whole schema, or an overview of its clusters. Mermaid; absent where there is no table.
    pub diagram: Option<String>,
    pub diagrams: Vec<DiagramRow>,
    /// `25 tables`, `3 views`…, those that there are.
    pub counts: Vec<String>,
    pub schemas: Vec<SchemaData>,
    pub extensions: Vec<ExtensionRow>,
    pub publications: Vec<ObjectRow>,
    pub event_triggers: Vec<ObjectRow>,
    pub foreign_servers: Vec<ObjectRow>,
    /// Where the sequences are told; absent where there are none.
    pub sequences_href: Option<&'static str>,
    pub gaps: Vec<GapRow>,
}

/// A part of a schema that one diagram does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct DiagramRow {
    pub title: String,
    /// Where pages are written.
    pub href: Option<String>,
    /// Where everything is in one file.
    pub text: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct SchemaData {
    pub name: String,
    /// A plain one, see [`super::links`].
    pub heading: String,
    /// Whether rows and sizes are known.
    pub figures: bool,
    pub comment: Option<String>,
    pub facts: Vec<Fact>,
    pub grants: Vec<GrantData>,
    pub tables: Vec<IndexRow>,
    pub views: Vec<IndexRow>,
    pub types: Vec<IndexRow>,
    pub routines: Vec<IndexRow>,
}

#[derive(Clone, Debug, Serialize)]
pub struct IndexRow {
    pub name: String,
    pub href: Option<String>,
    /// `partitioned table`, `materialized view`, `enum`…
    pub kind: String,
    pub columns: usize,
    pub partitions: usize,
    pub comment: Option<String>,
    /// Present only with figures.
    pub rows: Option<String>,
    pub size: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ExtensionRow {
    pub name: String,
    pub version: String,
    pub schema: String,
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ObjectRow {
    pub name: String,
    pub definition: String,
    pub links: Vec<Link>,
    pub comment: Option<String>,
    pub facts: Vec<Fact>,
    pub grants: Vec<GrantData>,
}

#[derive(Clone, Debug, Serialize)]
pub struct GapRow {
    pub kind: &'static str,
    pub scope: String,
    pub reason: String,
}

/// The page of one diagram of several.
pub fn diagram_path(id: &str) -> String {
    format!("diagrams/{id}.md")
}

impl Context<'_> {
    pub(super) fn index(&self, chart: &Chart) -> IndexData {
        let single = self.links.layout() == Layout::Single;
        let has_tables = self.view.main_tables().next().is_some();
        let diagrams = chart.parts.iter().map(|part| DiagramRow {
            title: part.title.clone(),
            href: (!single).then(|| diagram_path(&part.id)),
            text: single.then(|| part.text.clone()),
        });
        let schema = self.view.schema;
        IndexData {
            title: self.view.title.clone(),
            single,
            diagram: has_tables.then(|| chart.main.clone()),
            diagrams: diagrams.collect(),
            counts: self.counts(),
            schemas: self.schemas(),
            extensions: schema
                .extensions
                .iter()
                .map(|extension| ExtensionRow {
                    name: extension.name.clone(),
                    version: extension.version.clone(),
                    schema: extension.schema.clone(),
                    comment: extension.comment.clone(),
                })
                .collect(),
            publications: self.publications(),
            event_triggers: self.event_triggers(),
            foreign_servers: self.foreign_servers(),
            sequences_href: (!schema.sequences.is_empty()).then_some(if single {
                "#sequences"
            } else {
                "sequences.md"
            }),
            gaps: self
                .view
                .gaps
                .iter()
                .map(|gap| GapRow { kind: gap_kind(gap.kind), scope: gap.scope.clone(), reason: gap.reason.clone() })
                .collect(),
        }
    }

    fn counts(&self) -> Vec<String> {
        let schema = self.view.schema;
        let types = schema.enums.len() + schema.domains.len() + schema.composites.len() + schema.ranges.len();
        let tables = self.view.main_tables().count();
        [
            (tables, "table"),
            (schema.tables.len() - tables, "partition"),
            (schema.views.len(), "view"),
            (types, "type"),
            (schema.routines.len() + schema.aggregates.len(), "routine"),
            (schema.sequences.len(), "sequence"),
            (schema.extensions.len(), "extension"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| super::escape::plural(count as u64, noun))
        .collect()
    }

    /// Every PostgreSQL schema that is declared or holds something that is shown.
    fn schemas(&self) -> Vec<SchemaData> {
        let schema = self.view.schema;
        let mut all: BTreeMap<&str, SchemaData> = BTreeMap::new();
        for name in
            schema.named().map(|name| name.schema.as_str()).chain(schema.schemas.iter().map(|s| s.name.as_str()))
        {
            all.entry(name).or_insert_with(|| SchemaData {
                name: name.to_owned(),
                heading: super::links::plain(name),
                figures: self.view.stats.is_some(),
                comment: None,
                facts: Vec::new(),
                grants: Vec::new(),
                tables: Vec::new(),
                views: Vec::new(),
                types: Vec::new(),
                routines: Vec::new(),
            });
        }
        for object in &schema.schemas {
            if let Some(data) = all.get_mut(object.name.as_str()) {
                data.comment = object.about.comment.clone();
                data.facts = about_facts(&object.about);
                data.grants = grants(&object.about, &[]);
            }
        }
        let row = |place: Place, name: &QualifiedName, kind: String, columns: usize, comment: &Option<String>| {
            let figures = self.stats_facts(name);
            let figure = |label: &str| figures.iter().find(|fact| fact.label == label).map(|fact| fact.value.clone());
            IndexRow {
                name: name.name.clone(),
                href: self.links.href(0, place, name),
                kind,
                columns,
                partitions: self.view.partition_count(name),
                comment: comment.clone(),
                rows: figure("Rows"),
                size: figure("Size"),
            }
        };
        for table in self.view.main_tables() {
            if let Some(data) = all.get_mut(table.name.schema.as_str()) {
                let kind = describe::table_kind(table);
                data.tables.push(row(Place::Table, &table.name, kind, table.columns.len(), &table.about.comment));
            }
        }
        for object in &schema.views {
            if let Some(data) = all.get_mut(object.name.schema.as_str()) {
                let kind = if object.materialized { "materialized view" } else { "view" };
                let columns = object.columns.len();
                data.views.push(row(Place::View, &object.name, kind.to_owned(), columns, &object.about.comment));
            }
        }
        for object in self.all_types(0) {
            if let Some(data) = all.get_mut(object.schema.as_str()) {
                let name = object.name.parse().unwrap_or_default();
                data.types.push(row(Place::Type, &name, object.kind.to_owned(), 0, &object.comment));
            }
        }
        let mut routines: Vec<_> = schema
            .routines
            .iter()
            .map(|object| (&object.name, &object.identity, describe::routine_kind(object), &object.about.comment))
            .chain(
                schema
                    .aggregates
                    .iter()
                    .map(|object| (&object.name, &object.identity, "aggregate", &object.about.comment)),
            )
            .collect();
        routines.sort_by_key(|(name, identity, ..)| (*name, *identity));
        for (name, identity, kind, comment) in routines {
            if let Some(data) = all.get_mut(name.schema.as_str()) {
                let mut row = row(Place::Routine, name, kind.to_owned(), 0, comment);
                row.name = format!("{}({identity})", name.name);
                row.href = self.links.target(Place::Routine, name, identity).map(|target| self.links.to(0, target));
                data.routines.push(row);
            }
        }
        all.into_values().collect()
    }

    fn publications(&self) -> Vec<ObjectRow> {
        let row = |object: &crate::schema::Publication| {
            let mut words = Vec::new();
            words.extend(object.all_tables.then(|| "all tables".to_owned()));
            words.extend(object.schemas.iter().map(|name| format!("all tables of {name}")));
            let operations = object.operations.join(", ");
            words.extend((!operations.is_empty()).then_some(operations));
            words.extend(object.via_partition_root.then(|| "via partition root".to_owned()));
            let link = |table: &crate::schema::PublishedTable| {
                let mut link = self.relation(0, &table.name);
                if !table.columns.is_empty() {
                    link.text.push_str(&format!(" ({})", table.columns.join(", ")));
                }
                link.text.extend(table.filter.iter().map(|filter| format!(" WHERE {filter}")));
                link
            };
            ObjectRow {
                name: object.name.clone(),
                definition: words.join("; "),
                links: object.tables.iter().map(link).collect(),
                comment: object.about.comment.clone(),
                facts: about_facts(&object.about),
                grants: Vec::new(),
            }
        };
        self.view.schema.publications.iter().map(row).collect()
    }

    fn event_triggers(&self) -> Vec<ObjectRow> {
        let row = |object: &crate::schema::EventTrigger| {
            let mut definition = format!("ON {}", object.event);
            if !object.tags.is_empty() {
                definition.push_str(&format!(" WHEN TAG IN ({})", object.tags.join(", ")));
            }
            definition.extend(object.enabled.iter().map(|state| format!(" ({state})")));
            let href = self.links.href(0, Place::Routine, &object.function);
            ObjectRow {
                name: object.name.clone(),
                definition,
                links: vec![Link { text: object.function.short(), href }],
                comment: object.about.comment.clone(),
                facts: about_facts(&object.about),
                grants: Vec::new(),
            }
        };
        self.view.schema.event_triggers.iter().map(row).collect()
    }

    fn foreign_servers(&self) -> Vec<ObjectRow> {
        let row = |object: &crate::schema::ForeignServer| {
            let mut definition = format!("wrapper {}", object.wrapper);
            definition.extend(object.server_type.iter().map(|text| format!(", type {text}")));
            definition.extend(object.version.iter().map(|text| format!(", version {text}")));
            if !object.options.is_empty() {
                definition.push_str(&format!(", {}", object.options.join(", ")));
            }
            ObjectRow {
                name: object.name.clone(),
                definition,
                links: Vec::new(),
                comment: object.about.comment.clone(),
                facts: about_facts(&object.about),
                grants: grants(&object.about, &[]),
            }
        };
        self.view.schema.foreign_servers.iter().map(row).collect()
    }
}

fn gap_kind(kind: GapKind) -> &'static str {
    match kind {
        GapKind::NoPermission => "no permission",
        GapKind::MissingExtension => "missing extension",
        GapKind::SkippedStatement => "skipped statement",
        GapKind::Unstable => "changed while it was read",
        GapKind::NotCharted => "not charted",
        GapKind::NotReadable => "not readable",
    }
}
