//! What the pages of views, types, routines and sequences show, as plain data for the templates.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::render::describe;
use crate::render::view::short_type;
use crate::schema::select::base_type;
use crate::schema::{About, QualifiedName};

use super::data::{ColumnData, Fact, GrantData, Link, NamedRow, TriggerData};
use super::links::Place;
use super::rows::{about_facts, grants, indexes, rules};
use super::{Context, View};

#[derive(Clone, Debug, Serialize)]
pub struct ViewData {
    pub heading: String,
    pub name: String,
    pub schema: String,
    pub kind: &'static str,
    pub comment: Option<String>,
    pub facts: Vec<Fact>,
    pub columns: Vec<ColumnData>,
    pub definition: String,
    pub indexes: Vec<NamedRow>,
    pub triggers: Vec<TriggerData>,
    pub rules: Vec<NamedRow>,
    pub grants: Vec<GrantData>,
}

#[derive(Clone, Debug, Serialize)]
pub struct TypeData {
    pub heading: String,
    pub name: String,
    pub schema: String,
    /// `enum`, `domain`, `composite type` or `range type`.
    pub kind: &'static str,
    pub comment: Option<String>,
    pub facts: Vec<Fact>,
    /// Of an enum.
    pub labels: Vec<String>,
    /// Of a domain.
    pub checks: Vec<NamedRow>,
    /// Of a composite type.
    pub attributes: Vec<ColumnData>,
    pub grants: Vec<GrantData>,
}

#[derive(Clone, Debug, Serialize)]
pub struct RoutineData {
    pub heading: String,
    pub name: String,
    pub schema: String,
    /// `function`, `window function`, `procedure` or `aggregate`.
    pub kind: &'static str,
    pub signature: String,
    pub comment: Option<String>,
    pub facts: Vec<Fact>,
    /// The language of the fenced block: what highlighters know, `sql` for most.
    pub fence: String,
    /// Empty for aggregates.
    pub body: String,
    pub grants: Vec<GrantData>,
}

#[derive(Clone, Debug, Serialize)]
pub struct SequenceData {
    pub name: String,
    pub definition: String,
    pub owned_by: Option<Link>,
    pub owner: Option<String>,
    pub comment: Option<String>,
    pub grants: Vec<GrantData>,
}

/// The columns of each user-made type, by the type's SQL name.
pub(super) fn type_users<'a>(view: &'a View<'a>) -> BTreeMap<String, Vec<(&'a QualifiedName, &'a str)>> {
    let mut users: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for table in view.main_tables() {
        for column in &table.columns {
            if view.user_type(&column.data_type).is_some() {
                let name = base_type(&column.data_type).to_owned();
                users.entry(name).or_default().push((&table.name, column.name.as_str()));
            }
        }
    }
    users
}

/// What highlighters call a procedural language; nothing for one that they do not know.
fn fence_language(language: &str) -> &'static str {
    match language {
        "sql" | "plpgsql" => "sql",
        "plpython3u" | "plpythonu" | "plpython2u" => "python",
        "plperl" | "plperlu" => "perl",
        "pltcl" | "pltclu" => "tcl",
        "plv8" => "javascript",
        _ => "",
    }
}

