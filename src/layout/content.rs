//! What goes into the picture: boxes with their rows and sizes, and the relations between rows.

use std::collections::BTreeMap;

use super::font::Face;
use super::{
    ColumnRow, EdgeKind, End, HEADER, NAME_INSET, NAME_SIZE, NodeKind, PADDING, PictureOptions, ROW, Row, TITLE_SIZE,
    TYPE_SIZE,
};
use crate::schema::{self, Column, ForeignKey, QualifiedName, ReferentialAction, Table};
use crate::view::View;
use crate::view::clusters;
use crate::view::short_type;

/// Longer names and types are shortened.
const MAX_NAME: i32 = 250;
const MAX_TYPE: i32 = 150;
const MIN_WIDTH: i32 = 150;
/// The sign at the right end of a header: a partitioned or foreign table, a view.
const BADGE: i32 = 22;
/// Right of the type, where the mark of not-null columns stands.
const TYPE_INSET: i32 = 24;

pub(super) struct Content {
    pub frames: Vec<FrameContent>,
    pub boxes: Vec<BoxContent>,
    pub relations: Vec<Relation>,
}

pub(super) struct FrameContent {
    pub id: String,
    pub title: String,
    pub hue: usize,
}

pub(super) struct BoxContent {
    pub name: QualifiedName,
    pub kind: NodeKind,
    pub frame: usize,
    pub title: String,
    pub comment: Option<String>,
    pub rows: Vec<Row>,
    pub width: i32,
    pub height: i32,
}

/// From a row of one box to a row of another; a row that is `None` is the header.
pub(super) struct Relation {
    pub from: usize,
    pub from_row: Option<usize>,
    pub to: usize,
    pub to_row: Option<usize>,
    pub kind: EdgeKind,
    pub name: String,
    pub label: String,
    pub columns: Vec<String>,
    pub referenced_columns: Vec<String>,
    pub from_end: End,
    pub to_end: End,
}

impl Content {
    pub(super) fn new(view: &View<'_>, options: &PictureOptions) -> Self {
        let mut content = Self { frames: Vec::new(), boxes: Vec::new(), relations: Vec::new() };
        let referenced = referenced_columns(view);
        let mut at: BTreeMap<QualifiedName, usize> = BTreeMap::new();
        for (hue, cluster) in clusters(view).into_iter().enumerate() {
            if options.only.as_ref().is_some_and(|only| *only != cluster.id) {
                continue;
            }
            let frame = content.frames.len();
            for table in &cluster.tables {
                at.insert(table.name.clone(), content.boxes.len());
                let partitions = view.partitions(&table.name).len();
                let kept = referenced.get(&table.name).map_or(&[][..], Vec::as_slice);
                content.boxes.push(table_box(table, frame, partitions, kept, options.max_rows));
            }
            content.frames.push(FrameContent { id: cluster.id, title: cluster.title, hue });
        }
        if options.views {
            content.add_views(view, options, &mut at);
        }
        content.relate_tables(view, &at);
        if options.dependencies {
            content.relate_views(view, &at);
        }
        content
    }

    /// A view stands in the frame of the first shown relation that it reads, else with its schema, else by itself.
    fn add_views(&mut self, view: &View<'_>, options: &PictureOptions, at: &mut BTreeMap<QualifiedName, usize>) {
        for object in &view.schema.views {
            let read = object.depends_on.iter().filter_map(|name| at.get(name));
            let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
            for other in read {
                *votes.entry(self.boxes[*other].frame).or_default() += 1;
            }
            let voted = votes.iter().max_by_key(|(frame, count)| (**count, std::cmp::Reverse(**frame)));
            let same_schema = || self.boxes.iter().find(|other| other.name.schema == object.name.schema);
            let frame = match voted {
                Some((frame, _)) => *frame,
                None if options.only.is_some() => continue,
                None => match same_schema() {
                    Some(other) => other.frame,
                    None => {
                        let title = object.name.schema.clone();
                        self.frames.push(FrameContent {
                            id: format!("views-{}", self.frames.len()),
                            title,
                            hue: self.frames.len(),
                        });
                        self.frames.len() - 1
                    }
                },
            };
            at.insert(object.name.clone(), self.boxes.len());
            self.boxes.push(view_box(object, frame, options.max_rows.min(8)));
        }
    }

