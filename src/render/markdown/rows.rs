//! From objects of the model to rows of a page, where nothing else is needed.

use crate::render::describe;
use crate::schema::{About, Column, ForeignKey, Grant, Index, Rule, Table};

use super::data::{Fact, ForeignKeyData, GrantData, Link, NamedRow};

/// What a partition has of its own.
pub(super) fn own(table: &Table) -> Vec<String> {
    let mut own = Vec::new();
    own.extend(table.partition_key.as_ref().map(|key| format!("PARTITION BY {}", key.definition)));
    own.extend(table.foreign.as_ref().map(|foreign| format!("SERVER {}", foreign.server)));
    own.extend(table.checks.iter().filter(|check| !check.inherited).map(describe::check));
    let indexes = table.indexes.iter().filter(|index| !index.inherited);
    own.extend(indexes.map(|index| format!("INDEX {} {}", index.name, describe::index(index))));
    let triggers = table.triggers.iter().filter(|trigger| !trigger.inherited);
    own.extend(triggers.map(|trigger| format!("TRIGGER {} {}", trigger.name, describe::trigger_event(trigger))));
    own.extend(table.policies.iter().map(|policy| format!("POLICY {}", policy.name)));
    own.extend(table.about.grants.iter().map(|grant| format!("GRANT {}", describe::grant(grant))));
    own.extend(table.about.comment.as_ref().map(|comment| format!("-- {comment}")));
    own
}

pub(super) fn constraints(table: &Table) -> Vec<NamedRow> {
    let mut rows = Vec::new();
    let mut row = |name: &str, definition: String, inherited: bool, comment: &Option<String>| {
        let notes = if inherited { vec!["inherited".to_owned()] } else { Vec::new() };
        rows.push(NamedRow { name: name.to_owned(), definition, notes, comment: comment.clone() });
    };
    if let Some(key) = &table.primary_key {
        row(&key.name, describe::unique_key(key, true), false, &key.comment);
    }
    for key in &table.unique_keys {
        row(&key.name, describe::unique_key(key, false), false, &key.comment);
    }
    for check in &table.checks {
        row(&check.name, describe::check(check), check.inherited, &check.comment);
    }
    for exclusion in &table.exclusions {
        let deferral = describe::deferral(exclusion.deferrable, exclusion.initially_deferred);
        // The definition may already say so, depending on who read it.
        let said = exclusion.definition.contains("DEFERRABLE");
        let definition = format!("{}{}", exclusion.definition, if said { "" } else { deferral });
        row(&exclusion.name, definition, false, &exclusion.comment);
    }
    for constraint in &table.not_nulls {
        row(&constraint.name, describe::not_null(constraint), false, &constraint.comment);
    }
    rows
}

pub(super) fn indexes(indexes: &[Index]) -> Vec<NamedRow> {
    let row = |index: &Index| NamedRow {
        name: index.name.clone(),
        definition: describe::index(index),
        notes: describe::index_notes(index).into_iter().map(str::to_owned).collect(),
        comment: index.comment.clone(),
    };
    indexes.iter().map(row).collect()
}

pub(super) fn rules(rules: &[Rule]) -> Vec<NamedRow> {
    let row = |rule: &Rule| NamedRow {
        name: rule.name.clone(),
        definition: rule.definition.clone(),
        notes: rule.enabled.iter().cloned().collect(),
        comment: rule.comment.clone(),
    };
    rules.iter().map(row).collect()
}

pub(super) fn foreign_key(key: &ForeignKey, table: Link) -> ForeignKeyData {
    ForeignKeyData {
        name: key.name.clone(),
        table,
        columns: key.columns.join(", "),
        referenced_columns: key.referenced_columns.join(", "),
        rules: describe::foreign_key_rules(key),
        is_virtual: key.is_virtual,
        comment: key.comment.clone(),
    }
}

pub(super) fn grants(about: &About, columns: &[Column]) -> Vec<GrantData> {
    let row = |grant: &Grant, column: Option<&str>| GrantData {
        role: grant.role.clone(),
        privileges: grant.privileges.join(", "),
        column: column.map(str::to_owned),
        grantable: grant.grantable,
        revoked: grant.revoked,
    };
    let of_columns =
        columns.iter().flat_map(|column| column.grants.iter().map(move |grant| row(grant, Some(&column.name))));
    about.grants.iter().map(|grant| row(grant, None)).chain(of_columns).collect()
}

pub(super) fn about_facts(about: &About) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(about.owner.as_ref().map(|owner| Fact::code("Owner", owner)));
    facts.extend(about.extension.as_ref().map(|extension| Fact::code("Extension", extension)));
    facts
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// In whole numbers, so that no machine rounds differently: `12.3 MB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: &[&str] = &["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut tenths = bytes * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}
