//! What a comparison leaves aside: facts that differ between databases on purpose, and objects by name.
//!
//! Done to both schemas before they are compared, so that the laws of [`super::diff`] hold for what is left.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde_json::Value;

use crate::schema::select::{Selection, SelectionError};
use crate::schema::{Gap, GapKind, QualifiedName, Schema};

/// A group of facts that can be left aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// Who owns an object.
    Owners,
    /// Privileges, on objects and on columns.
    Grants,
    ExtensionVersions,
    Comments,
    /// In which order a table, view or composite type has its columns.
    ColumnOrder,
    /// That a database has objects of kinds that the model does not hold: casts, operators, default privileges…
    NotCharted,
}

impl Aside {
    pub const ALL: [Self; 6] =
        [Self::Owners, Self::Grants, Self::ExtensionVersions, Self::Comments, Self::ColumnOrder, Self::NotCharted];

    /// As in `--ignore` and `diff.ignore`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owners => "owners",
            Self::Grants => "grants",
            Self::ExtensionVersions => "extension-versions",
            Self::Comments => "comments",
            Self::ColumnOrder => "column-order",
            Self::NotCharted => "not-charted",
        }
    }
}

/// What to leave aside. The default leaves nothing.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    pub aside: Vec<Aside>,
    objects: GlobSet,
    parts: GlobSet,
}

impl Ignore {
    /// Globs on `schema.name`; without a dot they match the bare name in any schema and names without one (extensions,
    /// publications…). With two dots they match what is in a table, as `schema.table.name`: a column, an index.
    ///
    /// # Errors
    /// A pattern that is none.
    pub fn new(aside: &[Aside], exclude: &[String]) -> Result<Self, SelectionError> {
        let (mut objects, mut parts) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in exclude {
            let wrong = |error: globset::Error| SelectionError::Pattern {
                pattern: pattern.clone(),
                reason: error.kind().to_string(),
            };
            match pattern.matches('.').count() {
                0 => {
                    objects.add(Glob::new(pattern).map_err(wrong)?);
                    objects.add(Glob::new(&format!("*.{pattern}")).map_err(wrong)?);
                }
                1 => drop(objects.add(Glob::new(pattern).map_err(wrong)?)),
                _ => drop(parts.add(Glob::new(pattern).map_err(wrong)?)),
            }
        }
        let built = |set: GlobSetBuilder| {
            set.build()
                .map_err(|error| SelectionError::Pattern { pattern: exclude.join(", "), reason: error.to_string() })
        };
        Ok(Self { aside: aside.to_vec(), objects: built(objects)?, parts: built(parts)? })
    }

    fn leaves(&self, aside: Aside) -> bool {
        self.aside.contains(&aside)
    }

    /// What is left of a schema: selected, and without what is left aside.
    ///
    /// # Errors
    /// As [`Selection::apply`].
    pub fn apply(&self, schema: &Schema, selection: &Selection) -> Result<Schema, SelectionError> {
        let mut schema = self.without_facts(selection.apply(schema)?);
        self.drop_objects(&mut schema);
        self.drop_parts(&mut schema);
        if self.leaves(Aside::ColumnOrder) {
            schema.tables.iter_mut().for_each(|table| table.columns.sort_by(|a, b| a.name.cmp(&b.name)));
            schema.views.iter_mut().for_each(|view| view.columns.sort_by(|a, b| a.name.cmp(&b.name)));
            schema.composites.iter_mut().for_each(|object| object.attributes.sort_by(|a, b| a.name.cmp(&b.name)));
        }
        Ok(schema)
    }

    /// The gaps that still count.
    pub fn gaps(&self, gaps: &[Gap]) -> Vec<Gap> {
        let counts = |gap: &&Gap| {
            let not_charted = gap.kind == GapKind::NotCharted && self.leaves(Aside::NotCharted);
            // `extension pg_cron`, `table public.orders`.
            let name = gap.scope.split_once(' ').map_or("", |(_, name)| name);
            let plain = name.parse().map_or_else(|_| name.to_owned(), |name: QualifiedName| name.plain());
            !not_charted && !self.objects.is_match(plain)
        };
        gaps.iter().filter(counts).cloned().collect()
    }

    /// Facts go from the JSON, where each has one name wherever it stands.
    fn without_facts(&self, mut schema: Schema) -> Schema {
        if self.leaves(Aside::ExtensionVersions) {
            schema.extensions.iter_mut().for_each(|extension| extension.version.clear());
        }
        let fields: Vec<&str> = [(Aside::Owners, "owner"), (Aside::Grants, "grants"), (Aside::Comments, "comment")]
            .into_iter()
            .filter_map(|(aside, field)| self.leaves(aside).then_some(field))
            .collect();
        if fields.is_empty() {
            return schema;
        }
        let Ok(mut value) = serde_json::to_value(&schema) else { return schema };
        strip(&mut value, &fields);
        serde_json::from_value(value).unwrap_or(schema)
    }

    fn drop_objects(&self, schema: &mut Schema) {
        if self.objects.is_empty() {
            return;
        }
        macro_rules! retain {
            ($($list:ident: $name:expr),*) => { $(schema.$list.retain(|object| !self.objects.is_match($name(&object.name)));)* };
        }
        let plain = QualifiedName::plain;
        retain!(enums: plain, domains: plain, composites: plain, ranges: plain, sequences: plain, tables: plain);
        retain!(views: plain, routines: plain, aggregates: plain, statistics: plain);
        let bare = String::clone;
        retain!(schemas: bare, extensions: bare, event_triggers: bare, publications: bare, foreign_servers: bare);
    }

    fn drop_parts(&self, schema: &mut Schema) {
        if self.parts.is_empty() {
            return;
        }
        for table in &mut schema.tables {
            let outer = table.name.plain();
            let keeps = |name: &str| !self.parts.is_match(format!("{outer}.{name}"));
            macro_rules! retain {
                ($($list:ident),*) => { $(table.$list.retain(|part| keeps(&part.name));)* };
            }
            retain!(
                columns,
                unique_keys,
                foreign_keys,
                checks,
                exclusions,
                not_nulls,
                indexes,
                triggers,
                policies,
                rules
            );
            table.primary_key = table.primary_key.take().filter(|key| keeps(&key.name));
        }
        for view in &mut schema.views {
            let outer = view.name.plain();
            let keeps = |name: &str| !self.parts.is_match(format!("{outer}.{name}"));
            view.columns.retain(|part| keeps(&part.name));
            view.indexes.retain(|part| keeps(&part.name));
            view.triggers.retain(|part| keeps(&part.name));
            view.rules.retain(|part| keeps(&part.name));
        }
    }
}

fn strip(value: &mut Value, fields: &[&str]) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|inner| strip(inner, fields)),
        Value::Object(object) => {
            object.retain(|name, _| !fields.contains(&name.as_str()));
            object.values_mut().for_each(|inner| strip(inner, fields));
        }
        _ => {}
    }
}