    fn relate_tables(&mut self, view: &View<'_>, at: &BTreeMap<QualifiedName, usize>) {
        let shown = |name: &QualifiedName| at.get(name).copied().or_else(|| at.get(&root(view, name)?).copied());
        for table in view.main_tables() {
            let Some(&from) = at.get(&table.name) else { continue };
            for key in &table.foreign_keys {
                let Some(to) = shown(&key.references) else { continue };
                let (from_end, to_end) = ends(table, key);
                self.relations.push(Relation {
                    from,
                    from_row: self.row_of(from, key.columns.first()),
                    to,
                    to_row: self.row_of(to, key.referenced_columns.first()),
                    kind: if key.is_virtual { EdgeKind::Virtual } else { EdgeKind::ForeignKey },
                    name: key.name.clone(),
                    label: label(table, key),
                    columns: key.columns.clone(),
                    referenced_columns: key.referenced_columns.clone(),
                    from_end,
                    to_end,
                });
            }
            for parent in &table.inherits {
                if let Some(to) = shown(parent) {
                    let text = format!("{} inherits {}", table.name.short(), parent.short());
                    self.relations.push(Relation::whole(from, to, EdgeKind::Inherits, text, End::Parent));
                }
            }
        }
    }

    fn relate_views(&mut self, view: &View<'_>, at: &BTreeMap<QualifiedName, usize>) {
        for object in &view.schema.views {
            let Some(&from) = at.get(&object.name) else { continue };
            for other in &object.depends_on {
                if let Some(&to) = at.get(other) {
                    let text = format!("{} reads {}", object.name.short(), other.short());
                    self.relations.push(Relation::whole(from, to, EdgeKind::Reads, text, End::Plain));
                }
            }
        }
    }

    /// The row of a column; where it is not shown, the row that says how many are not.
    fn row_of(&self, node: usize, column: Option<&String>) -> Option<usize> {
        let rows = &self.boxes[node].rows;
        let exact = rows.iter().position(|row| matches!(row, Row::Column(shown) if Some(&shown.name) == column));
        exact.or_else(|| rows.iter().position(|row| matches!(row, Row::More(_))))
    }
}

impl Relation {
    fn whole(from: usize, to: usize, kind: EdgeKind, label: String, to_end: End) -> Self {
        let (name, columns, referenced_columns) = (String::new(), Vec::new(), Vec::new());
        let (from_row, to_row, from_end) = (None, None, End::Plain);
        Self { from, from_row, to, to_row, kind, name, label, columns, referenced_columns, from_end, to_end }
    }
}

/// The shown table that a partition is drawn inside of.
fn root(view: &View<'_>, name: &QualifiedName) -> Option<QualifiedName> {
    let mut table = view.schema.table(name)?;
    // As deep as partitions can be nested without a cycle.
    for _ in 0..view.schema.tables.len() {
        match table.partition_of.as_ref().and_then(|partition| view.schema.table(&partition.parent)) {
            Some(parent) => table = parent,
            None => break,
        }
    }
    Some(table.name.clone())
}

/// The columns that foreign keys point at: they are shown however long the table is.
fn referenced_columns(view: &View<'_>) -> BTreeMap<QualifiedName, Vec<String>> {
    let mut all: BTreeMap<QualifiedName, Vec<String>> = BTreeMap::new();
    for key in view.schema.tables.iter().flat_map(|table| &table.foreign_keys) {
        all.entry(key.references.clone()).or_default().extend(key.referenced_columns.first().cloned());
    }
    all
}

fn ends(table: &Table, key: &ForeignKey) -> (End, End) {
    let optional = key.columns.iter().any(|name| table.column(name).is_none_or(|column| !column.not_null));
    let alone = table.is_unique_set(&key.columns) || matches!(key.columns.as_slice(), [one] if table.is_unique(one));
    (if alone { End::ZeroOrOne } else { End::ZeroOrMany }, if optional { End::ZeroOrOne } else { End::One })
}

