//! DBML (`schema.dbml`), for dbdiagram.io and the tools around it.
//!
//! What DBML has no words for (partitions, exclusion constraints, views…) becomes a note or a comment, never silence.
//! Some of its rules have no counterpart in PostgreSQL: no table without columns, no enum without labels, no two
//! relations between the same columns, none from columns to themselves, no backtick inside an expression.

use std::collections::BTreeSet;

use crate::schema::select::base_type;
use crate::schema::{Column, ForeignKey, Index, QualifiedName, ReferentialAction, Table, UniqueKey};

use super::view::{UserType, short_type};
use super::{File, View, clusters, describe};

/// `schema.dbml`.
pub fn render(view: &View<'_>) -> File {
    let mut text = format!("Project {} {{\n  database_type: 'PostgreSQL'\n}}\n", ident(&view.title));
    for object in &view.schema.enums {
        if object.labels.is_empty() {
            text.push_str(&format!("\n// Enum {} has no labels.\n", line(&object.name.to_string())));
            continue;
        }
        text.push_str(&comment(&object.about.comment));
        text.push_str(&format!("\nEnum {} {{\n", qualified(&object.name)));
        object.labels.iter().for_each(|label| text.push_str(&format!("  {}\n", ident(label))));
        text.push_str("}\n");
    }
    for table in view.main_tables() {
        text.push_str(&self::table(view, table));
    }
    let mut taken = BTreeSet::new();
    for table in view.main_tables() {
        for key in &table.foreign_keys {
            text.push_str(&reference(view, table, key, &mut taken));
        }
    }
    text.push_str(&groups(view));
    for object in &view.schema.views {
        let kind = if object.materialized { "Materialized view" } else { "View" };
        text.push_str(&format!("\n// {kind} {}: DBML has no views.\n", line(&object.name.to_string())));
    }
    for gap in view.gaps {
        text.push_str(&format!("\n// Not readable: {}: {}\n", line(&gap.scope), line(&gap.reason)));
    }
    File::text("schema.dbml", text)
}

fn table(view: &View<'_>, table: &Table) -> String {
    if table.columns.is_empty() {
        return format!("\n// Table {} has no columns.\n", line(&table.name.to_string()));
    }
    let mut text = format!("\nTable {} {{\n", qualified(&table.name));
    for column in &table.columns {
        text.push_str(&self::column(view, table, column));
    }
    let mut indexes: Vec<String> = Vec::new();
    indexes.extend(table.primary_key.iter().filter(|key| key.columns.len() > 1).map(|key| self::key(key, "pk")));
    indexes.extend(table.unique_keys.iter().map(|key| self::key(key, "unique")));
    indexes.extend(table.indexes.iter().map(index));
    if !indexes.is_empty() {
        text.push_str(&format!("\n  indexes {{\n{}  }}\n", indexes.concat()));
    }
    let checks: Vec<_> = table
        .checks
        .iter()
        .filter_map(|check| Some(format!("    {} [name: {}]\n", expression(&check.expression)?, string(&check.name))))
        .collect();
    if !checks.is_empty() {
        text.push_str(&format!("\n  checks {{\n{}  }}\n", checks.concat()));
    }
    let notes = table_notes(view, table);
    if !notes.is_empty() {
        text.push_str(&format!("\n  Note: {}\n", string(&notes.join("\n"))));
    }
    text.push_str("}\n");
    text
}

/// The comment, and what DBML has no place for.
fn table_notes(view: &View<'_>, table: &Table) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(table.about.comment.clone());
    let kind = describe::table_kind(table);
    notes.extend((kind != "table").then(|| {
        let server = table.foreign.as_ref().map(|foreign| format!(" on server {}", foreign.server)).unwrap_or_default();
        format!("{}{server}", capitalized(&kind))
    }));
    if let Some(key) = &table.partition_key {
        notes.push(format!("PARTITION BY {}, partitions: {}", key.definition, view.partition_count(&table.name)));
    }
    if !table.inherits.is_empty() {
        let parents: Vec<_> = table.inherits.iter().map(ToString::to_string).collect();
        notes.push(format!("INHERITS ({})", parents.join(", ")));
    }
    let unsaid = |check: &&crate::schema::Check| {
        expression(&check.expression).is_none() || check.not_valid || check.not_enforced || check.no_inherit
    };
    notes.extend(table.checks.iter().filter(unsaid).map(|check| format!("{} {}", check.name, describe::check(check))));
    notes.extend(table.exclusions.iter().map(|exclusion| exclusion.definition.clone()));
    let trigger = |trigger: &crate::schema::Trigger| {
        format!(
            "TRIGGER {} {} EXECUTE {}",
            trigger.name,
            describe::trigger_event(trigger),
            describe::trigger_call(trigger)
        )
    };
    notes.extend(table.triggers.iter().map(trigger));
    notes.extend(table.row_security.then(|| format!("ROW LEVEL SECURITY, policies: {}", table.policies.len())));
    notes
}