impl Context<'_> {
    pub(super) fn all_views(&self, depth: usize) -> Vec<ViewData> {
        let data = |object: &crate::schema::View| {
            let mut facts = about_facts(&object.about);
            if !object.options.is_empty() {
                facts.push(Fact::code("Options", object.options.join(", ")));
            }
            let reads = object.depends_on.iter().map(|name| self.relation(depth, name)).collect();
            facts.extend(Fact::links("Reads", reads));
            facts.extend(Fact::links("Read by", self.read_by(depth, &object.name)));
            facts.extend(self.stats_facts(&object.name));
            ViewData {
                heading: self.heading(Place::View, &object.name, ""),
                name: object.name.to_string(),
                schema: object.name.schema.clone(),
                kind: if object.materialized { "materialized view" } else { "view" },
                comment: object.about.comment.clone(),
                facts,
                columns: object.columns.iter().map(|column| self.plain_column(column, depth)).collect(),
                definition: object.definition.clone(),
                indexes: indexes(&object.indexes),
                triggers: self.triggers(&object.triggers, depth),
                rules: rules(&object.rules),
                grants: grants(&object.about, &object.columns),
            }
        };
        self.view.schema.views.iter().map(data).collect()
    }

    pub(super) fn all_types(&self, depth: usize) -> Vec<TypeData> {
        let schema = self.view.schema;
        let mut all: Vec<(&QualifiedName, TypeData)> = Vec::new();
        for object in &schema.enums {
            let data = TypeData {
                labels: object.labels.clone(),
                ..self.type_data(&object.name, "enum", &object.about, depth)
            };
            all.push((&object.name, data));
        }
        for object in &schema.domains {
            let mut data = self.type_data(&object.name, "domain", &object.about, depth);
            data.facts.push(Fact::code("Type", short_type(&object.data_type)));
            data.facts.extend(object.not_null.then(|| Fact::text("Nullable", "no")));
            data.facts.extend(object.default.as_ref().map(|text| Fact::code("Default", text)));
            data.facts.extend(object.collation.as_ref().map(|text| Fact::code("Collation", text)));
            let row = |check: &crate::schema::Check| NamedRow {
                name: check.name.clone(),
                definition: describe::check(check),
                notes: Vec::new(),
                comment: check.comment.clone(),
            };
            data.checks = object.checks.iter().map(row).collect();
            all.push((&object.name, data));
        }
        for object in &schema.composites {
            let mut data = self.type_data(&object.name, "composite type", &object.about, depth);
            data.attributes = object.attributes.iter().map(|column| self.plain_column(column, depth)).collect();
            all.push((&object.name, data));
        }
        for object in &schema.ranges {
            let mut data = self.type_data(&object.name, "range type", &object.about, depth);
            data.facts.push(Fact::code("Subtype", short_type(&object.subtype)));
            data.facts.extend(object.multirange.as_ref().map(|text| Fact::code("Multirange", text)));
            data.facts.extend(object.collation.as_ref().map(|text| Fact::code("Collation", text)));
            data.facts.extend(object.operator_class.as_ref().map(|text| Fact::code("Operator class", text)));
            data.facts.extend(object.canonical.as_ref().map(|text| Fact::code("Canonical function", text)));
            data.facts.extend(object.subtype_diff.as_ref().map(|text| Fact::code("Difference function", text)));
            all.push((&object.name, data));
        }
        all.sort_by(|a, b| a.0.cmp(b.0));
        all.into_iter().map(|(_, data)| data).collect()
    }

    fn type_data(&self, name: &QualifiedName, kind: &'static str, about: &About, depth: usize) -> TypeData {
        const SHOWN: usize = 20;
        let users = self.users.get(&name.to_string()).map_or(&[][..], Vec::as_slice);
        let link = |(table, column): &(&QualifiedName, &str)| {
            let link = self.relation(depth, table);
            Link { text: format!("{}.{column}", link.text), href: link.href }
        };
        let mut used: Vec<_> = users.iter().take(SHOWN).map(link).collect();
        if users.len() > SHOWN {
            used.push(Link { text: format!("{} more", users.len() - SHOWN), href: None });
        }
        let mut facts = about_facts(about);
        facts.extend(Fact::links("Used by", used));
        TypeData {
            heading: self.heading(Place::Type, name, ""),
            name: name.to_string(),
            schema: name.schema.clone(),
            kind,
            comment: about.comment.clone(),
            facts,
            labels: Vec::new(),
            checks: Vec::new(),
            attributes: Vec::new(),
            grants: grants(about, &[]),
        }
    }

    pub(super) fn all_routines(&self, depth: usize) -> Vec<RoutineData> {
        let schema = self.view.schema;
        let mut all: Vec<(&QualifiedName, &str, RoutineData)> = Vec::new();
        for object in &schema.routines {
            let mut facts = Vec::new();
            facts.extend(object.returns.as_ref().map(|text| Fact::code("Returns", text)));
            facts.push(Fact::code("Attributes", describe::routine_attributes(object)));
            facts.extend(about_facts(&object.about));
            facts.extend(Fact::links("Called by triggers of", self.fired_by(depth, &object.name)));
            let data = RoutineData {
                heading: self.heading(Place::Routine, &object.name, &object.identity),
                name: object.name.to_string(),
                schema: object.name.schema.clone(),
                kind: describe::routine_kind(object),
                signature: describe::signature(object),
                comment: object.about.comment.clone(),
                facts,
                fence: fence_language(&object.language).to_owned(),
                body: object.body.clone(),
                grants: grants(&object.about, &[]),
            };
            all.push((&object.name, &object.identity, data));
        }
        for object in &schema.aggregates {
            let mut facts = vec![Fact::code("Returns", &object.returns)];
            facts.extend(about_facts(&object.about));
            facts.push(Fact::code("Transition function", &object.transition_function));
            facts.push(Fact::code("State type", &object.state_type));
            facts.extend(object.final_function.as_ref().map(|text| Fact::code("Final function", text)));
            facts.extend(object.combine_function.as_ref().map(|text| Fact::code("Combine function", text)));
            facts.extend(object.initial_value.as_ref().map(|text| Fact::code("Initial value", text)));
            facts.extend(object.sort_operator.as_ref().map(|text| Fact::code("Sort operator", text)));
            facts.extend(object.kind.as_ref().map(|text| Fact::text("Kind", text.replace('_', "-"))));
            facts.extend(object.parallel.as_ref().map(|text| Fact::text("Parallel", text)));
            let data = RoutineData {
                heading: self.heading(Place::Routine, &object.name, &object.identity),
                name: object.name.to_string(),
                schema: object.name.schema.clone(),
                kind: "aggregate",
                signature: format!("{}({})", object.name, object.identity),
                comment: object.about.comment.clone(),
                facts,
                fence: String::new(),
                body: String::new(),
                grants: grants(&object.about, &[]),
            };
            all.push((&object.name, &object.identity, data));
        }
        all.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        all.into_iter().map(|(_, _, data)| data).collect()
    }

    /// The tables and views whose triggers call a function, at most twenty.
    fn fired_by(&self, depth: usize, name: &QualifiedName) -> Vec<Link> {
        let tables = self.view.main_tables().map(|table| (&table.name, &table.triggers));
        let views = self.view.schema.views.iter().map(|object| (&object.name, &object.triggers));
        tables
            .chain(views)
            .filter(|(_, triggers)| triggers.iter().any(|trigger| trigger.function == *name))
            .take(20)
            .map(|(name, _)| self.relation(depth, name))
            .collect()
    }

    pub(super) fn all_sequences(&self, depth: usize) -> Vec<SequenceData> {
        let data = |object: &crate::schema::Sequence| {
            let mut words = vec![
                object.data_type.clone(),
                format!("START {} INCREMENT {} MIN {} MAX {}", object.start, object.increment, object.min, object.max),
            ];
            words.extend((object.cache != 1).then(|| format!("CACHE {}", object.cache)));
            words.extend(object.cycle.then(|| "CYCLE".to_owned()));
            words.extend(object.unlogged.then(|| "UNLOGGED".to_owned()));
            let owned_by = object.owned_by_table.as_ref().map(|table| {
                let link = self.relation(depth, table);
                let column = object.owned_by_column.as_deref().unwrap_or_default();
                Link { text: format!("{}.{column}", link.text), href: link.href }
            });
            SequenceData {
                name: object.name.to_string(),
                definition: words.join(" "),
                owned_by,
                owner: object.about.owner.clone(),
                comment: object.about.comment.clone(),
                grants: grants(&object.about, &[]),
            }
        };
        self.view.schema.sequences.iter().map(data).collect()
    }

    fn heading(&self, place: Place, name: &QualifiedName, identity: &str) -> String {
        self.links.target(place, name, identity).map(|target| target.heading.clone()).unwrap_or_default()
    }
}