fn label(table: &Table, key: &ForeignKey) -> String {
    let list = |columns: &[String]| match columns {
        [one] => one.clone(),
        many => format!("({})", many.join(", ")),
    };
    let mut text = format!(
        "{}.{} → {}.{}",
        table.name.short(),
        list(&key.columns),
        key.references.short(),
        list(&key.referenced_columns)
    );
    for (word, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        if action != ReferentialAction::NoAction {
            text.push_str(&format!("\non {word} {}", action.sql().to_lowercase()));
        }
    }
    if key.is_virtual {
        text.push_str("\nnot declared in the database");
    }
    text.extend(key.comment.iter().flat_map(|comment| ["\n", comment.as_str()]));
    text
}

fn table_box(table: &Table, frame: usize, partitions: usize, kept: &[String], max_rows: usize) -> BoxContent {
    let key = |column: &Column| {
        table.is_primary(&column.name) || table.is_foreign(&column.name) || kept.contains(&column.name)
    };
    let mut rows = column_rows(&table.columns, max_rows, key, |column| ColumnRow {
        primary: table.is_primary(&column.name),
        foreign: table.is_foreign(&column.name),
        unique: table.is_unique(&column.name),
        not_null: column.not_null,
        ..plain_row(column)
    });
    if partitions > 0 {
        rows.push(Row::Partitions(partitions));
    }
    let kind = match (&table.foreign, &table.partition_key) {
        (Some(_), _) => NodeKind::Foreign,
        (None, Some(_)) => NodeKind::Partitioned,
        (None, None) => NodeKind::Table,
    };
    sized(table.name.clone(), kind, frame, table.about.comment.clone(), rows)
}

fn view_box(view: &schema::View, frame: usize, max_rows: usize) -> BoxContent {
    let rows = column_rows(&view.columns, max_rows, |_| false, plain_row);
    let kind = if view.materialized { NodeKind::Materialized } else { NodeKind::View };
    sized(view.name.clone(), kind, frame, view.about.comment.clone(), rows)
}

fn plain_row(column: &Column) -> ColumnRow {
    ColumnRow {
        name: column.name.clone(),
        label: Face::Regular.fit(&one_line(&column.name), NAME_SIZE, MAX_NAME),
        data_type: Face::Mono.fit(&one_line(&short_type(&column.data_type)), TYPE_SIZE, MAX_TYPE),
        primary: false,
        foreign: false,
        unique: false,
        not_null: false,
        comment: column.comment.clone(),
    }
}

/// The rows in their real order: all of them, or the keys and as many others as there is room for.
fn column_rows(
    columns: &[Column],
    max_rows: usize,
    key: impl Fn(&Column) -> bool,
    row: impl Fn(&Column) -> ColumnRow,
) -> Vec<Row> {
    // `… 1 more` would take the very line that the column itself needs.
    if columns.len() <= max_rows + 1 {
        return columns.iter().map(|column| Row::Column(row(column))).collect();
    }
    let keys = columns.iter().filter(|column| key(column)).count();
    let mut others = max_rows.saturating_sub(keys);
    let mut rows = Vec::new();
    for column in columns {
        if key(column) {
            rows.push(Row::Column(row(column)));
        } else if others > 0 {
            others -= 1;
            rows.push(Row::Column(row(column)));
        }
    }
    let hidden = columns.len() - rows.len();
    if hidden > 0 {
        rows.push(Row::More(hidden));
    }
    rows
}

fn sized(name: QualifiedName, kind: NodeKind, frame: usize, comment: Option<String>, rows: Vec<Row>) -> BoxContent {
    let title = Face::Bold.fit(&one_line(&name.name), TITLE_SIZE, MAX_NAME + MAX_TYPE);
    let badge = if kind == NodeKind::Table { 0 } else { BADGE };
    let mut width = MIN_WIDTH.max(Face::Bold.width(&title, TITLE_SIZE) + 2 * PADDING + badge);
    for row in &rows {
        if let Row::Column(row) = row {
            let needed = NAME_INSET
                + Face::Regular.width(&row.label, NAME_SIZE)
                + 22
                + Face::Mono.width(&row.data_type, TYPE_SIZE)
                + TYPE_INSET;
            width = width.max(needed);
        }
    }
    let height = HEADER + ROW * i32::try_from(rows.len()).unwrap_or(i32::MAX / (2 * ROW)) + 4;
    BoxContent { name, kind, frame, title, comment, rows, width, height }
}

/// Control characters and line breaks become visible marks: a label is one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '␤' } else { c }).collect()
}
