//! Tables that belong together, so that a large schema can be shown in parts that a person can take in.
//!
//! Promises: every main table is in exactly one cluster, no cluster crosses PostgreSQL schemas or exceeds its limit,
//! and the same schema gives the same clusters. Inside one PostgreSQL schema tables are joined bottom-up, the closest
//! pair first: by foreign keys (a key to a table that everything points at says little and weighs little), then by
//! shared beginnings of their names. Whole numbers only, so that no machine rounds differently.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::schema::Table;

use super::View;

/// As many tables as one picture shows without becoming wallpaper.
pub const MAX_TABLES: usize = 40;

/// Tables shown together.
#[derive(Clone, Debug)]
pub struct Cluster<'a> {
    /// Unique even where case is ignored; ASCII letters, digits, `-` and `_` only: fits file names and anchors.
    pub id: String,
    /// For people: `shop`, or `shop: orders` where a schema makes more than one cluster.
    pub title: String,
    /// The PostgreSQL schema that all its tables are in.
    pub schema: &'a str,
    /// By name.
    pub tables: Vec<&'a Table>,
}

/// The main tables in clusters of at most [`MAX_TABLES`], ordered by schema and title.
pub fn clusters<'a>(view: &View<'a>) -> Vec<Cluster<'a>> {
    clusters_of(view, MAX_TABLES)
}

/// The same with another limit, which must be at least 1.
pub fn clusters_of<'a>(view: &View<'a>, limit: usize) -> Vec<Cluster<'a>> {
    let mut schemas: BTreeMap<&'a str, Vec<&'a Table>> = BTreeMap::new();
    for table in view.main_tables() {
        schemas.entry(&table.name.schema).or_default().push(table);
    }
    let mut all = Vec::new();
    for (schema, tables) in schemas {
        if tables.len() <= limit {
            all.push(Cluster { id: slug(schema), title: schema.to_owned(), schema, tables });
            continue;
        }
        let mut parts: Vec<_> =
            communities(&tables, limit.max(1)).into_iter().map(|part| named(schema, part)).collect();
        parts.sort_by(|a, b| (&a.title, &a.tables[0].name).cmp(&(&b.title, &b.tables[0].name)));
        all.extend(parts);
    }
    distinguish(&mut all);
    all
}

/// A cluster is called after the beginning that most of its names share, else after its best connected table.
fn named<'a>(schema: &'a str, tables: Vec<&'a Table>) -> Cluster<'a> {
    let mut beginnings: BTreeMap<&str, usize> = BTreeMap::new();
    for table in &tables {
        *beginnings.entry(beginning(&table.name.name)).or_default() += 1;
    }
    let common = beginnings.iter().max_by_key(|(text, count)| (**count, std::cmp::Reverse(**text)));
    let word = match common {
        Some((text, count)) if count * 2 > tables.len() && tables.len() > 1 => format!("{text}*"),
        _ => {
            let inside: BTreeSet<_> = tables.iter().map(|table| &table.name).collect();
            let mut degree: BTreeMap<_, usize> = BTreeMap::new();
            for table in &tables {
                for key in table.foreign_keys.iter().filter(|key| inside.contains(&key.references)) {
                    *degree.entry(&key.references).or_default() += 2;
                    *degree.entry(&table.name).or_default() += 1;
                }
            }
            let hub = tables.iter().max_by_key(|table| {
                (degree.get(&table.name).copied().unwrap_or_default(), std::cmp::Reverse(&table.name))
            });
            hub.map(|table| table.name.name.clone()).unwrap_or_default()
        }
    };
    Cluster { id: format!("{}-{}", slug(schema), slug(&word)), title: format!("{schema}: {word}"), schema, tables }
}

/// The name up to and with its first separator: `order_` of `order_lines`; the whole name where there is none.
fn beginning(name: &str) -> &str {
    name.char_indices().skip(1).find(|(_, c)| *c == '_' || *c == '-').map_or(name, |(at, _)| &name[..=at])
}

