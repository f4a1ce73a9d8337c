//! A schema as JSON objects by kind and name, and which of their fields are objects in turn.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ObjectKind;
use crate::schema::Schema;

/// The JSON of one object.
pub(super) type Body = Map<String, Value>;

/// Kind, name, and a number that tells apart those of the same kind and name: the model does not forbid them (two
/// relations that a person gave one label).
pub(super) type Key = (ObjectKind, String, usize);

/// Objects by key, each with its place among its like, from 1.
pub(super) type Objects = BTreeMap<Key, (usize, Body)>;

/// The lists of [`Schema`] and what they hold, in the model's order. A test holds that none is missing.
pub(super) const LISTS: &[(&str, ObjectKind)] = &[
    ("schemas", ObjectKind::Schema),
    ("extensions", ObjectKind::Extension),
    ("enums", ObjectKind::Enum),
    ("domains", ObjectKind::Domain),
    ("composites", ObjectKind::CompositeType),
    ("ranges", ObjectKind::RangeType),
    ("sequences", ObjectKind::Sequence),
    ("tables", ObjectKind::Table),
    ("views", ObjectKind::View),
    ("routines", ObjectKind::Function),
    ("aggregates", ObjectKind::Aggregate),
    ("statistics", ObjectKind::Statistics),
    ("event_triggers", ObjectKind::EventTrigger),
    ("publications", ObjectKind::Publication),
    ("foreign_servers", ObjectKind::ForeignServer),
];

const OF_TABLE: &[(&str, ObjectKind)] = &[
    ("columns", ObjectKind::Column),
    ("primary_key", ObjectKind::PrimaryKey),
    ("unique_keys", ObjectKind::UniqueConstraint),
    ("foreign_keys", ObjectKind::ForeignKey),
    ("checks", ObjectKind::CheckConstraint),
    ("exclusions", ObjectKind::ExclusionConstraint),
    ("not_nulls", ObjectKind::NotNullConstraint),
    ("indexes", ObjectKind::Index),
    ("triggers", ObjectKind::Trigger),
    ("policies", ObjectKind::Policy),
    ("rules", ObjectKind::Rule),
];

const OF_VIEW: &[(&str, ObjectKind)] = &[
    ("columns", ObjectKind::Column),
    ("indexes", ObjectKind::Index),
    ("triggers", ObjectKind::Trigger),
    ("rules", ObjectKind::Rule),
];

/// The fields of an object that hold objects with names. Every other field is a fact.
pub(super) fn parts_of(kind: ObjectKind) -> &'static [(&'static str, ObjectKind)] {
    match kind {
        ObjectKind::Table | ObjectKind::ForeignTable => OF_TABLE,
        ObjectKind::View | ObjectKind::MaterializedView => OF_VIEW,
        ObjectKind::Domain => &[("checks", ObjectKind::CheckConstraint)],
        ObjectKind::CompositeType => &[("attributes", ObjectKind::Attribute)],
        ObjectKind::Publication => &[("tables", ObjectKind::PublishedTable)],
        _ => &[],
    }
}

/// Whether the order of these is a fact: columns and attributes stand as they were declared, the rest goes by name.
pub(super) fn is_ordered(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Column | ObjectKind::Attribute)
}

/// Everything that a schema declares.
pub(super) fn of_schema(schema: &Schema) -> Objects {
    let mut objects = Objects::new();
    if let Ok(Value::Object(mut lists)) = serde_json::to_value(schema) {
        for (field, kind) in LISTS {
            collect(*kind, lists.remove(*field), &mut objects);
        }
    }
    objects
}

/// The parts of an object, by the field that holds them.
pub(super) fn of_field(kind: ObjectKind, field: Option<&Value>) -> Objects {
    let mut objects = Objects::new();
    collect(kind, field.cloned(), &mut objects);
    objects
}

/// A list of objects, or a single one (`primary_key`).
fn collect(kind: ObjectKind, field: Option<Value>, objects: &mut Objects) {
    let list = match field {
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for (at, value) in list.into_iter().enumerate() {
        let Value::Object(body) = value else { continue };
        let kind = precise(kind, &body);
        let name = name(kind, &body);
        let mut number = 0;
        while objects.contains_key(&(kind, name.clone(), number)) {
            number += 1;
        }
        objects.insert((kind, name, number), (at + 1, body));
    }
}

/// The model keeps some kinds in one list that PostgreSQL tells apart: one cannot be altered into the other.
fn precise(kind: ObjectKind, body: &Body) -> ObjectKind {
    match kind {
        ObjectKind::Table if body.contains_key("foreign") => ObjectKind::ForeignTable,
        ObjectKind::View if body.contains_key("materialized") => ObjectKind::MaterializedView,
        ObjectKind::Function if body.get("kind").is_some_and(|kind| kind == "procedure") => ObjectKind::Procedure,
        kind => kind,
    }
}

fn name(kind: ObjectKind, body: &Body) -> String {
    let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default();
    match kind {
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => {
            format!("{}({})", text("name"), text("identity"))
        }
        _ => text("name").to_owned(),
    }
}
