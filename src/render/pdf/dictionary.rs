//! The data dictionary: every table with all that hangs on it, and every view.

use std::collections::BTreeMap;

use super::book::Book;
use super::details::{constraints, foreign_keys, indexes, partitions, policies, referenced_by, rules, triggers};
use super::flow::{BODY, CODE, Cell, Flow, NAME, QUIET, STRONG};
use super::picture::Palette;
use super::sheet::{Colour, FAINT};
use crate::render::{View, describe};
use crate::schema::{self, Column as TableColumn, QualifiedName, Table};
use crate::view::UserType;

pub(super) fn add(view: &View<'_>, book: &mut Book) {
    let palette = Palette::new(view);
    tables(view, &palette, book);
    views(view, &palette, book);
}

/// The link target of a table or view.
pub(super) fn target(name: &QualifiedName) -> String {
    format!("relation {name}")
}

/// The link target of a type.
pub(super) fn type_target(name: &QualifiedName) -> String {
    format!("type {name}")
}

/// The link target of routines: overloads share one.
pub(super) fn routine_target(name: &QualifiedName) -> String {
    format!("routine {name}")
}

fn tables(view: &View<'_>, palette: &Palette, book: &mut Book) {
    let mut schemas: BTreeMap<&str, Vec<&Table>> = BTreeMap::new();
    for table in view.main_tables() {
        schemas.entry(&table.name.schema).or_default().push(table);
    }
    if schemas.is_empty() {
        return;
    }
    let mut flow = Flow::new(book, "Tables");
    let spot = flow.here();
    flow.book.entry(0, "Tables", spot);
    flow.part("Tables");
    for (schema, tables) in schemas {
        flow.chapter(&format!("Schema {schema}"));
        let spot = flow.here();
        flow.book.entry(1, schema, spot);
        namespace(view, &mut flow, schema);
        for table in tables {
            self::table(view, &mut flow, table, palette.of(&table.name));
        }
    }
}

/// Comment and grants of a PostgreSQL schema.
fn namespace(view: &View<'_>, flow: &mut Flow<'_>, name: &str) {
    if let Some(namespace) = view.schema.schemas.iter().find(|schema| schema.name == name) {
        about(flow, &namespace.about);
    }
}

fn table(view: &View<'_>, flow: &mut Flow<'_>, table: &Table, colour: Colour) {
    flow.set_header(table.name.plain());
    let spot = flow.object(colour, &table.name.plain(), &describe::table_kind(table));
    flow.book.entry(2, table.name.name.clone(), spot);
    flow.book.targets.insert(target(&table.name), spot);
    about(flow, &table.about);
    facts(view, flow, table);
    columns(view, flow, &table.columns, Some(table));
    constraints(flow, table);
    foreign_keys(view, flow, table);
    indexes(flow, &table.indexes);
    triggers(view, flow, &table.triggers);
    policies(flow, table);
    rules(flow, &table.rules);
    partitions(view, flow, table);
    referenced_by(view, flow, table);
    flow.space(14.0);
}

/// Comment, owner, grants.
pub(super) fn about(flow: &mut Flow<'_>, about: &schema::About) {
    if let Some(comment) = &about.comment {
        flow.paragraph(comment, BODY);
    }
    let mut facts = Vec::new();
    facts.extend(about.owner.as_ref().map(|owner| format!("Owner: {owner}.")));
    facts.extend(about.extension.as_ref().map(|name| format!("Belongs to extension {name}.")));
    if !about.grants.is_empty() {
        let grants: Vec<String> = about.grants.iter().map(describe::grant).collect();
        facts.push(format!("Grants: {}.", grants.join("; ")));
    }
    if !facts.is_empty() {
        flow.paragraph(&facts.join(" "), QUIET);
    }
}

/// What a table is besides its columns, in one paragraph.
fn facts(view: &View<'_>, flow: &mut Flow<'_>, table: &Table) {
    let mut facts = Vec::new();
    facts.extend(table.partition_key.as_ref().map(|key| format!("Partitioned by {}.", key.definition)));
    facts.extend(table.partition_of.as_ref().map(|part| format!("Partition of {} {}.", part.parent, part.bound)));
    if !table.inherits.is_empty() {
        let parents: Vec<String> = table.inherits.iter().map(ToString::to_string).collect();
        facts.push(format!("Inherits {}.", parents.join(", ")));
    }
    if let Some(foreign) = &table.foreign {
        let options =
            if foreign.options.is_empty() { String::new() } else { format!(" ({})", foreign.options.join(", ")) };
        facts.push(format!("On foreign server {}{options}.", foreign.server));
    }
    facts.extend(table.of_type.as_ref().map(|name| format!("Of type {name}.")));
    facts.extend(table.access_method.as_ref().map(|name| format!("Access method {name}.")));
    if !table.options.is_empty() {
        facts.push(format!("Storage parameters: {}.", table.options.join(", ")));
    }
    facts.extend(table.replica_identity.as_ref().map(|identity| format!("Replica identity {identity}.")));
    if table.row_security {
        facts.push("Row-level security is on.".to_owned());
    }
    if table.force_row_security {
        facts.push("It is forced for the owner, too.".to_owned());
    }
    if let Some(stats) = view.stats.and_then(|stats| stats.tables.get(&table.name)) {
        let rows = stats.rows.map_or("an unknown number of".to_owned(), |rows| format!("about {rows}"));
        facts.push(format!("Holds {rows} rows in {} bytes.", stats.bytes));
    }
    if !facts.is_empty() {
        flow.paragraph(&facts.join(" "), QUIET);
    }
}

