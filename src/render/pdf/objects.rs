//! Types, sequences, routines and aggregates.

use super::book::Book;
use super::dictionary::{about, columns, link, routine_target, type_target};
use super::flow::{CODE, Cell, Flow, QUIET};
use super::sheet::SOFT;
use crate::render::{View, describe};
use crate::schema::{About, QualifiedName};

pub(super) fn add(view: &View<'_>, book: &mut Book) {
    types(view, book);
    sequences(view, book);
    routines(view, book);
    aggregates(view, book);
}

/// Begins a part with its entry in the outline.
pub(super) fn part<'a>(book: &'a mut Book, title: &str) -> Flow<'a> {
    let mut flow = Flow::new(book, title);
    let spot = flow.here();
    flow.book.entry(0, title, spot);
    flow.part(title);
    flow
}

/// Begins an object with its entry in the outline and what all kinds have in common.
fn object(flow: &mut Flow<'_>, name: &QualifiedName, title: &str, kind: &str, common: &About) {
    flow.set_header(name.plain());
    let spot = flow.object(SOFT, title, kind);
    flow.book.entry(1, name.plain(), spot);
    about(flow, common);
}

fn types(view: &View<'_>, book: &mut Book) {
    let schema = view.schema;
    let count = schema.enums.len() + schema.domains.len() + schema.composites.len() + schema.ranges.len();
    if count == 0 {
        return;
    }
    let mut flow = part(book, "Types");
    let begin = |flow: &mut Flow<'_>, name: &QualifiedName, kind: &str, common: &About| {
        object(flow, name, &name.plain(), kind, common);
        let spot = flow.here();
        flow.book.targets.insert(type_target(name), super::book::Spot { y: spot.y - 34.0, ..spot });
    };
    for one in &schema.enums {
        begin(&mut flow, &one.name, "enum", &one.about);
        let labels: Vec<String> = one.labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect();
        flow.paragraph(&labels.join(", "), CODE);
        flow.space(8.0);
    }
    for one in &schema.domains {
        begin(&mut flow, &one.name, "domain", &one.about);
        let mut text = one.data_type.clone();
        text.extend(one.collation.iter().flat_map(|name| [" COLLATE ", name.as_str()]));
        text.extend(one.default.iter().flat_map(|value| [" DEFAULT ", value.as_str()]));
        if one.not_null {
            text.push_str(" NOT NULL");
        }
        flow.paragraph(&text, CODE);
        for check in &one.checks {
            let comment = check.comment.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
            flow.paragraph(&format!("{} {}{comment}", check.name, describe::check(check)), CODE);
        }
        flow.space(8.0);
    }
    for one in &schema.composites {
        begin(&mut flow, &one.name, "composite type", &one.about);
        columns(view, &mut flow, &one.attributes, None);
        flow.space(8.0);
    }
    for one in &schema.ranges {
        begin(&mut flow, &one.name, "range type", &one.about);
        let mut text = format!("range over {}", one.subtype);
        for (word, value) in [
            ("multirange", &one.multirange),
            ("collation", &one.collation),
            ("operator class", &one.operator_class),
            ("canonical function", &one.canonical),
            ("subtype difference", &one.subtype_diff),
        ] {
            text.extend(value.iter().map(|value| format!(", {word} {value}")));
        }
        flow.paragraph(&text, CODE);
        flow.space(8.0);
    }
}

fn sequences(view: &View<'_>, book: &mut Book) {
    if view.schema.sequences.is_empty() {
        return;
    }
    let mut flow = part(book, "Sequences");
    let heads = [("SEQUENCE", 30.0), ("TYPE", 10.0), ("VALUES", 28.0), ("OWNED BY", 20.0), ("COMMENT", 12.0)];
    let mut rows = Vec::new();
    for one in &view.schema.sequences {
        let owner = one.owned_by_table.as_ref().map(|table| {
            let column = one.owned_by_column.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
            format!("{table}{column}")
        });
        let mut values = format!("from {} by {}, {} to {}", one.start, one.increment, one.min, one.max);
        values.extend((one.cache != 1).then(|| format!(", cache {}", one.cache)));
        values.extend(one.cycle.then(|| ", cycles".to_owned()));
        values.extend(one.unlogged.then(|| ", unlogged".to_owned()));
        let mut notes: Vec<String> = one.about.comment.iter().cloned().collect();
        notes.extend(one.about.grants.iter().map(describe::grant));
        rows.push(vec![
            Cell::new(one.name.to_string(), CODE),
            Cell::new(&one.data_type, CODE),
            Cell::new(values, QUIET),
            Cell::new(owner.unwrap_or_default(), CODE)
                .to(one.owned_by_table.as_ref().and_then(|table| link(view, table))),
            Cell::new(notes.join("\n"), QUIET),
        ]);
    }
    flow.table(&heads, &rows);
}

fn routines(view: &View<'_>, book: &mut Book) {
    if view.schema.routines.is_empty() {
        return;
    }
    let mut flow = part(book, "Functions and procedures");
    for one in &view.schema.routines {
        object(&mut flow, &one.name, &describe::signature(one), describe::routine_kind(one), &one.about);
        let spot = flow.here();
        flow.book.targets.entry(routine_target(&one.name)).or_insert(super::book::Spot { y: spot.y - 34.0, ..spot });
        let mut facts = Vec::new();
        facts.extend(one.returns.as_ref().map(|returns| format!("RETURNS {returns}")));
        facts.push(describe::routine_attributes(one));
        flow.paragraph(&facts.join(" "), CODE);
        flow.code(one.body.trim_matches('\n'));
        flow.space(10.0);
    }
}

fn aggregates(view: &View<'_>, book: &mut Book) {
    if view.schema.aggregates.is_empty() {
        return;
    }
    let mut flow = part(book, "Aggregates");
    for one in &view.schema.aggregates {
        let title = format!("{}({})", one.name, one.identity);
        object(&mut flow, &one.name, &title, "aggregate", &one.about);
        let mut facts = vec![
            format!("RETURNS {}", one.returns),
            format!("SFUNC {}", one.transition_function),
            format!("STYPE {}", one.state_type),
        ];
        for (word, value) in [
            ("FINALFUNC", &one.final_function),
            ("COMBINEFUNC", &one.combine_function),
            ("INITCOND", &one.initial_value),
            ("SORTOP", &one.sort_operator),
            ("KIND", &one.kind),
            ("PARALLEL", &one.parallel),
        ] {
            facts.extend(value.iter().map(|value| format!("{word} {value}")));
        }
        flow.paragraph(&facts.join("\n"), CODE);
        flow.space(8.0);
    }
}
