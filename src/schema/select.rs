//! Which objects are shown: globs, a neighbourhood, and whether extensions' own objects are.

use std::collections::BTreeSet;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::{About, QualifiedName, Schema};

/// What to keep. The default keeps everything but the objects that extensions bring.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    include: Option<GlobSet>,
    exclude: GlobSet,
    around: Option<(String, usize)>,
    extension_objects: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    #[error("{pattern:?} is not a pattern: {reason}")]
    Pattern { pattern: String, reason: String },
    #[error("there is no table or view called {name:?}{}", hint(near))]
    NoSuchTable { name: String, near: Option<String> },
    #[error("{name:?} could be any of {}; write it with its schema", candidates.join(", "))]
    Ambiguous { name: String, candidates: Vec<String> },
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

impl Selection {
    /// Patterns match `schema.name` without quotes; `*` matches anything, dots included. A pattern without a dot
    /// matches the name alone, in any schema.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, SelectionError> {
        Ok(Self {
            include: if include.is_empty() { None } else { Some(globs(include)?) },
            exclude: globs(exclude)?,
            ..Self::default()
        })
    }

    /// Only this table or view and what lies within `depth` foreign keys (or view dependencies) of it.
    pub fn around(mut self, table: impl Into<String>, depth: usize) -> Self {
        self.around = Some((table.into(), depth));
        self
    }

    /// Shows what extensions bring, too.
    pub fn with_extension_objects(mut self, show: bool) -> Self {
        self.extension_objects = show;
        self
    }

    fn keeps(&self, name: &QualifiedName, about: &About) -> bool {
        if about.extension.is_some() && !self.extension_objects {
            return false;
        }
        let plain = name.plain();
        self.include.as_ref().is_none_or(|set| set.is_match(&plain)) && !self.exclude.is_match(&plain)
    }

    /// The selected part of a schema. Foreign keys to tables left out stay as they are: they are facts of their table.
    pub fn apply(&self, schema: &Schema) -> Result<Schema, SelectionError> {
        let mut kept = schema.clone();
        macro_rules! filter {
            ($($list:ident),*) => { $(kept.$list.retain(|object| self.keeps(&object.name, &object.about));)* };
        }
        filter!(enums, domains, composites, ranges, sequences, tables, views, routines, aggregates, statistics);
        if !self.extension_objects {
            kept.schemas.retain(|object| object.about.extension.is_none());
            kept.event_triggers.retain(|object| object.about.extension.is_none());
            kept.foreign_servers.retain(|object| object.about.extension.is_none());
        }
        if let Some((table, depth)) = &self.around {
            let centre = find_relation(&kept, table)?;
            let near = neighbourhood(&kept, centre, *depth);
            kept.tables.retain(|table| near.contains(&table.name));
            kept.views.retain(|view| near.contains(&view.name));
            kept.sequences.retain(|sequence| sequence.owned_by_table.as_ref().is_some_and(|name| near.contains(name)));
            kept.statistics.retain(|statistics| near.contains(&statistics.table));
            let functions: BTreeSet<_> = kept
                .tables
                .iter()
                .flat_map(|table| &table.triggers)
                .chain(kept.views.iter().flat_map(|view| &view.triggers))
                .map(|trigger| trigger.function.clone())
                .collect();
            kept.routines.retain(|routine| functions.contains(&routine.name));
            kept.aggregates.clear();
            let used: BTreeSet<String> = kept
                .tables
                .iter()
                .flat_map(|table| &table.columns)
                .chain(kept.views.iter().flat_map(|view| &view.columns))
                .map(|column| base_type(&column.data_type).to_owned())
                .collect();
            kept.enums.retain(|object| used.contains(&object.name.to_string()));
            kept.domains.retain(|object| used.contains(&object.name.to_string()));
            kept.composites.retain(|object| used.contains(&object.name.to_string()));
            kept.ranges.retain(|object| used.contains(&object.name.to_string()));
            for publication in &mut kept.publications {
                publication.tables.retain(|table| near.contains(&table.name));
            }
            kept.publications.retain(|publication| publication.all_tables || !publication.tables.is_empty());
        }
        if self.include.is_some() || self.around.is_some() {
            let schemas: BTreeSet<_> = kept.named().map(|name| name.schema.clone()).collect();
            kept.schemas.retain(|object| schemas.contains(&object.name));
        }
        Ok(kept)
    }
}

impl Schema {
    /// The names of everything that lives in a PostgreSQL schema.
    pub fn named(&self) -> impl Iterator<Item = &QualifiedName> {
        let tables = self.tables.iter().map(|object| &object.name);
        let views = self.views.iter().map(|object| &object.name);
        let sequences = self.sequences.iter().map(|object| &object.name);
        let enums = self.enums.iter().map(|object| &object.name);
        let domains = self.domains.iter().map(|object| &object.name);
        let composites = self.composites.iter().map(|object| &object.name);
        let ranges = self.ranges.iter().map(|object| &object.name);
        let routines = self.routines.iter().map(|object| &object.name);
        let aggregates = self.aggregates.iter().map(|object| &object.name);
        let statistics = self.statistics.iter().map(|object| &object.name);
        tables
            .chain(views)
            .chain(sequences)
            .chain(enums)
            .chain(domains)
            .chain(composites)
            .chain(ranges)
            .chain(routines)
            .chain(aggregates)
            .chain(statistics)
    }
}