/// The columns of a table, a view or a composite type.
pub(super) fn columns(view: &View<'_>, flow: &mut Flow<'_>, columns: &[TableColumn], table: Option<&Table>) {
    if columns.is_empty() {
        flow.paragraph("No columns.", QUIET);
        return;
    }
    let heads = [("", 5.5), ("COLUMN", 24.0), ("TYPE", 21.0), ("NULL", 6.5), ("DEFAULT", 20.0), ("COMMENT", 23.0)];
    let rows: Vec<Vec<Cell>> = columns
        .iter()
        .map(|column| {
            let mut comment: Vec<String> = column.comment.iter().cloned().collect();
            comment.extend(describe::column_extras(column));
            comment.extend(column.grants.iter().map(describe::grant));
            let key = table.map_or(String::new(), |table| marks(table, &column.name));
            let name = if key.contains("PK") {
                Cell { style: STRONG, ..Cell::new(&column.name, NAME) }
            } else {
                Cell::new(&column.name, NAME)
            };
            let key_target = table.and_then(|table| {
                let own = |key: &&schema::ForeignKey| matches!(key.columns.as_slice(), [one] if *one == column.name);
                link(view, &table.foreign_keys.iter().find(own)?.references)
            });
            vec![
                Cell::new(key, super::flow::Style { size: 6.5, colour: FAINT, ..STRONG }).to(key_target),
                name,
                Cell::new(&column.data_type, CODE).to(type_link(view, &column.data_type)),
                Cell::new(if column.not_null { "no" } else { "yes" }, QUIET),
                Cell::new(describe::column_default(column).unwrap_or_default(), CODE),
                Cell::new(comment.join("\n"), QUIET),
            ]
        })
        .collect();
    flow.table(&heads, &rows);
}

fn marks(table: &Table, column: &str) -> String {
    let marks = [(table.is_primary(column), "PK"), (table.is_foreign(column), "FK"), (table.is_unique(column), "UK")];
    marks.into_iter().filter_map(|(said, mark)| said.then_some(mark)).collect::<Vec<_>>().join(" ")
}

fn type_link(view: &View<'_>, data_type: &str) -> Option<String> {
    Some(type_target(match view.user_type(data_type)? {
        UserType::Enum(object) => &object.name,
        UserType::Domain(object) => &object.name,
        UserType::Composite(object) => &object.name,
        UserType::Range(object) => &object.name,
    }))
}

/// A link to a routine, where it is shown.
pub(super) fn routine_link(view: &View<'_>, name: &QualifiedName) -> Option<String> {
    let routines = &view.schema.routines;
    let at = routines.partition_point(|routine| routine.name < *name);
    routines.get(at).filter(|routine| routine.name == *name).map(|_| routine_target(name))
}

/// A link to a table or view, where it is shown.
pub(super) fn link(view: &View<'_>, name: &QualifiedName) -> Option<String> {
    (view.schema.table(name).is_some() || view.schema.view(name).is_some()).then(|| target(name))
}

fn views(view: &View<'_>, palette: &Palette, book: &mut Book) {
    if view.schema.views.is_empty() {
        return;
    }
    let mut flow = Flow::new(book, "Views");
    let spot = flow.here();
    flow.book.entry(0, "Views", spot);
    flow.part("Views");
    for object in &view.schema.views {
        self::view(view, &mut flow, object, palette.of_view(object));
    }
}

fn view(view: &View<'_>, flow: &mut Flow<'_>, object: &schema::View, colour: Colour) {
    flow.set_header(object.name.plain());
    let kind = if object.materialized { "materialized view" } else { "view" };
    let spot = flow.object(colour, &object.name.plain(), kind);
    flow.book.entry(1, object.name.plain(), spot);
    flow.book.targets.insert(target(&object.name), spot);
    about(flow, &object.about);
    if !object.options.is_empty() {
        flow.paragraph(&format!("Options: {}.", object.options.join(", ")), QUIET);
    }
    columns(view, flow, &object.columns, None);
    if !object.depends_on.is_empty() {
        flow.label("Reads");
        let rows: Vec<Vec<Cell>> =
            object.depends_on.iter().map(|name| vec![Cell::new(name.to_string(), CODE).to(link(view, name))]).collect();
        flow.table(&[("", 1.0)], &rows);
    }
    indexes(flow, &object.indexes);
    triggers(view, flow, &object.triggers);
    rules(flow, &object.rules);
    flow.label("Definition");
    flow.code(&object.definition);
    flow.space(14.0);
}
