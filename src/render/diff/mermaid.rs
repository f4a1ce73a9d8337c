//! A picture of the tables that changed and of their neighbours, with what changed marked `+`, `-` or `~`.
//!
//! Both sides in one diagram: what went is still drawn, and says so. Spelled as [`crate::render::mermaid`] spells, so it
//! parses in every Mermaid from 10.0 on.

use std::collections::{BTreeMap, BTreeSet};

use super::Compared;
use super::item::{Detail, Mark, items};
use crate::render::mermaid::entity::{self, Detail as Shown, attribute_noting, is_key, line_between};
use crate::render::mermaid::parts::truncated;
use crate::render::mermaid::{HEADER, length, spell};
use crate::render::{View, ViewOptions};
use crate::schema::diff::{Change, ObjectChange, ObjectKind, Verb};
use crate::schema::{Column, ForeignKey, QualifiedName, Schema, Table};

/// What GitHub and others draw without complaint.
pub const LIMIT: usize = 45_000;

/// A changed table with more columns shows those that changed and those of its keys.
const COLUMNS: usize = 14;
/// Of a new table; the rest are counted.
const NEW_COLUMNS: usize = 40;
const NEIGHBOURS: usize = 30;
/// More changed tables than this are drawn with what changed alone.
const MANY: usize = 20;
const EDGES: usize = 300;
const NOTE: usize = 90;

/// A diagram, or one line that says that no table changed.
pub fn render(compared: &Compared<'_>) -> String {
    match picture(compared, LIMIT) {
        Some(drawn) => drawn.text,
        None => format!("{HEADER}  %% no table changed\n"),
    }
}

pub(super) struct Drawn {
    pub(super) text: String,
    /// How many tables changed.
    pub(super) tables: usize,
}

/// `None` where no table changed. `limit` in UTF-16 units.
pub(super) fn picture(compared: &Compared<'_>, limit: usize) -> Option<Drawn> {
    let picture = Picture::new(compared);
    let tables = picture.touched.len();
    if tables == 0 {
        return None;
    }
    let (near, nobody) = (picture.neighbours(), BTreeSet::new());
    let attempts = [
        (Columns::Keys, &near, true),
        (Columns::Keys, &near, false),
        (Columns::Changed, &near, false),
        (Columns::Changed, &nobody, false),
    ];
    let mut text = String::new();
    for (columns, neighbours, keys) in attempts.into_iter().skip(if tables > MANY { 2 } else { 0 }) {
        text = picture.drawn(columns, neighbours, keys);
        if length(&text) <= limit {
            break;
        }
    }
    Some(Drawn { text: truncated(text, limit), tables })
}

/// Which columns of a table that changed are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Columns {
    /// Those that changed and those of keys; all of a new or small table.
    Keys,
    /// Those that changed; none of a table that came or went.
    Changed,
}

struct Picture<'a> {
    from: View<'a>,
    to: View<'a>,
    /// By its name now, or its last.
    touched: BTreeMap<QualifiedName, Touched<'a>>,
    /// Old names of renamed tables to new ones.
    renamed: BTreeMap<QualifiedName, QualifiedName>,
}

#[derive(Default)]
struct Touched<'a> {
    change: Option<&'a ObjectChange>,
    before: Option<&'a Table>,
    after: Option<&'a Table>,
    /// How many partitions came, went or changed.
    partitions: BTreeMap<Verb, usize>,
}

