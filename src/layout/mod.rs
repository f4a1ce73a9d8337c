//! Where everything stands in the picture of a schema: boxes, frames and lines, in whole pixels.
//!
//! Promises: the same view gives the same picture to the pixel; boxes never overlap; lines run between boxes, not
//! through them; the picture is about one and a half times as wide as high, whatever the shape of the schema.
//!
//! How: every cluster is a [`Frame`]. Inside it, tables that are connected stand in columns ([`columns`]), ordered so
//! that few lines cross ([`order`], dugong's layered ordering) and levelled so that lines run straight ([`level`]).
//! Between the columns run gutters, between rows of components lanes, between frames aisles and streets
//! ([`corridors`]): every line keeps to those. Lines to one and the same column share their way like the wires of a
//! bus. All arithmetic is on integers, so that no machine rounds differently.

mod assemble;
mod columns;
mod component;
mod content;
mod corridors;
pub mod font;
mod glyph;
mod level;
mod order;
mod plan;
mod routes;
mod shelves;
#[cfg(test)]
mod synthetic;
mod tracks;

pub use glyph::{Mark, marks};

use crate::schema::QualifiedName;
use crate::view::View;

/// The height of a box's header.
pub const HEADER: i32 = 32;
/// The height of a row.
pub const ROW: i32 = 22;
/// The size of names in pixels; types are [`TYPE_SIZE`].
pub const NAME_SIZE: u32 = 12;
pub const TYPE_SIZE: u32 = 11;
pub const TITLE_SIZE: u32 = 13;
/// Where a row's name begins, after the mark of its key.
pub const NAME_INSET: i32 = 30;
/// Between a box's edge and its text.
pub const PADDING: i32 = 12;

/// What to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureOptions {
    /// Tables with more columns than this show their keys, the first others and `… n more`.
    pub max_rows: usize,
    /// Whether views are drawn, too.
    pub views: bool,
    /// Whether lines show what views read.
    pub dependencies: bool,
    /// The cluster to draw alone, by its id; everything where absent.
    pub only: Option<String>,
}

impl PictureOptions {
    /// The larger the schema, the less of each table is shown.
    pub fn for_view(view: &View<'_>) -> Self {
        let tables = view.main_tables().count();
        let views = view.schema.views.len();
        Self {
            max_rows: match tables {
                0..=40 => 24,
                41..=200 => 14,
                _ => 8,
            },
            views: true,
            dependencies: tables + views <= 80,
            only: None,
        }
    }
}

/// The whole picture. The origin is its upper left corner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    pub width: i32,
    pub height: i32,
    pub frames: Vec<Frame>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// A cluster's frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The cluster's id.
    pub id: String,
    pub title: String,
    pub area: Rect,
    /// The number of the cluster, also where it is drawn alone: a palette has fewer colours and begins again.
    pub hue: usize,
}

/// A table, or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: QualifiedName,
    pub kind: NodeKind,
    /// Which of [`Picture::frames`] it stands in.
    pub frame: usize,
    pub area: Rect,
    /// The header's text, shortened where it would not fit.
    pub title: String,
    pub comment: Option<String>,
    /// All of one height ([`ROW`]), from below the header ([`HEADER`]) on.
    pub rows: Vec<Row>,
}

impl Node {
    /// The middle of a row, or of the header.
    pub fn port(&self, row: Option<usize>) -> i32 {
        self.area.y + port(row)
    }
}

/// The same, from the box's upper edge.
fn port(row: Option<usize>) -> i32 {
    row.map_or(HEADER / 2, |row| HEADER + ROW * i32::try_from(row).unwrap_or(0) + ROW / 2)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Table,
    Partitioned,
    Foreign,
    View,
    Materialized,
}

/// A line of text in a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Column(ColumnRow),
    /// So many columns are not shown.
    More(usize),
    /// So many partitions.
    Partitions(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRow {
    /// The column's own name, and the text that fits.
    pub name: String,
    pub label: String,
    /// The type in short form, shortened where it would not fit.
    pub data_type: String,
    pub primary: bool,
    pub foreign: bool,
    pub unique: bool,
    pub not_null: bool,
    pub comment: Option<String>,
}

/// A line between two boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The referencing one, in [`Picture::nodes`].
    pub from: usize,
    /// The referenced one.
    pub to: usize,
    pub kind: EdgeKind,
    /// The constraint's name; empty for what is none.
    pub name: String,
    /// `customer_id → customers.id`, and the rules, for a tooltip.
    pub label: String,
    /// Of the referencing side; empty where the line stands for no columns.
    pub columns: Vec<String>,
    pub referenced_columns: Vec<String>,
    /// Horizontal and vertical pieces in turn, from the referencing row to the referenced one. At least two points;
    /// the first and the last piece are horizontal.
    pub points: Vec<Point>,
    /// How many rows of the referencing table one row of the referenced table can have.
    pub from_end: End,
    /// The reverse.
    pub to_end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    ForeignKey,
    /// Declared in tidegate's configuration.
    Virtual,
    /// A view reads the other.
    Reads,
    /// `INHERITS`.
    Inherits,
}

/// How many, as a crow's foot tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No sign at all.
    Plain,
    One,
    ZeroOrOne,
    ZeroOrMany,
    /// The triangle of inheritance.
    Parent,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub x: i32,
    pub y: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Rect {
    pub fn right(&self) -> i32 {
        self.x + self.width
    }

    pub fn bottom(&self) -> i32 {
        self.y + self.height
    }

    /// Whether the two share more than an edge.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    pub fn contains(&self, other: &Self) -> bool {
        self.x <= other.x && self.y <= other.y && self.right() >= other.right() && self.bottom() >= other.bottom()
    }
}

/// Lays the view out. A view without tables and views gives an empty picture.
pub fn picture(view: &View<'_>, options: &PictureOptions) -> Picture {
    let content = content::Content::new(view, options);
    if content.boxes.is_empty() {
        return Picture::default();
    }
    assemble::assemble(content)
}

#[cfg(test)]
mod tests;