/// A column's type without array brackets and without a modifier: what a user-made type is looked up by.
pub fn base_type(data_type: &str) -> &str {
    let mut base = data_type.trim_end_matches("[]");
    if base.ends_with(')')
        && let Some(at) = base.rfind('(')
    {
        base = &base[..at];
    }
    base
}

fn globs(patterns: &[String]) -> Result<GlobSet, SelectionError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let qualified = if pattern.contains('.') { pattern.clone() } else { format!("*.{pattern}") };
        let glob = Glob::new(&qualified)
            .map_err(|error| SelectionError::Pattern { pattern: pattern.clone(), reason: error.kind().to_string() })?;
        set.add(glob);
    }
    set.build().map_err(|error| SelectionError::Pattern { pattern: patterns.join(", "), reason: error.to_string() })
}

/// The relation that a person means by `orders`, `shop.orders` or `"Odd"."T"`.
fn find_relation(schema: &Schema, text: &str) -> Result<QualifiedName, SelectionError> {
    let names = || schema.tables.iter().map(|table| &table.name).chain(schema.views.iter().map(|view| &view.name));
    let exact = text.parse::<QualifiedName>().ok();
    if let Some(name) = names().find(|name| exact.as_ref() == Some(*name) || name.plain() == text) {
        return Ok(name.clone());
    }
    let mut candidates: Vec<_> = names().filter(|name| name.name == text).cloned().collect();
    match candidates.len() {
        1 => Ok(candidates.remove(0)),
        0 => {
            let near = names()
                .map(|name| (strsim::damerau_levenshtein(&name.name, text.rsplit('.').next().unwrap_or(text)), name))
                .filter(|(distance, _)| *distance <= 3)
                .min()
                .map(|(_, name)| name.to_string());
            Err(SelectionError::NoSuchTable { name: text.to_owned(), near })
        }
        _ => Err(SelectionError::Ambiguous {
            name: text.to_owned(),
            candidates: candidates.iter().map(ToString::to_string).collect(),
        }),
    }
}

fn neighbourhood(schema: &Schema, centre: QualifiedName, depth: usize) -> BTreeSet<QualifiedName> {
    let mut edges: Vec<(&QualifiedName, &QualifiedName)> = Vec::new();
    for table in &schema.tables {
        edges.extend(table.foreign_keys.iter().map(|key| (&table.name, &key.references)));
        edges.extend(table.partition_of.iter().map(|partition| (&table.name, &partition.parent)));
        edges.extend(table.inherits.iter().map(|parent| (&table.name, parent)));
    }
    for view in &schema.views {
        edges.extend(view.depends_on.iter().map(|other| (&view.name, other)));
    }
    let mut near = BTreeSet::from([centre]);
    for _ in 0..depth {
        let next: Vec<_> = edges
            .iter()
            .flat_map(|(a, b)| {
                let forward = near.contains(*a).then(|| (*b).clone());
                let backward = near.contains(*b).then(|| (*a).clone());
                forward.into_iter().chain(backward)
            })
            .collect();
        near.extend(next);
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ForeignKey, Table};

    fn chain() -> Schema {
        let table = |name: &str, to: Option<&str>| Table {
            name: QualifiedName::new("public", name),
            foreign_keys: to
                .map(|to| ForeignKey { references: QualifiedName::new("public", to), ..ForeignKey::default() })
                .into_iter()
                .collect(),
            ..Table::default()
        };
        let mut schema = Schema {
            tables: vec![table("a", None), table("b", Some("a")), table("c", Some("b"))],
            ..Schema::default()
        };
        schema.canonicalize();
        schema
    }

    fn names(schema: &Schema) -> Vec<&str> {
        schema.tables.iter().map(|table| table.name.name.as_str()).collect()
    }

    #[test]
    fn globs_match_qualified_and_bare_names() {
        let keep = |include: &[&str], exclude: &[&str]| {
            let own = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
            let selection = Selection::new(&own(include), &own(exclude)).unwrap();
            names(&selection.apply(&chain()).unwrap()).join("")
        };
        assert_eq!(keep(&[], &[]), "abc");
        assert_eq!(keep(&["public.*"], &["b"]), "ac");
        assert_eq!(keep(&["a"], &[]), "a");
        assert_eq!(keep(&["other.*"], &[]), "");
    }

    #[test]
    fn around_follows_foreign_keys_both_ways() {
        let around = |name: &str, depth| Selection::default().around(name, depth).apply(&chain());
        assert_eq!(names(&around("a", 0).unwrap()), ["a"]);
        assert_eq!(names(&around("b", 1).unwrap()), ["a", "b", "c"]);
        assert_eq!(names(&around("public.c", 1).unwrap()), ["b", "c"]);
        assert!(around("bb", 1).unwrap_err().to_string().contains("did you mean public.b?"));
    }

    #[test]
    fn types_lose_brackets_and_modifiers() {
        assert_eq!(base_type("public.mood[]"), "public.mood");
        assert_eq!(base_type("numeric(10,2)"), "numeric");
        assert_eq!(base_type("text"), "text");
    }
}