fn column(view: &View<'_>, table: &Table, column: &Column) -> String {
    let mut settings = Vec::new();
    if table.primary_key.as_ref().is_some_and(|key| key.columns == [column.name.clone()]) {
        settings.push("pk".to_owned());
    }
    if column.not_null {
        settings.push("not null".to_owned());
    }
    let serial = column.default.as_ref().is_some_and(|default| default.starts_with("nextval("));
    if column.identity.is_some() || serial {
        settings.push("increment".to_owned());
    }
    if let Some(default) = column.default.as_ref().filter(|_| !serial) {
        let value = expression(default).unwrap_or_else(|| string(default));
        settings.push(format!("default: {value}"));
    }
    let mut notes = Vec::new();
    notes.extend(column.comment.clone());
    if column.identity.is_some() || column.generated.is_some() {
        notes.extend(describe::column_default(column));
    }
    notes.extend(describe::column_extras(column));
    if !notes.is_empty() {
        settings.push(format!("note: {}", string(&notes.join("\n"))));
    }
    let settings = if settings.is_empty() { String::new() } else { format!(" [{}]", settings.join(", ")) };
    format!("  {} {}{settings}\n", ident(&column.name), data_type(view, &column.data_type))
}

/// Enums by name, so that tools link them; other types bare where DBML's words allow it, else in quotes.
fn data_type(view: &View<'_>, data_type: &str) -> String {
    if let Some(UserType::Enum(object)) = view.user_type(data_type)
        && !object.labels.is_empty()
    {
        let array = if base_type(data_type) == data_type { "" } else { "[]" };
        return format!("{}{array}", qualified(&object.name));
    }
    let short = short_type(data_type);
    let word = short.strip_suffix("[]").unwrap_or(&short);
    let (word, modifier) = word.find('(').map_or((word, ""), |at| word.split_at(at));
    let bare = word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && modifier.chars().all(|c| c.is_ascii_digit() || matches!(c, '(' | ')' | ','));
    if bare { short } else { ident(&short) }
}

fn key(key: &UniqueKey, kind: &str) -> String {
    let columns: Vec<_> = key.columns.iter().map(|name| ident(name)).collect();
    let plain = UniqueKey { name: key.name.clone(), columns: key.columns.clone(), ..UniqueKey::default() };
    let mut settings = vec![kind.to_owned(), format!("name: {}", string(&key.name))];
    let mut notes = Vec::new();
    notes.extend(key.comment.clone());
    let uncommented = UniqueKey { comment: None, ..key.clone() };
    if uncommented != plain {
        notes.push(describe::unique_key(key, kind == "pk"));
    }
    if !notes.is_empty() {
        settings.push(format!("note: {}", string(&notes.join("\n"))));
    }
    format!("    ({}) [{}]\n", columns.join(", "), settings.join(", "))
}

fn index(index: &Index) -> String {
    let keys: Option<Vec<String>> = index
        .keys
        .iter()
        .map(|key| match (&key.column, &key.expression) {
            (Some(column), _) => Some(ident(column)),
            (None, Some(text)) => expression(text),
            (None, None) => None,
        })
        .collect();
    let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
        return format!("    // {}: {}\n", line(&index.name), line(&describe::index(index)));
    };
    let mut settings = Vec::new();
    settings.extend(index.unique.then(|| "unique".to_owned()));
    settings.push(format!("name: {}", string(&index.name)));
    if index.method != "btree" {
        settings.push(format!("type: {}", ident(&index.method)));
    }
    let mut notes = Vec::new();
    notes.extend(index.comment.clone());
    let special = index.predicate.is_some()
        || index.nulls_not_distinct
        || !index.include.is_empty()
        || !index.options.is_empty()
        || index.keys.iter().any(|key| {
            key.operator_class.is_some() || key.collation.is_some() || key.descending || key.nulls_first.is_some()
        });
    notes.extend(special.then(|| describe::index(index)));
    notes.extend(index.invalid.then(|| "invalid".to_owned()));
    if !notes.is_empty() {
        settings.push(format!("note: {}", string(&notes.join("\n"))));
    }
    format!("    ({}) [{}]\n", keys.join(", "), settings.join(", "))
}

