//! The picture as the script draws it: places only. What stands in a box is in the schema already.

use serde::Serialize;

use crate::layout::{Edge, EdgeKind, End, HEADER, Node, Picture, ROW, Row};
use crate::render::View;
use crate::schema::Column;

#[derive(Serialize)]
pub(super) struct Diagram<'a> {
    width: i32,
    height: i32,
    /// The height of a box's header, and of each row.
    header: i32,
    row: i32,
    frames: Vec<(&'a str, Area, usize)>,
    /// Name, frame, area, rows. No rows means: every column, in order.
    nodes: Vec<(String, usize, Area, Option<Vec<Line>>)>,
    /// From, to, kind, name, both ends, and the points' coordinates in turn.
    edges: Vec<Way<'a>>,
}

/// As [`Diagram::edges`] says.
type Way<'a> = (usize, usize, u8, &'a str, u8, u8, Vec<i32>);

/// x, y, width, height.
type Area = (i32, i32, i32, i32);

#[derive(Serialize)]
#[serde(untagged)]
enum Line {
    /// A column by its place.
    Column(usize),
    /// `more` or `partitions`, and how many.
    Count(&'static str, usize),
}

impl<'a> Diagram<'a> {
    /// `None` for an empty picture.
    pub(super) fn new(view: &View<'_>, picture: &'a Picture) -> Option<Self> {
        if picture.nodes.is_empty() {
            return None;
        }
        let area = |rect: &crate::layout::Rect| (rect.x, rect.y, rect.width, rect.height);
        Some(Self {
            width: picture.width,
            height: picture.height,
            header: HEADER,
            row: ROW,
            frames: picture.frames.iter().map(|frame| (frame.title.as_str(), area(&frame.area), frame.hue)).collect(),
            nodes: picture
                .nodes
                .iter()
                .map(|node| (node.name.to_string(), node.frame, area(&node.area), lines(view, node)))
                .collect(),
            edges: picture.edges.iter().map(edge).collect(),
        })
    }
}

fn lines(view: &View<'_>, node: &Node) -> Option<Vec<Line>> {
    let table = view.schema.table(&node.name).map(|table| table.columns.as_slice());
    let columns: &[Column] = table.or_else(|| view.schema.view(&node.name).map(|v| v.columns.as_slice()))?;
    let lines: Vec<_> = node
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::Column(shown) => columns.iter().position(|column| column.name == shown.name).map(Line::Column),
            Row::More(count) => Some(Line::Count("more", *count)),
            Row::Partitions(count) => Some(Line::Count("partitions", *count)),
        })
        .collect();
    let whole = lines.len() == columns.len()
        && lines.iter().enumerate().all(|(at, line)| matches!(line, Line::Column(column) if *column == at));
    (!whole).then_some(lines)
}

fn edge(edge: &Edge) -> Way<'_> {
    let kind = match edge.kind {
        EdgeKind::ForeignKey => 0,
        EdgeKind::Virtual => 1,
        EdgeKind::Reads => 2,
        EdgeKind::Inherits => 3,
    };
    let end = |end: End| match end {
        End::Plain => 0,
        End::One => 1,
        End::ZeroOrOne => 2,
        End::ZeroOrMany => 3,
        End::Parent => 4,
    };
    let points = edge.points.iter().flat_map(|point| [point.x, point.y]).collect();
    (edge.from, edge.to, kind, &edge.name, end(edge.from_end), end(edge.to_end), points)
}
