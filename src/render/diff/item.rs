//! One change as every format tells it: a mark, a name, and details that still have to be escaped.

use serde_json::Value;

use super::{lines, words};
use crate::render::describe;
use crate::schema::Table;
use crate::schema::diff::{Change, Fact, ObjectChange, ObjectKind};

/// More lines of one text are left out, and counted.
const LINES: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Added,
    Removed,
    Renamed,
    Changed,
}

impl Item {
    /// The only thing to say about a part, where it fits the part's own line.
    pub fn only_detail(&self) -> Option<&Detail> {
        match self.details.as_slice() {
            [only @ (Detail::Fact { .. } | Detail::List { .. })] if self.parts.is_empty() => Some(only),
            _ => None,
        }
    }
}

impl Mark {
    /// `+`, `-`, `→`, `~`
    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Renamed => '→',
            Self::Changed => '~',
        }
    }
}

/// A change, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub mark: Mark,
    /// `partitioned table`
    pub kind: String,
    pub name: String,
    /// The name before, of what was renamed.
    pub from: Option<String>,
    /// `text NOT NULL`; may be empty.
    pub definition: String,
    /// What was in it, counted: `12 columns, 2 indexes`. Of what went.
    pub contents: String,
    pub details: Vec<Detail>,
    pub parts: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// `type: numeric(10,2) → numeric(12,2)`
    Fact { label: String, before: String, after: String },
    /// What a list lost and gained, `reordered` where the rest stands in another order.
    List { label: String, removed: Vec<String>, added: Vec<String>, reordered: bool },
    /// A text of several lines, as [`lines::changed`].
    Lines { label: String, lines: Vec<(char, String)> },
}

/// Each change by itself.
pub fn items(changes: &[ObjectChange]) -> Vec<Item> {
    changes.iter().map(item).collect()
}

pub(super) fn item(change: &ObjectChange) -> Item {
    let kind = change.kind;
    let mut item = Item {
        mark: Mark::Changed,
        kind: kind.label().to_owned(),
        name: change.name.clone(),
        from: None,
        definition: String::new(),
        contents: String::new(),
        details: Vec::new(),
        parts: Vec::new(),
    };
    match &change.change {
        Change::Added { definition, .. } => {
            item.mark = Mark::Added;
            item.definition = words::definition(kind, definition);
            item.parts = contents(kind, definition);
            if let Some(table) = change.definition::<Table>().filter(|_| kind.is_table()) {
                item.kind = describe::table_kind(&table);
                item.definition = partition(&table);
            }
        }
        Change::Removed { definition, .. } => {
            item.mark = Mark::Removed;
            item.definition = words::definition(kind, definition);
            if item.definition.is_empty() {
                item.contents = counted(kind, definition);
            }
        }
        Change::Renamed { from } => {
            item.mark = Mark::Renamed;
            item.from = Some(from.clone());
        }
        Change::Changed { facts, parts } => {
            item.details = facts.iter().map(|fact| detail(kind, fact)).collect();
            item.parts = ordered(parts);
        }
    }
    item
}

/// Parts as people read a table: its columns first, new ones where they stand.
fn ordered(parts: &[ObjectChange]) -> Vec<Item> {
    let place = |part: &ObjectChange| match &part.change {
        Change::Added { position: Some(place), .. } => *place,
        _ => 0,
    };
    let mut parts: Vec<&ObjectChange> = parts.iter().collect();
    parts.sort_by_key(|part| (part.kind, place(part)));
    parts.into_iter().map(item).collect()
}

/// Everything in a new table, view or composite type.
fn contents(kind: ObjectKind, definition: &Value) -> Vec<Item> {
    let inner = crate::schema::diff::parts(kind, definition).into_iter();
    // A domain's checks and a publication's tables are in its line.
    let shown = inner.filter(|_| !matches!(kind, ObjectKind::Domain | ObjectKind::Publication));
    let item = |(kind, name, value): (ObjectKind, String, Value)| Item {
        mark: Mark::Added,
        kind: kind.label().to_owned(),
        name,
        from: None,
        definition: words::definition(kind, &value),
        contents: String::new(),
        details: Vec::new(),
        parts: Vec::new(),
    };
    shown.map(item).collect()
}

/// `12 columns, 1 primary key, 2 indexes`
fn counted(kind: ObjectKind, definition: &Value) -> String {
    let mut counts: Vec<(ObjectKind, usize)> = Vec::new();
    for (kind, ..) in crate::schema::diff::parts(kind, definition) {
        match counts.last_mut() {
            Some((last, count)) if *last == kind => *count += 1,
            _ => counts.push((kind, 1)),
        }
    }
    counts.into_iter().map(|(kind, count)| kind.counted(count)).collect::<Vec<_>>().join(", ")
}

fn partition(table: &Table) -> String {
    let of = table.partition_of.as_ref().map(|partition| format!("of {} {}", partition.parent, partition.bound));
    let by = table.partition_key.as_ref().map(|key| format!("BY {}", key.definition));
    let inherits = table.inherits.iter().map(|parent| format!("INHERITS {parent}"));
    of.into_iter().chain(by).chain(inherits).collect::<Vec<_>>().join(", ")
}

fn detail(kind: ObjectKind, fact: &Fact) -> Detail {
    let label = words::label(&fact.fact);
    let (before, after) = (fact.before.as_ref(), fact.after.as_ref());
    if before == after {
        // A column between others that came and went: its number is the same, its neighbours are not.
        return Detail::List { label, removed: Vec::new(), added: Vec::new(), reordered: true };
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let long = [before, after].iter().any(|value| text(*value).trim().contains('\n'));
    if long {
        let mut lines = lines::changed(&text(before), &text(after));
        if lines.len() > LINES {
            let more = lines.len() - LINES;
            lines.truncate(LINES);
            lines.push(('…', format!("{more} more lines")));
        }
        return Detail::Lines { label, lines };
    }
    let list = |value: Option<&Value>| match value {
        None => Some(Vec::new()),
        Some(Value::Array(list)) => Some(list.iter().map(|item| words::item(&fact.fact, item)).collect::<Vec<_>>()),
        Some(_) => None,
    };
    // The columns of a key read best as a whole.
    let sets = ["labels", "grants", "options", "depends_on", "settings", "operations", "schemas", "tags", "roles"];
    if sets.contains(&fact.fact.as_str())
        && let (Some(before), Some(after)) = (list(before), list(after))
    {
        return listed(label, before, after);
    }
    Detail::Fact { label, before: words::value(kind, &fact.fact, before), after: words::value(kind, &fact.fact, after) }
}

fn listed(label: String, before: Vec<String>, after: Vec<String>) -> Detail {
    let only = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|item| !other.contains(item)).cloned().collect()
    };
    let rest = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|item| other.contains(item)).cloned().collect()
    };
    let reordered = rest(&before, &after) != rest(&after, &before);
    Detail::List { label, removed: only(&before, &after), added: only(&after, &before), reordered }
}
