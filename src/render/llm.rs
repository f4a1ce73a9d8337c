//! A compact text for language models (`schema.llm.txt`): every key, column, enum and comment in as few tokens as it
//! takes to stay clear. Function bodies, privileges and storage are left to the other formats.
//!
//! One object is one paragraph and one column one line; an explanation of the notation comes first, since a model
//! that has to guess gets it wrong.

use crate::schema::name::quote_ident;
use crate::schema::{Column, ForeignKey, Gap, QualifiedName, Table};

use super::view::short_type;
use super::{File, View, describe};

/// `schema.llm.txt`.
pub fn render(view: &View<'_>) -> File {
    let mut text = format!("# {} (PostgreSQL)\n", line(&view.title));
    text.push_str(
        "# Notation: names as in SQL, without public.; column type; ! not null; pk, uq; =default; -> references; \
         <- referenced by; -- comment\n",
    );
    for schema in &view.schema.schemas {
        if let Some(comment) = &schema.about.comment {
            text.push_str(&format!("\nschema {} -- {}\n", quote_ident(&schema.name), line(comment)));
        }
    }
    if !view.schema.extensions.is_empty() {
        let names: Vec<_> = view.schema.extensions.iter().map(|extension| extension.name.as_str()).collect();
        text.push_str(&format!("\nextensions: {}\n", names.join(", ")));
    }
    types(view, &mut text);
    for table in view.main_tables() {
        self::table(view, table, &mut text);
    }
    for object in &view.schema.views {
        let kind = if object.materialized { "materialized view" } else { "view" };
        text.push_str(&format!("\n{kind} {}{}\n", short(&object.name), comment(&object.about.comment)));
        for column in &object.columns {
            let note = comment(&column.comment);
            text.push_str(&format!("  {} {}{note}\n", line(&quote_ident(&column.name)), short_type(&column.data_type)));
        }
        if !object.depends_on.is_empty() {
            let names: Vec<_> = object.depends_on.iter().map(short).collect();
            text.push_str(&format!("  reads {}\n", names.join(", ")));
        }
    }
    if !view.schema.routines.is_empty() || !view.schema.aggregates.is_empty() {
        text.push_str("\nroutines\n");
    }
    for routine in &view.schema.routines {
        let returns = routine.returns.as_ref().map(|text| format!(" returns {text}")).unwrap_or_default();
        let signature = describe::signature(routine);
        let signature = signature.strip_prefix("public.").unwrap_or(&signature);
        text.push_str(&format!("  {}{}\n", line(&format!("{signature}{returns}")), comment(&routine.about.comment)));
    }
    for aggregate in &view.schema.aggregates {
        let signature = format!("{}({}) returns {}", short(&aggregate.name), aggregate.identity, aggregate.returns);
        text.push_str(&format!("  aggregate {}{}\n", line(&signature), comment(&aggregate.about.comment)));
    }
    gaps(view.gaps, &mut text);
    File::text("schema.llm.txt", text)
}

fn types(view: &View<'_>, text: &mut String) {
    for object in &view.schema.enums {
        let labels: Vec<_> = object.labels.iter().map(|label| line(label)).collect();
        let note = comment(&object.about.comment);
        text.push_str(&format!("\nenum {}: {}{note}\n", short(&object.name), labels.join(" | ")));
    }
    for object in &view.schema.domains {
        let mut rules: Vec<_> = object.checks.iter().map(describe::check).collect();
        rules.extend(object.not_null.then(|| "not null".to_owned()));
        rules.extend(object.default.as_ref().map(|default| format!("={default}")));
        let rules = if rules.is_empty() { String::new() } else { format!(" {}", line(&rules.join(" "))) };
        let note = comment(&object.about.comment);
        text.push_str(&format!("\ndomain {}: {}{rules}{note}\n", short(&object.name), short_type(&object.data_type)));
    }
    for object in &view.schema.composites {
        let fields: Vec<_> = object
            .attributes
            .iter()
            .map(|field| format!("{} {}", quote_ident(&field.name), short_type(&field.data_type)))
            .collect();
        let note = comment(&object.about.comment);
        text.push_str(&format!("\ntype {}: ({}){note}\n", short(&object.name), fields.join(", ")));
    }
    for object in &view.schema.ranges {
        let note = comment(&object.about.comment);
        text.push_str(&format!("\nrange {}: of {}{note}\n", short(&object.name), short_type(&object.subtype)));
    }
}