/// A relation, or a comment that says why there is none. `taken` holds the pairs of ends that have one already.
fn reference(view: &View<'_>, table: &Table, key: &ForeignKey, taken: &mut BTreeSet<[String; 2]>) -> String {
    let left_out = |why: &str| {
        let definition = line(&format!("{} of {}: {}", key.name, table.name, describe::foreign_key(key)));
        format!("\n// {definition} ({why})\n")
    };
    let Some(target) = view.main_table(&key.references).filter(|target| !target.columns.is_empty()) else {
        return left_out("the other table is not shown");
    };
    let known = |table: &Table, columns: &[String]| {
        !columns.is_empty() && columns.iter().all(|name| table.column(name).is_some())
    };
    if !known(table, &key.columns) || !known(target, &key.referenced_columns) {
        return left_out("its columns are not known");
    }
    let end = |name: &QualifiedName, columns: &[String]| {
        let columns: Vec<_> = columns.iter().map(|column| ident(column)).collect();
        match columns.as_slice() {
            [only] => format!("{}.{only}", qualified(name)),
            many => format!("{}.({})", qualified(name), many.join(", ")),
        }
    };
    let (from, to) = (end(&table.name, &key.columns), end(&target.name, &key.referenced_columns));
    if from == to {
        return left_out("DBML has no relation from columns to themselves");
    }
    let mut pair = [from.clone(), to.clone()];
    pair.sort();
    if !taken.insert(pair) {
        return left_out("DBML takes one relation between the same columns");
    }
    let link = if view.cardinality(table, key).single { "-" } else { ">" };
    let mut settings = Vec::new();
    for (word, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        if action != ReferentialAction::NoAction {
            settings.push(format!("{word}: {}", action.sql().to_lowercase()));
        }
    }
    let settings = if settings.is_empty() { String::new() } else { format!(" [{}]", settings.join(", ")) };
    let mut remarks = String::new();
    if key.is_virtual {
        remarks.push_str("\n// Not declared in the database.");
    }
    let plain = ForeignKey {
        name: key.name.clone(),
        columns: key.columns.clone(),
        references: key.references.clone(),
        referenced_columns: key.referenced_columns.clone(),
        on_delete: key.on_delete,
        on_update: key.on_update,
        is_virtual: key.is_virtual,
        comment: key.comment.clone(),
        ..ForeignKey::default()
    };
    if *key != plain {
        remarks.push_str(&format!("\n// {}", line(&describe::foreign_key(key))));
    }
    remarks.push_str(&comment(&key.comment));
    format!("{remarks}\nRef {}: {from} {link} {to}{settings}\n", ident(&key.name))
}

/// The clusters as groups, where there are several.
fn groups(view: &View<'_>) -> String {
    let clusters = clusters::clusters(view);
    if clusters.len() < 2 {
        return String::new();
    }
    let mut text = String::new();
    for cluster in &clusters {
        let tables: Vec<_> = cluster.tables.iter().filter(|table| !table.columns.is_empty()).collect();
        if !tables.is_empty() {
            text.push_str(&format!("\nTableGroup {} {{\n", ident(&cluster.title)));
            tables.iter().for_each(|table| text.push_str(&format!("  {}\n", qualified(&table.name))));
            text.push_str("}\n");
        }
    }
    text
}

fn comment(comment: &Option<String>) -> String {
    comment.as_ref().map(|text| format!("\n// {}", line(text))).unwrap_or_default()
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn qualified(name: &QualifiedName) -> String {
    format!("{}.{}", ident(&name.schema), ident(&name.name))
}

/// Always quoted: DBML has keywords of its own.
fn ident(text: &str) -> String {
    if text.is_empty() { "\"(unnamed)\"".to_owned() } else { format!("\"{}\"", escaped(text, '"')) }
}

fn string(text: &str) -> String {
    format!("'{}'", escaped(text, '\''))
}

fn escaped(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            c if c == quote => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// In backticks, on one line; `None` where it holds a backtick, which cannot be escaped.
fn expression(text: &str) -> Option<String> {
    (!text.contains('`')).then(|| format!("`{}`", line(text)))
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
