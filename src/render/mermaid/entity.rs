//! One table as a block of attributes, and one foreign key as a line.

use crate::render::View;
use crate::render::view::short_type;
use crate::schema::{Column, ForeignKey, QualifiedName, Table};

use super::spell;

/// How much of a table is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The name alone.
    Name,
    /// The columns of primary, foreign and unique keys.
    Keys,
    /// Every column.
    Full,
}

/// Longer comments stay in the tables of the documentation: in a picture they only push the boxes apart.
const COMMENT: usize = 60;
const LABEL: usize = 80;

/// The block of a table, ending in a newline. `limit` is how many columns it shows at most; a row says how many are
/// left out.
pub(in crate::render) fn block(view: &View<'_>, table: &Table, detail: Detail, limit: usize, comments: bool) -> String {
    let name = spell::entity(&table.name);
    let mut text = String::new();
    if name != table.name.short() && name != table.name.plain() {
        let original = table.name.to_string();
        text.push_str(&format!("  %% {name}: {}\n", spell::text(&original, 300)));
    }
    let shown: Vec<&Column> = match detail {
        Detail::Name => Vec::new(),
        Detail::Keys => table.columns.iter().filter(|column| is_key(table, &column.name)).take(limit).collect(),
        Detail::Full => table.columns.iter().take(limit).collect(),
    };
    let nothing = shown.is_empty() && (detail == Detail::Keys || table.columns.is_empty());
    if detail == Detail::Name || (nothing && table.partition_key.is_none()) {
        return format!("{text}  \"{name}\"\n");
    }
    text.push_str(&format!("  \"{name}\" {{\n"));
    for column in &shown {
        text.push_str(&attribute(table, column, comments));
    }
    let hidden = table.columns.len() - shown.len();
    if hidden > 0 {
        text.push_str(&format!("    _ more_columns \"{hidden} more\"\n"));
    }
    if let Some(key) = &table.partition_key {
        let count = match view.partition_count(&table.name) {
            1 => "1 partition".to_owned(),
            count => format!("{count} partitions"),
        };
        let strategy = spell::word(&key.strategy);
        let comment = spell::text(&format!("{}, {count}", key.definition), COMMENT * 2);
        text.push_str(&format!("    partitioned by_{strategy} \"{comment}\"\n"));
    }
    text.push_str("  }\n");
    text
}

/// The block of a view: a row that says what it is, then its columns.
pub(super) fn view_block(object: &crate::schema::View) -> String {
    let kind = if object.materialized { "materialized_view" } else { "view" };
    let mut text = format!("  \"{}\" {{\n    {kind} _\n", spell::entity(&object.name));
    for column in &object.columns {
        text.push_str(&attribute(&Table::default(), column, false));
    }
    text.push_str("  }\n");
    text
}

pub(in crate::render) fn is_key(table: &Table, column: &str) -> bool {
    table.is_primary(column) || table.is_foreign(column) || table.is_unique(column)
}

fn attribute(table: &Table, column: &Column, comments: bool) -> String {
    let comment = column.comment.as_deref().filter(|_| comments).map(|comment| spell::text(comment, COMMENT));
    attribute_noting(table, column, comment)
}

/// One row: type, name, keys, and in its comment what could not be spelled and `note`, which is spelled already.
pub(in crate::render) fn attribute_noting(table: &Table, column: &Column, note: Option<String>) -> String {
    let short = short_type(&column.data_type);
    let (data_type, name) = (spell::word(&short), spell::word(&column.name));
    let mut keys = Vec::new();
    if table.is_primary(&column.name) {
        keys.push("PK");
    }
    if table.is_foreign(&column.name) {
        keys.push("FK");
    }
    if table.is_unique(&column.name) && !matches!(keys.as_slice(), ["PK", ..]) {
        keys.push("UK");
    }
    let mut notes = Vec::new();
    if name != column.name {
        notes.push(spell::text(&column.name, 130));
    }
    if data_type != short {
        notes.push(spell::text(&short, 130));
    }
    notes.extend(note);
    let keys = if keys.is_empty() { String::new() } else { format!(" {}", keys.join(", ")) };
    let notes = if notes.is_empty() { String::new() } else { format!(" \"{}\"", notes.join(" - ")) };
    format!("    {data_type} {name}{keys}{notes}\n")
}

/// The line of a foreign key, from the table that is pointed at to the one that points.
pub(super) fn relation(view: &View<'_>, table: &Table, key: &ForeignKey, target: &QualifiedName) -> String {
    line_between(target, &link(view, table, key), &table.name, &label(key))
}

/// How many rows a foreign key ties to how many, as Mermaid draws it.
pub(in crate::render) fn link(view: &View<'_>, table: &Table, key: &ForeignKey) -> String {
    let cardinality = view.cardinality(table, key);
    let parent = if cardinality.optional { "|o" } else { "||" };
    let child = if cardinality.single { "o|" } else { "o{" };
    let line = if key.is_virtual { ".." } else { "--" };
    format!("{parent}{line}{child}")
}

/// A relation of the configuration is named by what a person called it; a constraint's name only repeats its table.
pub(in crate::render) fn label(key: &ForeignKey) -> String {
    if key.columns.is_empty() || key.is_virtual { key.name.clone() } else { key.columns.join(", ") }
}

pub(in crate::render) fn line_between(from: &QualifiedName, link: &str, to: &QualifiedName, label: &str) -> String {
    format!("  \"{}\" {link} \"{}\" : \"{}\"\n", spell::entity(from), spell::entity(to), spell::text(label, LABEL))
}