fn table(view: &View<'_>, table: &Table, text: &mut String) {
    text.push_str(&format!("\ntable {}{}\n", short(&table.name), comment(&table.about.comment)));
    for column in &table.columns {
        text.push_str(&self::column(table, column));
    }
    let mut say = |words: String| text.push_str(&format!("  {}\n", line(&words)));
    if let Some(key) = table.primary_key.as_ref().filter(|key| key.columns.len() != 1) {
        say(format!("pk ({})", describe::names(&key.columns)));
    }
    for key in table.unique_keys.iter().filter(|key| key.columns.len() != 1) {
        say(format!("uq ({})", describe::names(&key.columns)));
    }
    for key in table.foreign_keys.iter().filter(|key| key.columns.len() != 1) {
        say(format!("({}) {}", describe::names(&key.columns), target(key)));
    }
    table.checks.iter().for_each(|check| say(describe::check(check).replacen("CHECK", "check", 1)));
    table.exclusions.iter().for_each(|exclusion| say(exclusion.definition.clone()));
    for index in &table.indexes {
        say(format!("index {}", describe::index(index).replacen("UNIQUE", "unique", 1).replacen("btree ", "", 1)));
    }
    if !table.inherits.is_empty() {
        let names: Vec<_> = table.inherits.iter().map(short).collect();
        say(format!("inherits {}", names.join(", ")));
    }
    if let Some(key) = &table.partition_key {
        say(format!("partitioned by {}, {} partitions", key.definition, view.partition_count(&table.name)));
    }
    if let Some(foreign) = &table.foreign {
        say(format!("on foreign server {}", foreign.server));
    }
    for trigger in &table.triggers {
        say(format!("trigger {}: {}", describe::trigger_event(trigger), describe::trigger_call(trigger)));
    }
    if table.row_security {
        let names: Vec<_> = table.policies.iter().map(|policy| quote_ident(&policy.name)).collect();
        say(format!("row security: {}", if names.is_empty() { "no policy".to_owned() } else { names.join(", ") }));
    }
    let mut incoming: Vec<_> = view.referenced_by(&table.name).map(|(other, _)| short(&other.name)).collect();
    incoming.dedup();
    if !incoming.is_empty() {
        say(format!("<- {}", incoming.join(", ")));
    }
}

fn column(table: &Table, column: &Column) -> String {
    let mut words = vec![quote_ident(&column.name), short_type(&column.data_type)];
    let only_key =
        table.primary_key.as_ref().is_some_and(|key| matches!(key.columns.as_slice(), [only] if *only == column.name));
    if only_key {
        words.push("pk".to_owned());
    } else if column.not_null {
        words.push("!".to_owned());
    }
    if table.is_unique(&column.name) {
        words.push("uq".to_owned());
    }
    if let Some(default) = describe::column_default(column) {
        words.push(if column.default.as_ref() == Some(&default) { format!("={default}") } else { default });
    }
    for key in &table.foreign_keys {
        if matches!(key.columns.as_slice(), [only] if *only == column.name) {
            words.push(target(key));
        }
    }
    format!("  {}{}\n", line(&words.join(" ")), comment(&column.comment))
}

fn target(key: &ForeignKey) -> String {
    let rules = describe::foreign_key_rules(key);
    let declared = if key.is_virtual { " (not declared in the database)" } else { "" };
    let space = if rules.is_empty() { "" } else { " " };
    format!("-> {}({}){space}{rules}{declared}", short(&key.references), describe::names(&key.referenced_columns))
}

fn gaps(gaps: &[Gap], text: &mut String) {
    if !gaps.is_empty() {
        text.push_str("\nnot readable\n");
    }
    for gap in gaps {
        text.push_str(&format!("  {}: {}\n", line(&gap.scope), line(&gap.reason)));
    }
}

/// As SQL spells it, without `public.`, on one line.
fn short(name: &QualifiedName) -> String {
    let text = name.to_string();
    line(text.strip_prefix("public.").unwrap_or(&text))
}

fn comment(comment: &Option<String>) -> String {
    comment.as_ref().map(|text| format!(" -- {}", line(text))).unwrap_or_default()
}

/// On one line: a line break would end the object that the text belongs to.
fn line(text: &str) -> String {
    let one: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    one.replace("  ", " ")
}
