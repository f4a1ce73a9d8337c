//! What belongs to the database as a whole, as small lists one after the other, and what could not be read.

use super::book::{Book, Spot};
use super::dictionary::{link, routine_link};
use super::flow::{CODE, Cell, Column, QUIET};
use super::objects::part;
use crate::render::{View, describe};
use crate::schema::{About, EventTrigger, ForeignServer, Gap, GapKind, Publication, Schema, Statistics};

/// One list: its title, its columns, its rows.
struct List {
    title: &'static str,
    heads: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

pub(super) fn add(view: &View<'_>, book: &mut Book) {
    let schema = view.schema;
    let lists = [
        schemas(schema),
        extensions(schema),
        List {
            title: "Publications",
            heads: vec![("PUBLICATION", 25.0), ("PUBLISHES", 55.0), ("COMMENT", 20.0)],
            rows: schema.publications.iter().map(publication).collect(),
        },
        List {
            title: "Event triggers",
            heads: vec![("TRIGGER", 25.0), ("FIRES", 30.0), ("CALLS", 25.0), ("COMMENT", 20.0)],
            rows: schema.event_triggers.iter().map(|one| event_trigger(view, one)).collect(),
        },
        List {
            title: "Foreign servers",
            heads: vec![("SERVER", 25.0), ("WRAPPER", 25.0), ("OPTIONS", 30.0), ("COMMENT", 20.0)],
            rows: schema.foreign_servers.iter().map(foreign_server).collect(),
        },
        List {
            title: "Extended statistics",
            heads: vec![("STATISTICS", 28.0), ("TABLE", 24.0), ("ON", 30.0), ("COMMENT", 18.0)],
            rows: schema.statistics.iter().map(|one| statistics(view, one)).collect(),
        },
    ];
    if lists.iter().any(|list| !list.rows.is_empty()) {
        let mut flow = part(book, "Database");
        for list in lists.iter().filter(|list| !list.rows.is_empty()) {
            flow.chapter(list.title);
            let spot = flow.here();
            flow.book.entry(1, list.title, Spot { y: spot.y - 34.0, ..spot });
            flow.table(&list.heads, &list.rows);
        }
    }
    gaps(view, book);
}

fn schemas(schema: &Schema) -> List {
    let row = |one: &crate::schema::Namespace| vec![Cell::new(&one.name, CODE), notes(&one.about)];
    List {
        title: "Schemas",
        heads: vec![("SCHEMA", 35.0), ("COMMENT", 65.0)],
        rows: schema.schemas.iter().map(row).collect(),
    }
}

fn extensions(schema: &Schema) -> List {
    let row = |one: &crate::schema::Extension| {
        vec![
            Cell::new(&one.name, CODE),
            Cell::new(&one.version, CODE),
            Cell::new(&one.schema, CODE),
            Cell::new(one.comment.clone().unwrap_or_default(), QUIET),
        ]
    };
    List {
        title: "Extensions",
        heads: vec![("EXTENSION", 30.0), ("VERSION", 12.0), ("SCHEMA", 20.0), ("COMMENT", 38.0)],
        rows: schema.extensions.iter().map(row).collect(),
    }
}

fn publication(one: &Publication) -> Vec<Cell> {
    let mut what = Vec::new();
    what.extend(one.all_tables.then(|| "all tables".to_owned()));
    what.extend(one.schemas.iter().map(|name| format!("tables in schema {name}")));
    what.extend(one.tables.iter().map(|table| {
        let columns =
            if table.columns.is_empty() { String::new() } else { format!(" ({})", describe::names(&table.columns)) };
        let filter = table.filter.as_ref().map(|text| format!(" WHERE {text}")).unwrap_or_default();
        format!("{}{columns}{filter}", table.name)
    }));
    what.push(format!("on {}", one.operations.join(", ")));
    what.extend(one.via_partition_root.then(|| "via the partition root".to_owned()));
    vec![Cell::new(&one.name, CODE), Cell::new(what.join("\n"), CODE), notes(&one.about)]
}

fn event_trigger(view: &View<'_>, one: &EventTrigger) -> Vec<Cell> {
    let tags = if one.tags.is_empty() { String::new() } else { format!(" on {}", one.tags.join(", ")) };
    let state = one.enabled.as_ref().map(|state| format!(" ({state})")).unwrap_or_default();
    vec![
        Cell::new(&one.name, CODE),
        Cell::new(format!("{}{tags}{state}", one.event), CODE),
        Cell::new(one.function.to_string(), CODE).to(routine_link(view, &one.function)),
        notes(&one.about),
    ]
}

fn foreign_server(one: &ForeignServer) -> Vec<Cell> {
    let mut options = one.options.clone();
    options.extend(one.server_type.as_ref().map(|text| format!("type {text}")));
    options.extend(one.version.as_ref().map(|text| format!("version {text}")));
    vec![
        Cell::new(&one.name, CODE),
        Cell::new(&one.wrapper, CODE),
        Cell::new(options.join("\n"), CODE),
        notes(&one.about),
    ]
}

fn statistics(view: &View<'_>, one: &Statistics) -> Vec<Cell> {
    let kinds = if one.kinds.is_empty() { String::new() } else { format!(" ({})", one.kinds.join(", ")) };
    vec![
        Cell::new(one.name.to_string(), CODE),
        Cell::new(one.table.to_string(), CODE).to(link(view, &one.table)),
        Cell::new(format!("{}{kinds}", one.on.join(", ")), CODE),
        notes(&one.about),
    ]
}

/// Comment, owner and grants in one cell.
fn notes(about: &About) -> Cell {
    let mut notes: Vec<String> = about.comment.iter().cloned().collect();
    notes.extend(about.owner.iter().map(|owner| format!("owner {owner}")));
    notes.extend(about.grants.iter().map(describe::grant));
    Cell::new(notes.join("\n"), QUIET)
}

fn gaps(view: &View<'_>, book: &mut Book) {
    if view.gaps.is_empty() {
        return;
    }
    let mut flow = part(book, "Gaps");
    flow.paragraph(
        "What could not be read. Inside these scopes, what this document does not show may still exist.",
        QUIET,
    );
    let rows: Vec<Vec<Cell>> = view.gaps.iter().map(gap).collect();
    flow.table(&[("SCOPE", 35.0), ("KIND", 20.0), ("REASON", 45.0)], &rows);
}

fn gap(gap: &Gap) -> Vec<Cell> {
    let kind = match gap.kind {
        GapKind::NoPermission => "no permission",
        GapKind::MissingExtension => "missing extension",
        GapKind::SkippedStatement => "skipped statement",
        GapKind::Unstable => "changed while read",
        GapKind::NotCharted => "not charted",
        GapKind::NotReadable => "not readable",
    };
    vec![Cell::new(&gap.scope, CODE), Cell::new(kind, QUIET), Cell::new(&gap.reason, QUIET)]
}
