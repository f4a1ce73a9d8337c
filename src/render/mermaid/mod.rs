//! Mermaid entity-relationship diagrams that parse in every Mermaid from 10.0 on, GitHub's included.
//!
//! A schema that one diagram holds is `schema.mmd`. A larger one becomes an overview of its clusters under that name
//! and a `schema-<cluster>.mmd` for each of them. No diagram ever exceeds the limits: past Mermaid's 50,000 characters
//! a reader sees an error instead of the whole picture.

pub(in crate::render) mod entity;
mod overview;
pub(in crate::render) mod parts;
pub mod spell;

use std::collections::BTreeSet;

use crate::schema::{QualifiedName, Table};

pub use entity::Detail;
use parts::split;

use super::{File, View, clusters};

/// What a diagram may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MermaidOptions {
    /// In UTF-16 units, as Mermaid counts. Mermaid's own limit is 50,000 and cannot be raised from within a diagram.
    pub max_chars: usize,
    /// More tables than this are shown in parts.
    pub max_tables_per_diagram: usize,
    /// More relations than this in one diagram are left out, and a comment says how many.
    pub max_edges: usize,
    /// Draws views, with what they read.
    pub views: bool,
    /// Shows the beginning of the columns' comments.
    pub comments: bool,
}

impl Default for MermaidOptions {
    fn default() -> Self {
        Self {
            max_chars: 45_000,
            max_tables_per_diagram: clusters::MAX_TABLES,
            max_edges: 300,
            views: false,
            comments: true,
        }
    }
}

/// A diagram of one part of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// As [`super::Cluster::id`], with a number where a cluster needs more than one diagram.
    pub id: String,
    pub title: String,
    pub text: String,
    /// What it shows with all columns.
    pub tables: Vec<QualifiedName>,
}

/// The whole schema: the diagram named `schema`, and those of its parts where it does not hold everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    pub main: String,
    /// Empty where `main` shows everything.
    pub parts: Vec<Diagram>,
}

/// `schema.mmd`, and `schema-<part>.mmd` where it is an overview.
pub fn render(view: &View<'_>, options: &MermaidOptions) -> Vec<File> {
    let chart = chart(view, options);
    let mut files = vec![File::text("schema.mmd", chart.main)];
    files.extend(chart.parts.into_iter().map(|part| File::text(format!("schema-{}.mmd", part.id), part.text)));
    files
}

/// The diagrams of [`render`], for those who embed them.
pub fn chart(view: &View<'_>, options: &MermaidOptions) -> Chart {
    let tables: Vec<_> = view.main_tables().collect();
    if let [whole] = split(view, &tables, options).as_slice()
        && tables.len() <= options.max_tables_per_diagram
    {
        return Chart { main: whole.render(view, options), parts: Vec::new() };
    }
    let clusters = clusters::clusters_of(view, options.max_tables_per_diagram);
    let mut parts = Vec::new();
    for cluster in &clusters {
        let pieces = split(view, &cluster.tables, options);
        let many = pieces.len() > 1;
        for (at, piece) in pieces.iter().enumerate() {
            let number = at + 1;
            parts.push(Diagram {
                id: if many { format!("{}--{number}", cluster.id) } else { cluster.id.clone() },
                title: if many { format!("{} ({number})", cluster.title) } else { cluster.title.clone() },
                text: piece.render(view, options),
                tables: piece.tables().map(|table| table.name.clone()).collect(),
            });
        }
    }
    Chart { main: overview::overview(view, &clusters, options), parts }
}

/// One diagram of these tables and the foreign keys between them: with every column where that fits, else with key
/// columns, else with names, else with as many as fit.
pub fn diagram(view: &View<'_>, tables: &[&Table], options: &MermaidOptions) -> String {
    let details: Vec<_> = tables.iter().map(|table| (*table, Detail::Full)).collect();
    parts::fitted(view, &details, options)
}

/// A table with all its columns and its direct neighbours by foreign keys, those with their key columns.
///
/// Of a table with very many neighbours the first thirty by name are shown, and a comment counts the rest.
pub fn neighbourhood(view: &View<'_>, table: &Table, options: &MermaidOptions) -> String {
    const NEIGHBOURS: usize = 30;
    let mut names = BTreeSet::new();
    names.extend(table.foreign_keys.iter().filter_map(|key| view.main_table(&key.references)).map(|table| &table.name));
    names.extend(table.inherits.iter().filter_map(|parent| view.main_table(parent)).map(|table| &table.name));
    names.extend(view.referenced_by(&table.name).map(|(other, _)| &other.name));
    names.remove(&table.name);
    let mut tables = vec![(table, Detail::Full)];
    let near = names.iter().filter_map(|name| view.schema.table(name)).take(NEIGHBOURS);
    tables.extend(near.map(|table| (table, Detail::Keys)));
    let mut text = parts::fitted(view, &tables, options);
    if names.len() > NEIGHBOURS {
        text.push_str(&format!("  %% {} more neighbours are left out\n", names.len() - NEIGHBOURS));
    }
    text
}

/// Length as Mermaid counts it.
pub(in crate::render) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The first line. Nothing may stand before it in 10.0.
pub(in crate::render) const HEADER: &str = "erDiagram\n";