impl<'a> Picture<'a> {
    fn new(compared: &Compared<'a>) -> Self {
        let view = |schema: &'a Schema| View::new(schema, &[], None, &ViewOptions::default());
        let (from, to) = (view(compared.from), view(compared.to));
        let mut touched: BTreeMap<QualifiedName, Touched<'a>> = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        for change in compared.diff.changes.iter().filter(|change| change.kind.is_table()) {
            let (Ok(name), Ok(old)) = (change.name.parse::<QualifiedName>(), change.old_name().parse()) else {
                continue;
            };
            let before = if change.is_added() { None } else { compared.from.table(&old) };
            let after = if change.is_removed() { None } else { compared.to.table(&name) };
            let side = if after.is_some() { &to } else { &from };
            match side.main_table(&name).filter(|main| main.name != name) {
                // Partitions are told with their parent.
                Some(parent) => {
                    let parent = touched.entry(parent.name.clone()).or_default();
                    *parent.partitions.entry(Verb::of(&change.change)).or_default() += 1;
                }
                None => {
                    let table = touched.entry(name.clone()).or_default();
                    (table.change, table.before, table.after) = (Some(change), before, after);
                }
            }
            if name != old {
                renamed.insert(old, name);
            }
        }
        for (name, table) in touched.iter_mut().filter(|(_, table)| table.change.is_none()) {
            (table.before, table.after) = (compared.from.table(name), compared.to.table(name));
        }
        Self { from, to, touched, renamed }
    }

    fn now<'n>(&'n self, name: &'n QualifiedName) -> &'n QualifiedName {
        self.renamed.get(name).unwrap_or(name)
    }

    /// Tables next to those that changed: in the new schema, and in the old one for what went.
    fn neighbours(&self) -> BTreeSet<QualifiedName> {
        let mut near = BTreeSet::new();
        for (view, new) in [(&self.to, true), (&self.from, false)] {
            for table in view.main_tables() {
                for key in &table.foreign_keys {
                    let Some(target) = view.main_table(&key.references) else { continue };
                    let (a, b) = (self.now(&table.name), self.now(&target.name));
                    let touches = |name| self.touched.get(name).is_some_and(|one| new || one.after.is_none());
                    if touches(a) {
                        near.insert(b.clone());
                    }
                    if touches(b) {
                        near.insert(a.clone());
                    }
                }
            }
        }
        near.retain(|name| !self.touched.contains_key(name));
        near.into_iter().take(NEIGHBOURS).collect()
    }

    fn drawn(&self, columns: Columns, neighbours: &BTreeSet<QualifiedName>, keys: bool) -> String {
        let mut text = HEADER.to_owned();
        for (name, table) in &self.touched {
            text.push_str(&table.block(name, columns));
        }
        for name in neighbours {
            let detail = if keys { Shown::Keys } else { Shown::Name };
            let found = [&self.to, &self.from].into_iter().find_map(|view| Some((view, view.schema.table(name)?)));
            if let Some((view, table)) = found {
                text.push_str(&entity::block(view, table, detail, 8, false));
            }
        }
        let lines = self.lines(neighbours);
        let left_out = lines.len().saturating_sub(EDGES);
        text.extend(lines.into_iter().take(EDGES));
        if left_out > 0 {
            text.push_str(&format!("  %% {left_out} more relations are left out\n"));
        }
        text
    }

    /// Foreign keys between what is shown and at least one table that changed; those that went are marked, too.
    fn lines(&self, neighbours: &BTreeSet<QualifiedName>) -> Vec<String> {
        let shown = |name: &QualifiedName| neighbours.contains(name) || self.touched.contains_key(name);
        let mut lines = Vec::new();
        for (view, new) in [(&self.to, true), (&self.from, false)] {
            for table in view.main_tables() {
                for key in &table.foreign_keys {
                    let Some(target) = view.main_table(&key.references) else { continue };
                    let (a, b) = (self.now(&table.name), self.now(&target.name));
                    let changed = self.touched.contains_key(a) || self.touched.contains_key(b);
                    if !changed || !shown(a) || !shown(b) {
                        continue;
                    }
                    let mark = self.mark(a, key, new);
                    // In both: told by the new side.
                    if new || mark == "- " {
                        let label = format!("{mark}{}", entity::label(key));
                        lines.push(line_between(b, &entity::link(view, table, key), a, &label));
                    }
                }
            }
        }
        lines
    }

    /// What became of a foreign key of a table.
    fn mark(&self, table: &QualifiedName, key: &ForeignKey, new: bool) -> &'static str {
        let Some(touched) = self.touched.get(table) else { return "" };
        match touched.change.map(|change| &change.change) {
            Some(Change::Removed { .. }) => return "- ",
            Some(Change::Added { .. }) => return "+ ",
            _ => {}
        }
        let parts = touched.change.map_or(&[][..], ObjectChange::parts);
        let own = |part: &&ObjectChange| part.kind == ObjectKind::ForeignKey && part.name == key.name;
        match parts.iter().find(own).map(|part| &part.change) {
            Some(Change::Added { .. }) if new => "+ ",
            Some(Change::Removed { .. }) if !new => "- ",
            Some(Change::Changed { .. } | Change::Renamed { .. }) => "~ ",
            _ => "",
        }
    }
}