/// Lower-case ASCII letters, digits, `-` and `_`; anything else becomes `-`.
fn slug(text: &str) -> String {
    let mapped: String = text
        .chars()
        .take(40)
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let trimmed = mapped.trim_matches(['-', '_']);
    if trimmed.is_empty() { "part".to_owned() } else { trimmed.to_owned() }
}

/// Gives ids and titles that occur twice a number.
fn distinguish(clusters: &mut [Cluster<'_>]) {
    let mut ids = BTreeSet::new();
    let mut titles = BTreeSet::new();
    for cluster in clusters {
        cluster.id = unused(&mut ids, &cluster.id, "-");
        cluster.title = unused(&mut titles, &cluster.title, " ");
    }
}

fn unused(taken: &mut BTreeSet<String>, wish: &str, joint: &str) -> String {
    let mut text = wish.to_owned();
    let mut number = 2;
    while !taken.insert(text.clone()) {
        text = format!("{wish}{joint}{number}");
        number += 1;
    }
    text
}

/// A pair of groups worth joining. Ordered by closeness, then by position, so that ties fall the same way each time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    closeness: u64,
    first: std::cmp::Reverse<usize>,
    second: std::cmp::Reverse<usize>,
}

/// Splits the tables of one schema into groups of at most `limit`.
fn communities<'a>(tables: &[&'a Table], limit: usize) -> Vec<Vec<&'a Table>> {
    let mut groups: Vec<Vec<usize>> = (0..tables.len()).map(|at| vec![at]).collect();
    let mut links = affinities(tables);
    let closeness = |weight: u64, a: usize, b: usize| weight * 1000 / (a * b) as u64;
    let mut heap = BinaryHeap::new();
    for (a, near) in links.iter().enumerate() {
        for (&b, &weight) in near.range(a + 1..) {
            let closeness = closeness(weight, 1, 1);
            heap.push(Candidate { closeness, first: std::cmp::Reverse(a), second: std::cmp::Reverse(b) });
        }
    }
    while let Some(candidate) = heap.pop() {
        let (a, b) = (candidate.first.0, candidate.second.0);
        let (size_a, size_b) = (groups[a].len(), groups[b].len());
        let current = links[a].get(&b).map(|&weight| closeness(weight, size_a.max(1), size_b.max(1)));
        // A candidate goes stale when one of its groups grew or went up in another; a fresh one is in the heap then.
        if size_a == 0 || size_b == 0 || current != Some(candidate.closeness) || size_a + size_b > limit {
            continue;
        }
        let moved = std::mem::take(&mut groups[b]);
        groups[a].extend(moved);
        for (other, weight) in std::mem::take(&mut links[b]) {
            links[other].remove(&b);
            if other != a {
                *links[a].entry(other).or_default() += weight;
                *links[other].entry(a).or_default() += weight;
            }
        }
        for (&other, &weight) in &links[a] {
            let (first, second) = (a.min(other), a.max(other));
            let closeness = closeness(weight, groups[a].len(), groups[other].len());
            heap.push(Candidate { closeness, first: std::cmp::Reverse(first), second: std::cmp::Reverse(second) });
        }
    }
    groups.retain(|group| !group.is_empty());
    gather(groups, limit)
        .into_iter()
        .map(|mut group| {
            group.sort_unstable();
            group.into_iter().map(|at| tables[at]).collect()
        })
        .collect()
}

/// How strongly tables belong together, by position, both ways.
fn affinities(tables: &[&Table]) -> Vec<BTreeMap<usize, u64>> {
    let positions: BTreeMap<_, usize> = tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
    let mut incoming = vec![0u64; tables.len()];
    for key in tables.iter().flat_map(|table| &table.foreign_keys) {
        if let Some(&to) = positions.get(&key.references) {
            incoming[to] += 1;
        }
    }
    let mut links = vec![BTreeMap::new(); tables.len()];
    let mut link = |a: usize, b: usize, weight: u64| {
        if a != b {
            *links[a].entry(b).or_default() += weight;
            *links[b].entry(a).or_default() += weight;
        }
    };
    for (from, table) in tables.iter().enumerate() {
        for key in &table.foreign_keys {
            if let Some(&to) = positions.get(&key.references) {
                link(from, to, 10_000 / incoming[to].max(2));
            }
        }
        for parent in &table.inherits {
            if let Some(&to) = positions.get(parent) {
                link(from, to, 8_000);
            }
        }
    }
    // Neighbours in the order of names, not all pairs: a thousand tables called `t_…` must not cost a million links.
    for at in 1..tables.len() {
        let (a, b) = (beginning(&tables[at - 1].name.name), beginning(&tables[at].name.name));
        if a.trim_end_matches('_') == b.trim_end_matches('_') {
            link(at - 1, at, 1_500);
        }
    }
    links
}

