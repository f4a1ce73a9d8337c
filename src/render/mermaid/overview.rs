//! The index of a schema that needs several diagrams: its clusters, what is in them, and what ties them together.

use std::collections::BTreeMap;

use crate::render::{Cluster, View};
use crate::schema::QualifiedName;

use super::parts::truncated;
use super::{HEADER, MermaidOptions, length, spell};

/// Clusters as boxes: with the names of their tables where that fits, else with how many there are.
pub(super) fn overview(view: &View<'_>, clusters: &[Cluster<'_>], options: &MermaidOptions) -> String {
    let relations = relations(view, clusters, options.max_edges);
    let mut text = format!("{HEADER}{}{relations}", boxes(clusters, true));
    if length(&text) > options.max_chars {
        text = format!("{HEADER}{}{relations}", boxes(clusters, false));
    }
    truncated(text, options.max_chars)
}

fn boxes(clusters: &[Cluster<'_>], with_tables: bool) -> String {
    let mut text = String::new();
    for cluster in clusters {
        text.push_str(&format!("  \"{}\" {{\n", name(cluster)));
        if with_tables {
            for table in &cluster.tables {
                let word = spell::word(&table.name.name);
                let note = if word == table.name.name {
                    String::new()
                } else {
                    format!(" \"{}\"", spell::text(&table.name.name, 130))
                };
                text.push_str(&format!("    table {word}{note}\n"));
            }
        } else {
            let count = cluster.tables.len();
            text.push_str(&format!("    tables _{count}\n"));
        }
        text.push_str("  }\n");
    }
    text
}

/// One line for each pair of clusters, the strongest where there are more than `limit`.
fn relations(view: &View<'_>, clusters: &[Cluster<'_>], limit: usize) -> String {
    let mut home: BTreeMap<&QualifiedName, usize> = BTreeMap::new();
    for (at, cluster) in clusters.iter().enumerate() {
        home.extend(cluster.tables.iter().map(|table| (&table.name, at)));
    }
    let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (from, cluster) in clusters.iter().enumerate() {
        for key in cluster.tables.iter().flat_map(|table| &table.foreign_keys) {
            let target = view.main_table(&key.references).and_then(|table| home.get(&table.name));
            if let Some(&to) = target.filter(|to| **to != from) {
                *counts.entry((to, from)).or_default() += 1;
            }
        }
    }
    let mut pairs: Vec<_> = counts.into_iter().collect();
    pairs.sort_by_key(|(pair, count)| (std::cmp::Reverse(*count), *pair));
    let left_out = pairs.len().saturating_sub(limit);
    pairs.truncate(limit);
    pairs.sort_unstable();
    let mut text = String::new();
    for ((to, from), count) in pairs {
        let label = if count == 1 { "1 foreign key".to_owned() } else { format!("{count} foreign keys") };
        text.push_str(&format!("  \"{}\" ||--o{{ \"{}\" : \"{label}\"\n", name(&clusters[to]), name(&clusters[from])));
    }
    if left_out > 0 {
        text.push_str(&format!("  %% {left_out} more relations are left out\n"));
    }
    text
}

/// Clusters have unique titles; spelled like a table of `public`, they stay unique.
fn name(cluster: &Cluster<'_>) -> String {
    spell::entity(&QualifiedName::new("public", cluster.title.as_str()))
}