impl Touched<'_> {
    fn block(&self, name: &QualifiedName, columns: Columns) -> String {
        let mut text = String::new();
        let entity = spell::entity(name);
        if entity != name.short() && entity != name.plain() {
            text.push_str(&format!("  %% {entity}: {}\n", spell::text(&name.to_string(), 300)));
        }
        let mut rows = String::new();
        let parts = self.change.map_or(&[][..], ObjectChange::parts);
        match self.change.map(|change| &change.change) {
            Some(Change::Added { .. }) => rows.push_str("    table added \"+\"\n"),
            Some(Change::Removed { .. }) => rows.push_str("    table removed \"-\"\n"),
            Some(Change::Renamed { from }) => {
                rows.push_str(&format!("    table renamed \"{}\"\n", spell::text(&format!("~ was {from}"), NOTE)));
            }
            Some(Change::Changed { .. }) | None => {}
        }
        rows.push_str(&self.columns(parts, columns));
        let mut also = rest(parts);
        let partitions = self.partitions.iter();
        also.extend(partitions.map(|(verb, count)| {
            let noun = if *count == 1 { "partition" } else { "partitions" };
            format!("{} {count} {noun}", sign(*verb))
        }));
        let facts = self.change.map_or(&[][..], ObjectChange::facts);
        also.extend((!facts.is_empty()).then(|| {
            let names: Vec<_> = facts.iter().map(|fact| fact.fact.replace('_', " ")).collect();
            format!("~ {}", names.join(", "))
        }));
        if !also.is_empty() {
            rows.push_str(&format!("    also changed \"{}\"\n", spell::text(&also.join(", "), NOTE * 2)));
        }
        // An empty block is an error in some versions.
        match rows.is_empty() {
            true => text.push_str(&format!("  \"{entity}\"\n")),
            false => text.push_str(&format!("  \"{entity}\" {{\n{rows}  }}\n")),
        }
        text
    }

    fn columns(&self, parts: &[ObjectChange], columns: Columns) -> String {
        let Some(table) = self.after.or(self.before) else { return String::new() };
        let of =
            |column: &Column| parts.iter().find(|part| part.kind == ObjectKind::Column && part.name == column.name);
        let whole = self.change.is_some_and(ObjectChange::is_added);
        let limit = if whole { NEW_COLUMNS } else { COLUMNS };
        let only = columns == Columns::Changed;
        let all = table.columns.len() <= limit && !only;
        let mut text = String::new();
        let mut hidden = 0;
        for (at, column) in table.columns.iter().enumerate() {
            let change = of(column).filter(|change| !change.is_removed());
            let told = change.is_some() || (!only && ((whole && at < limit) || is_key(table, &column.name)));
            if !all && !told {
                hidden += usize::from(!only);
                continue;
            }
            text.push_str(&attribute_noting(table, column, change.map(note)));
        }
        let gone = parts.iter().filter(|part| part.kind == ObjectKind::Column && part.is_removed());
        for change in gone {
            if let (Some(column), Some(before)) = (change.definition::<Column>(), self.before) {
                text.push_str(&attribute_noting(before, &column, Some(note(change))));
            }
        }
        if hidden > 0 {
            text.push_str(&format!("    _ more_columns \"{hidden} more\"\n"));
        }
        text
    }
}

/// What became of a column, spelled for a comment.
fn note(change: &ObjectChange) -> String {
    let told = items(std::slice::from_ref(change));
    let Some(item) = told.first() else { return String::new() };
    let text = match item.mark {
        Mark::Added => "+ added".to_owned(),
        Mark::Removed => "- removed".to_owned(),
        Mark::Renamed => format!("~ was {}", change.old_name()),
        Mark::Changed => {
            let facts = item.details.iter().map(|detail| match detail {
                Detail::Fact { label, before, after } => format!("{label} {before} → {after}"),
                Detail::List { label, .. } | Detail::Lines { label, .. } => label.clone(),
            });
            format!("~ {}", facts.collect::<Vec<_>>().join(", "))
        }
    };
    spell::text(&text, NOTE)
}

/// What changed in a table besides columns and foreign keys, counted.
fn rest(parts: &[ObjectChange]) -> Vec<String> {
    let mut counts: BTreeMap<(ObjectKind, Verb), usize> = BTreeMap::new();
    for part in parts.iter().filter(|part| !matches!(part.kind, ObjectKind::Column | ObjectKind::ForeignKey)) {
        *counts.entry((part.kind, Verb::of(&part.change))).or_default() += 1;
    }
    counts.into_iter().map(|((kind, verb), count)| format!("{} {}", sign(verb), kind.counted(count))).collect()
}

fn sign(verb: Verb) -> char {
    match verb {
        Verb::Added => '+',
        Verb::Removed => '-',
        Verb::Renamed | Verb::Changed => '~',
    }
}
