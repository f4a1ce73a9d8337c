//! The picture's boxes, lines and frames on a sheet.

use super::book::{Book, Link};
use super::dictionary::target;
use super::picture::HUES;
use super::sheet::{BAND, Colour, FAINT, INK, Paint, RULE, SOFT, Sheet, WHITE};
use crate::layout::font::Face;
use crate::layout::{Edge, EdgeKind, HEADER, Mark, NAME_INSET, Node, NodeKind, Picture, Point, ROW, Row, marks};

const EDGE: Colour = Colour(0x7b, 0x88, 0x9b);
const KEY: Colour = Colour(0xb4, 0x7d, 0x05);
const FOREIGN: Colour = Colour(0x5b, 0x7b, 0xb5);

/// A colour mixed with white.
fn pale(Colour(r, g, b): Colour, percent: u16) -> Colour {
    let mix = |value: u8| {
        let mixed = (u16::from(value) * percent + 255 * (100 - percent)) / 100;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    Colour(mix(r), mix(g), mix(b))
}

/// Maps pixels of the picture to points of the page.
pub(super) struct Pen {
    pub scale: f32,
    pub left: f32,
    pub top: f32,
}

impl Pen {
    fn x(&self, x: i32) -> f32 {
        self.left + x as f32 * self.scale
    }

    fn y(&self, y: i32) -> f32 {
        self.top + y as f32 * self.scale
    }

    fn length(&self, pixels: f32) -> f32 {
        pixels * self.scale
    }

    pub(super) fn draw(&self, sheet: &mut Sheet, picture: &Picture) {
        if picture.frames.len() > 1 {
            for frame in &picture.frames {
                let colour = HUES[frame.hue % HUES.len()];
                let area = frame.area;
                let paint = Paint { fill: Some(pale(colour, 5)), stroke: Some((pale(colour, 40), 0.5)), dash: None };
                self.rounded(sheet, (area.x, area.y, area.width, area.height), 12, paint);
                let (x, y) = (self.x(area.x + 18), self.y(area.y + 26));
                sheet.text(x, y, Face::Bold, self.length(15.0), colour, &frame.title);
            }
        }
        for edge in &picture.edges {
            self.edge(sheet, edge);
        }
        for node in &picture.nodes {
            self.node(sheet, picture, node);
        }
    }

    /// Every box that shows inside the window leads to its table.
    pub(super) fn links(&self, book: &mut Book, picture: &Picture, page: usize, window: (f32, f32, f32, f32)) {
        for node in &picture.nodes {
            let area = node.area;
            let (x, y) = (self.x(area.x), self.y(area.y));
            let (width, height) = (self.length(area.width as f32), self.length(area.height as f32));
            let (left, top) = (x.max(window.0), y.max(window.1));
            let (right, bottom) = ((x + width).min(window.0 + window.2), (y + height).min(window.1 + window.3));
            if right - left > 4.0 && bottom - top > 4.0 {
                let area = (left, top, right - left, bottom - top);
                book.links.push(Link { page, area, target: target(&node.name) });
            }
        }
    }

    fn edge(&self, sheet: &mut Sheet, edge: &Edge) {
        let dash = match edge.kind {
            EdgeKind::ForeignKey => None,
            EdgeKind::Virtual => Some((self.length(6.0), self.length(4.0))),
            EdgeKind::Reads => Some((self.length(2.0), self.length(3.0))),
            EdgeKind::Inherits => Some((self.length(8.0), self.length(3.0))),
        };
        let colour = if edge.kind == EdgeKind::Reads { FAINT } else { EDGE };
        let thickness = self.length(1.4).max(0.4);
        sheet.line(&self.path(&edge.points), colour, thickness, dash);
        for mark in marks(edge) {
            let paint = Paint { fill: Some(WHITE), stroke: Some((colour, thickness)), dash: None };
            match mark {
                Mark::Line(a, b) => {
                    let points = [(self.x(a.x), self.y(a.y), false), (self.x(b.x), self.y(b.y), false)];
                    sheet.line(&points, colour, thickness, None);
                }
                Mark::Circle(centre, radius) => {
                    self.circle(sheet, self.x(centre.x), self.y(centre.y), self.length(radius as f32), paint);
                }
                Mark::Triangle(a, b, c) => {
                    let points = [a, b, c].map(|point| (self.x(point.x), self.y(point.y), false));
                    sheet.shape(&points, paint);
                }
            }
        }
    }

    /// The line with its bends rounded.
    fn path(&self, points: &[Point]) -> Vec<(f32, f32, bool)> {
        let mut path = Vec::new();
        for (at, point) in points.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| points[at]);
            let (Some(before), Some(after)) = (before, points.get(at + 1)) else {
                path.push((self.x(point.x), self.y(point.y), false));
                continue;
            };
            let length = |a: Point, b: Point| (a.x - b.x).abs() + (a.y - b.y).abs();
            let radius = 7.min(length(before, *point) / 2).min(length(*point, *after) / 2);
            let toward = |to: Point, by: i32| {
                let (x, y) = (point.x + (to.x - point.x).signum() * by, point.y + (to.y - point.y).signum() * by);
                (self.x(x), self.y(y))
            };
            let (start, end) = (toward(before, radius), toward(*after, radius));
            let (first, second) = (toward(before, radius / 2), toward(*after, radius / 2));
            path.extend([
                (start.0, start.1, false),
                (first.0, first.1, true),
                (second.0, second.1, true),
                (end.0, end.1, false),
            ]);
        }
        path
    }

    fn node(&self, sheet: &mut Sheet, picture: &Picture, node: &Node) {
        let colour = HUES[picture.frames[node.frame].hue % HUES.len()];
        let area = node.area;
        let view = matches!(node.kind, NodeKind::View | NodeKind::Materialized);
        let dash = view.then(|| (self.length(4.0), self.length(3.0)));
        let outline = Paint { fill: Some(WHITE), stroke: Some((RULE, 0.5)), dash };
        self.rounded(sheet, (area.x, area.y, area.width, area.height), 7, outline);
        let head = if view { pale(colour, 14) } else { colour };
        self.header(sheet, (area.x, area.y, area.width), head);
        let ink = if view { INK } else { WHITE };
        sheet.text(self.x(area.x + 12), self.y(area.y + 21), Face::Bold, self.length(13.0), ink, &node.title);
        let sign = match node.kind {
            NodeKind::Table => "",
            NodeKind::Partitioned => "▤",
            NodeKind::Foreign => "↗",
            NodeKind::View => "◇",
            NodeKind::Materialized => "◆",
        };
        sheet.text_right(self.x(area.right() - 10), self.y(area.y + 21), Face::Regular, self.length(12.0), ink, sign);
        for (at, row) in node.rows.iter().enumerate() {
            self.row(sheet, node, row, area.y + HEADER + ROW * i32::try_from(at).unwrap_or(0));
        }
    }

    fn row(&self, sheet: &mut Sheet, node: &Node, row: &Row, y: i32) {
        let area = node.area;
        if y > area.y + HEADER {
            sheet.rule(self.x(area.x + 1), self.y(y), self.length(area.width as f32 - 2.0), BAND, 0.4);
        }
        let base = self.y(y + 15);
        let quiet = match row {
            Row::More(count) => Some(format!("… {count} more")),
            Row::Partitions(1) => Some("1 partition".to_owned()),
            Row::Partitions(count) => Some(format!("{count} partitions")),
            Row::Column(_) => None,
        };
        if let Some(text) = quiet {
            sheet.text(self.x(area.x + NAME_INSET), base, Face::Regular, self.length(11.0), FAINT, &text);
        }
        let Row::Column(column) = row else { return };
        let key = match (column.primary, column.foreign, column.unique) {
            (true, _, _) => Some(("PK", KEY)),
            (false, true, _) => Some(("FK", FOREIGN)),
            (false, false, true) => Some(("UK", SOFT)),
            _ => None,
        };
        if let Some((text, colour)) = key {
            sheet.text(self.x(area.x + 9), base, Face::Bold, self.length(8.5), colour, text);
        }
        let face = if column.primary { Face::Bold } else { Face::Regular };
        sheet.text(self.x(area.x + NAME_INSET), base, face, self.length(12.0), INK, &column.label);
        let end = self.x(area.right() - 22);
        sheet.text_right(end, base, Face::Mono, self.length(11.0), SOFT, &column.data_type);
        if !matches!(node.kind, NodeKind::View | NodeKind::Materialized) {
            let fill = if column.not_null { FAINT } else { WHITE };
            let paint = Paint { fill: Some(fill), stroke: Some((FAINT, self.length(1.0))), dash: None };
            self.circle(sheet, self.x(area.right() - 12), self.y(y + 11), self.length(2.5), paint);
        }
    }

    fn circle(&self, sheet: &mut Sheet, x: f32, y: f32, r: f32, paint: Paint) {
        // Four curves; the usual distance of the control points for a quarter of a circle.
        let k = r * 0.5523;
        sheet.shape(
            &[
                (x - r, y, false),
                (x - r, y - k, true),
                (x - k, y - r, true),
                (x, y - r, false),
                (x + k, y - r, true),
                (x + r, y - k, true),
                (x + r, y, false),
                (x + r, y + k, true),
                (x + k, y + r, true),
                (x, y + r, false),
                (x - k, y + r, true),
                (x - r, y + k, true),
                (x - r, y, false),
            ],
            paint,
        );
    }

    fn rounded(&self, sheet: &mut Sheet, (x, y, width, height): (i32, i32, i32, i32), radius: i32, paint: Paint) {
        let (left, top, right, bottom) = (self.x(x), self.y(y), self.x(x + width), self.y(y + height));
        let r = self.length(radius as f32);
        let k = r * 0.4477;
        sheet.shape(
            &[
                (left + r, top, false),
                (right - r, top, false),
                (right - k, top, true),
                (right, top + k, true),
                (right, top + r, false),
                (right, bottom - r, false),
                (right, bottom - k, true),
                (right - k, bottom, true),
                (right - r, bottom, false),
                (left + r, bottom, false),
                (left + k, bottom, true),
                (left, bottom - k, true),
                (left, bottom - r, false),
                (left, top + r, false),
                (left, top + k, true),
                (left + k, top, true),
                (left + r, top, false),
            ],
            paint,
        );
    }

    /// The coloured band of a box: rounded above, square below.
    fn header(&self, sheet: &mut Sheet, (x, y, width): (i32, i32, i32), colour: Colour) {
        let (left, top, right, bottom) = (self.x(x), self.y(y), self.x(x + width), self.y(y + HEADER));
        let r = self.length(7.0);
        let k = r * 0.4477;
        sheet.shape(
            &[
                (left, bottom, false),
                (left, top + r, false),
                (left, top + k, true),
                (left + k, top, true),
                (left + r, top, false),
                (right - r, top, false),
                (right - k, top, true),
                (right, top + k, true),
                (right, top + r, false),
                (right, bottom, false),
            ],
            Paint { fill: Some(colour), ..Paint::default() },
        );
    }
}
