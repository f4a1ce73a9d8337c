//! The order of the whole, and what every kind of object is written with.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{Node, in_order};
use super::quote::ident;
use super::refs::{self, Refs, Use};
use super::remarks::{Target, comment_on};
use super::{Note, Part, SqlOptions, SqlScript, Statement};
use crate::schema::{Column, Extension, QualifiedName, Schema, Table};

/// Kinds in the order in which they are read best, where their needs leave a choice.
pub(super) mod rank {
    pub(in crate::render::sql) const ENUM: u8 = 0;
    pub(in crate::render::sql) const DOMAIN: u8 = 1;
    pub(in crate::render::sql) const COMPOSITE: u8 = 2;
    pub(in crate::render::sql) const RANGE: u8 = 3;
    pub(in crate::render::sql) const SEQUENCE: u8 = 4;
    pub(in crate::render::sql) const TABLE: u8 = 5;
    pub(in crate::render::sql) const ROUTINE: u8 = 6;
    pub(in crate::render::sql) const AGGREGATE: u8 = 7;
    pub(in crate::render::sql) const VIEW: u8 = 8;
}

pub(super) struct Writer<'a> {
    pub(super) schema: &'a Schema,
    pub(super) options: &'a SqlOptions,
    pub(super) statements: Vec<Statement>,
    notes: Vec<Note>,
    /// Functions and aggregates that the script makes, by name without the schema.
    routines: BTreeMap<&'a str, BTreeSet<&'a QualifiedName>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(schema: &'a Schema, options: &'a SqlOptions) -> Self {
        let mut routines: BTreeMap<&str, BTreeSet<&QualifiedName>> = BTreeMap::new();
        let functions = schema.routines.iter().map(|routine| (&routine.name, &routine.about));
        let aggregates = schema.aggregates.iter().map(|aggregate| (&aggregate.name, &aggregate.about));
        for (name, _) in functions.chain(aggregates).filter(|(_, about)| about.extension.is_none()) {
            routines.entry(&name.name).or_default().insert(name);
        }
        Self { schema, options, statements: Vec::new(), notes: Vec::new(), routines }
    }

    pub(super) fn add(&mut self, part: Part, object: impl Into<String>, sql: String) {
        self.statements.push(Statement::new(part, object, sql));
    }

    pub(super) fn note(&mut self, object: &str, reason: &str) {
        self.notes.push(Note { object: object.to_owned(), reason: reason.to_owned() });
    }

    pub(super) fn node(&self, rank: u8, name: &QualifiedName, target: &Target, sql: String) -> Node {
        let mut statements = vec![Statement::new(Part::Object, target.object.clone(), sql)];
        statements.reserve(4);
        Node {
            statements,
            placeholder: None,
            rank,
            name: name.clone(),
            provides: vec![(name.clone(), Use::Name)],
            needs: Refs::new(),
            prefers: Refs::new(),
        }
    }

    pub(super) fn refs<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Refs {
        let mut found = Refs::new();
        texts.into_iter().for_each(|text| refs::collect(text, &mut found));
        found
    }

    /// Whether a definition calls a function that the script makes itself.
    pub(super) fn calls(&self, text: &str) -> bool {
        let made = |name: &QualifiedName| {
            self.routines.get(name.name.as_str()).is_some_and(|routines| routines.contains(name))
        };
        self.refs([text]).iter().any(|(name, used)| *used == Use::Call && made(name))
            // An operator of the schema's own calls a function, too, and cannot be told from here.
            || text.contains("OPERATOR(")
    }

    /// The functions that a body may call, whichever schema it means.
    pub(super) fn called(&self, body: &str) -> Refs {
        let names = refs::called(body);
        let routines = names.iter().filter_map(|name| self.routines.get(name.as_str())).flatten();
        routines.map(|name| ((*name).clone(), Use::Call)).collect()
    }

    pub(super) fn column_comment(&self, target: &Target, column: &Column) -> Option<Statement> {
        let name = ident(&column.name);
        let object = format!("column {name} of {}", target.object);
        comment_on(&object, &format!("COLUMN {}.{name}", target.name), column.comment.as_deref())
    }

    /// What brings the session into the state in which the definitions were printed. Bodies of functions are taken as
    /// they are; what PostgreSQL puts in the place of a call (for an index on one) may name things without a schema,
    /// as its author could.
    pub(super) fn settings(&mut self) {
        let extensions = self.schema.extensions.iter().map(|extension| extension.schema.as_str());
        let own = self.schema.schemas.iter().map(|namespace| namespace.name.as_str());
        let mut path = vec!["public"];
        for name in extensions.chain(own).filter(|name| *name != "pg_catalog") {
            if !path.contains(&name) {
                path.push(name);
            }
        }
        let path = path.into_iter().map(ident).collect::<Vec<_>>().join(", ");
        for (name, value) in [
            ("client_encoding", "'UTF8'"),
            ("standard_conforming_strings", "on"),
            ("check_function_bodies", "off"),
            ("client_min_messages", "warning"),
            ("xmloption", "content"),
            ("row_security", "off"),
            ("\"TimeZone\"", "'UTC'"),
            ("\"DateStyle\"", "'ISO, MDY'"),
            ("\"IntervalStyle\"", "'postgres'"),
            ("default_tablespace", "''"),
            ("default_table_access_method", "heap"),
            ("search_path", &path),
        ] {
            let sql = format!("SET {name} = {value};");
            self.add(Part::Setting, format!("setting {}", name.trim_matches('"')), sql);
        }
    }

    /// What everything else lives in or comes from.
    pub(super) fn surroundings(&mut self) {
        let schema = self.schema;
        for namespace in schema.schemas.iter().filter(|namespace| namespace.about.extension.is_none()) {
            self.namespace(namespace);
        }
        let mut extensions: Vec<&Extension> = schema.extensions.iter().collect();
        extensions.sort_by_key(|extension| (depth(&extension.name), &extension.name));
        extensions.into_iter().for_each(|extension| self.extension(extension));
        for server in schema.foreign_servers.iter().filter(|server| server.about.extension.is_none()) {
            self.foreign_server(server);
        }
        if self.options.drop_public && !schema.schemas.iter().any(|namespace| namespace.name == "public") {
            self.add(Part::Object, "absence of schema public", "DROP SCHEMA IF EXISTS public;".to_owned());
        }
    }

    pub(super) fn objects(&mut self) {
        let schema = self.schema;
        let mut nodes: Vec<Node> = Vec::new();
        macro_rules! own {
            ($list:ident) => {
                schema.$list.iter().filter(|object| object.about.extension.is_none())
            };
        }
        nodes.extend(own!(enums).map(|object| self.enum_type(object)));
        nodes.extend(own!(domains).map(|object| self.domain(object)));
        nodes.extend(own!(composites).map(|object| self.composite(object)));
        nodes.extend(own!(ranges).map(|object| self.range(object)));
        nodes.extend(own!(sequences).map(|object| self.sequence(object)));
        nodes.extend(own!(aggregates).map(|object| self.aggregate(object)));
        nodes.extend(own!(tables).map(|object| self.table(object)));
        nodes.extend(own!(routines).filter_map(|object| self.routine(object)));
        nodes.extend(own!(views).filter_map(|object| self.view(object)));
        let (statements, cut) = in_order(nodes);
        self.statements.extend(statements);
        for link in cut {
            self.note(&link, "each needs the other first; one of them may be missing");
        }
        own!(domains).for_each(|domain| self.finish_domain(domain));
        own!(sequences).for_each(|sequence| self.owned_by(sequence));
    }

    /// What joins tables to functions and to each other.
    pub(super) fn joints(&mut self) {
        let schema = self.schema;
        let tables: Vec<&Table> = schema.tables.iter().filter(|table| table.about.extension.is_none()).collect();
        tables.iter().for_each(|table| self.finish_defaults(table));
        tables.iter().for_each(|table| self.finish_checks(table));
        tables.iter().for_each(|table| self.indexes(table));
        let views = schema.views.iter().filter(|view| view.about.extension.is_none());
        views.for_each(|view| self.view_indexes(view));
        tables.iter().for_each(|table| self.join_parents(table));
        tables.iter().for_each(|table| self.finish_not_valid(table));
        tables.iter().for_each(|table| self.incomplete_indexes(table));
        let mut deepest_first = tables.clone();
        deepest_first.sort_by_key(|table| std::cmp::Reverse(self.depth_of(table)));
        deepest_first.iter().for_each(|table| self.foreign_keys(table));
        let statistics = schema.statistics.iter().filter(|statistics| statistics.about.extension.is_none());
        statistics.for_each(|statistics| self.statistics(statistics));
    }

    /// How many parents a partition has above it.
    fn depth_of(&self, table: &Table) -> usize {
        let parent = |table: &&Table| self.schema.table(&table.partition_of.as_ref()?.parent);
        std::iter::successors(Some(table), parent).take(100).count()
    }

    /// What acts on rows, on statements and on replicas. Event triggers are last, since they would act on the rest.
    pub(super) fn guards(&mut self) {
        let schema = self.schema;
        for table in schema.tables.iter().filter(|table| table.about.extension.is_none()) {
            self.rules_and_triggers(table);
            self.row_security(table);
        }
        for table in schema.tables.iter().filter(|table| table.about.extension.is_none()) {
            table.triggers.iter().for_each(|trigger| self.trigger_state(table, trigger));
        }
        for view in schema.views.iter().filter(|view| view.about.extension.is_none()) {
            self.view_rules_and_triggers(view);
        }
        self.additions_to_extensions();
        let publications = schema.publications.iter().filter(|publication| publication.about.extension.is_none());
        publications.for_each(|publication| self.publication(publication));
        let triggers = schema.event_triggers.iter().filter(|trigger| trigger.about.extension.is_none());
        triggers.for_each(|trigger| self.event_trigger(trigger));
    }

    pub(super) fn finish(mut self) -> SqlScript {
        self.notes.sort();
        self.notes.dedup();
        SqlScript { roles: self.roles(), statements: self.statements, notes: self.notes }
    }

    fn roles(&self) -> Vec<String> {
        let mut roles: BTreeSet<String> = BTreeSet::new();
        let mut all = self.schema.clone();
        all.for_each_about(|about| {
            roles.extend(about.owner.take().filter(|_| self.options.owners));
            if self.options.privileges {
                roles.extend(about.grants.drain(..).map(|grant| grant.role));
            }
        });
        let columns = self.schema.tables.iter().flat_map(|table| &table.columns);
        let columns = columns.chain(self.schema.views.iter().flat_map(|view| &view.columns));
        if self.options.privileges {
            roles.extend(columns.flat_map(|column| &column.grants).map(|grant| grant.role.clone()));
        }
        roles.extend(
            self.schema.tables.iter().flat_map(|table| &table.policies).flat_map(|policy| policy.roles.clone()),
        );
        roles.remove("PUBLIC");
        roles.into_iter().collect()
    }
}

/// Extensions that stand on others, by how many: those are created first, each in its own schema. `CASCADE` would put
/// them all into one.
const STANDING_ON_OTHERS: &[(&str, u8)] = &[
    ("address_standardizer_data_us", 1),
    ("bool_plperl", 1),
    ("bool_plperlu", 1),
    ("earthdistance", 1),
    ("h3_postgis", 2),
    ("hstore_plperl", 1),
    ("hstore_plperlu", 1),
    ("hstore_plpython3u", 1),
    ("jsonb_plperl", 1),
    ("jsonb_plperlu", 1),
    ("jsonb_plpython3u", 1),
    ("ltree_plpython3u", 1),
    ("pgjwt", 1),
    ("pgrouting", 1),
    ("pointcloud_postgis", 1),
    ("postgis_raster", 1),
    ("postgis_sfcgal", 1),
    ("postgis_tiger_geocoder", 1),
    ("postgis_topology", 1),
    ("supabase_vault", 1),
    ("vchord", 1),
    ("vectorscale", 1),
];

fn depth(extension: &str) -> u8 {
    STANDING_ON_OTHERS.iter().find(|(name, _)| *name == extension).map_or(0, |(_, depth)| *depth)
}