/// Puts the small groups that nothing ties to anything together, in order, so that none is left with two tables.
fn gather(groups: Vec<Vec<usize>>, limit: usize) -> Vec<Vec<usize>> {
    let (mut small, mut kept): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() * 4 <= limit);
    small.sort_by_key(|group| group.iter().min().copied());
    let mut open: Vec<usize> = Vec::new();
    for group in small {
        if open.len() + group.len() > limit {
            kept.push(std::mem::take(&mut open));
        }
        open.extend(group);
    }
    if !open.is_empty() {
        kept.push(open);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::ViewOptions;
    use crate::schema::{ForeignKey, QualifiedName, Schema};

    /// Twelve shops of ten tables each, all of whose tables point at `users`, too.
    fn shops() -> Schema {
        let mut schema = Schema::default();
        let key = |to: &str| ForeignKey { references: QualifiedName::new("public", to), ..ForeignKey::default() };
        schema.tables.push(Table { name: QualifiedName::new("public", "users"), ..Table::default() });
        for shop in 0..12 {
            for at in 0..10 {
                let mut table = Table {
                    name: QualifiedName::new("public", format!("{}{shop}{at}", if at == 0 { "hub" } else { "leaf" })),
                    foreign_keys: vec![key("users")],
                    ..Table::default()
                };
                if at > 0 {
                    table.foreign_keys.push(key(&format!("hub{shop}0")));
                }
                schema.tables.push(table);
            }
        }
        schema.tables.push(Table { name: QualifiedName::new("audit", "log"), ..Table::default() });
        schema.canonicalize();
        schema
    }

    #[test]
    fn every_table_is_in_exactly_one_bounded_cluster() {
        let schema = shops();
        let view = View::new(&schema, &[], None, &ViewOptions::default());
        for limit in [1, 2, 7, 40, 500] {
            let clusters = clusters_of(&view, limit);
            let mut names: Vec<_> = clusters.iter().flat_map(|c| c.tables.iter().map(|t| &t.name)).collect();
            names.sort();
            assert_eq!(names, schema.tables.iter().map(|t| &t.name).collect::<Vec<_>>(), "limit {limit}");
            assert!(clusters.iter().all(|c| c.tables.len() <= limit), "limit {limit}");
            assert!(clusters.iter().all(|c| c.tables.iter().all(|t| t.name.schema == c.schema)));
            let ids: BTreeSet<_> = clusters.iter().map(|c| &c.id).collect();
            assert_eq!(ids.len(), clusters.len());
        }
    }

    #[test]
    fn foreign_keys_hold_clusters_together() {
        let schema = shops();
        let view = View::new(&schema, &[], None, &ViewOptions::default());
        let clusters = clusters_of(&view, 15);
        for shop in 0..12 {
            let hub = QualifiedName::new("public", format!("hub{shop}0"));
            let home = clusters.iter().find(|c| c.tables.iter().any(|t| t.name == hub)).unwrap();
            let leaves = home.tables.iter().filter(|t| t.name.name.starts_with(&format!("leaf{shop}"))).count();
            assert!(leaves >= 9, "{hub}: {leaves}");
        }
    }

    #[test]
    fn small_schemas_stay_whole() {
        let schema = shops();
        let view = View::new(&schema, &[], None, &ViewOptions::default());
        let titles: Vec<_> = clusters_of(&view, 200).into_iter().map(|c| (c.id, c.title)).collect();
        assert_eq!(titles, [("audit".into(), "audit".to_owned()), ("public".into(), "public".to_owned())]);
    }
}
