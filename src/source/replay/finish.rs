//! What becomes of a reading after a replay: the framework's own tables leave it, and stand-ins leave their traces.

use std::collections::BTreeSet;

use super::repair::Repairs;
use super::rewrite;
use super::script::Script;
use crate::schema::{Document, Schema};
use crate::source::Reading;

pub(super) fn finish(reading: &mut Reading, script: &Script, repairs: &Repairs) {
    leave_out(&mut reading.schema, &script.history_tables, &script.history_schemas);
    spell_in(&mut reading.schema);
    reading.gaps.extend(repairs.gaps.iter().cloned());
    reading.gaps.sort();
    reading.gaps.dedup();
}

/// Takes tables out, with the sequences that belong to them, and schemas that are empty without them.
pub fn leave_out(schema: &mut Schema, tables: &[String], schemas: &[String]) {
    let gone: BTreeSet<&str> = tables.iter().map(String::as_str).collect();
    let is_gone = |name: &crate::schema::QualifiedName| {
        gone.contains(name.plain().as_str()) || gone.contains(name.to_string().as_str())
    };
    schema.tables.retain(|table| !is_gone(&table.name));
    schema.sequences.retain(|sequence| !sequence.owned_by_table.as_ref().is_some_and(is_gone));
    for name in schemas {
        if is_empty(schema, name) {
            schema.schemas.retain(|known| known.name != *name);
        }
    }
}

fn is_empty(schema: &Schema, name: &str) -> bool {
    let inside = |object: &crate::schema::QualifiedName| object.schema == name;
    !(schema.tables.iter().any(|object| inside(&object.name))
        || schema.views.iter().any(|object| inside(&object.name))
        || schema.enums.iter().any(|object| inside(&object.name))
        || schema.domains.iter().any(|object| inside(&object.name))
        || schema.composites.iter().any(|object| inside(&object.name))
        || schema.ranges.iter().any(|object| inside(&object.name))
        || schema.sequences.iter().any(|object| inside(&object.name))
        || schema.routines.iter().any(|object| inside(&object.name))
        || schema.aggregates.iter().any(|object| inside(&object.name)))
}

/// Domains that only spelled out a type modifier give their place back to it.
fn spell_in(schema: &mut Schema) {
    let names: BTreeSet<String> = schema
        .domains
        .iter()
        .filter(|domain| domain.about.extension.is_some() && rewrite::is_spelled_out(&domain.name.name))
        .map(|domain| domain.name.name.clone())
        .collect();
    if names.is_empty() {
        return;
    }
    schema.domains.retain(|domain| !names.contains(&domain.name.name));
    // The name can stand in any expression, so the text of the whole document is where to look.
    let mut text = Document::new(schema.clone(), Vec::new()).to_json();
    for name in &names {
        text = text.replace(&format!("\\\"{name}\\\""), name);
    }
    // What was valid stays valid: only quotes inside of strings went.
    if let Ok(document) = serde_json::from_str::<Document>(&text) {
        *schema = document.schema;
    }
    schema.canonicalize();
}
