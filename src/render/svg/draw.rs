//! Boxes, lines and frames as SVG.

use std::fmt::Write;

use super::escape::escape;
use super::style::STYLE;
use crate::layout::{
    ColumnRow, Edge, EdgeKind, Frame, HEADER, Mark, NAME_INSET, Node, NodeKind, Picture, Point, ROW, Row, marks,
};
use crate::render::View;
use crate::schema::QualifiedName;

/// How many colours the style sheet has for frames.
const HUES: usize = 10;
/// Of a box's corners.
const RADIUS: i32 = 8;
/// Of a line's bends.
const BEND: i32 = 7;

/// The id of a table's group: letters, digits, `_`, `-` and `.` as they are, anything else by its code point.
pub fn table_id(name: &QualifiedName) -> String {
    let mut id = "t-".to_owned();
    for c in name.to_string().chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') {
            id.push(c);
        } else {
            let _ = write!(id, ":{:x}:", u32::from(c));
        }
    }
    id
}

pub(super) fn document(view: &View<'_>, picture: &Picture) -> String {
    let (width, height) = (picture.width.max(1), picture.height.max(1));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n",
        escape(&view.title)
    );
    body(&mut out, picture);
    out.push_str("</svg>\n");
    out
}

pub(super) fn element(view: &View<'_>, picture: &Picture) -> String {
    let (width, height) = (picture.width.max(1), picture.height.max(1));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"{}\">\n",
        escape(&view.title)
    );
    body(&mut out, picture);
    out.push_str("</svg>");
    out
}

fn body(out: &mut String, picture: &Picture) {
    out.push_str(SYMBOLS);
    let _ = writeln!(out, "<rect class=\"bg\" width=\"{}\" height=\"{}\"/>", picture.width, picture.height);
    if picture.frames.len() > 1 {
        for frame in &picture.frames {
            draw_frame(out, frame);
        }
    }
    for edge in &picture.edges {
        draw_edge(out, picture, edge);
    }
    for node in &picture.nodes {
        draw_node(out, picture, node);
    }
}

/// The signs before columns: a key, a link, a unique mark.
const SYMBOLS: &str = concat!(
    "<defs><g id=\"tg-k\"><circle cx=\"3.5\" cy=\"5.5\" r=\"2.7\"/><path d=\"M5.6 3.7L11 -1M8.6 1.1l2 2\"/></g>",
    "<g id=\"tg-l\"><path d=\"M4.6 5.4a2.6 2.6 0 0 1 0-3.7l1.6-1.6a2.6 2.6 0 0 1 3.7 3.7l-.8.8\
     M7.4 1.6a2.6 2.6 0 0 1 0 3.7l-1.6 1.6a2.6 2.6 0 0 1-3.7-3.7l.8-.8\"/></g>",
    "<g id=\"tg-u\"><path d=\"M2.5-.5v4.2a3.5 3.5 0 0 0 7 0v-4.2\"/></g></defs>\n"
);

fn draw_frame(out: &mut String, frame: &Frame) {
    let area = frame.area;
    let _ = writeln!(
        out,
        "<g class=\"f h{}\" data-cluster=\"{}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"14\"/>\
         <text x=\"{}\" y=\"{}\">{}</text></g>",
        frame.hue % HUES,
        escape(&frame.id),
        area.x,
        area.y,
        area.width,
        area.height,
        area.x + 18,
        area.y + 26,
        escape(&frame.title)
    );
}

fn draw_edge(out: &mut String, picture: &Picture, edge: &Edge) {
    let class = match edge.kind {
        EdgeKind::ForeignKey => "e",
        EdgeKind::Virtual => "e virtual",
        EdgeKind::Reads => "e reads",
        EdgeKind::Inherits => "e inherits",
    };
    let list = |columns: &[String]| serde_json::Value::from(columns).to_string();
    let _ = write!(
        out,
        "<g class=\"{class}\" data-from=\"{}\" data-to=\"{}\"",
        escape(&picture.nodes[edge.from].name.to_string()),
        escape(&picture.nodes[edge.to].name.to_string())
    );
    if !edge.name.is_empty() {
        let _ = write!(out, " data-key=\"{}\"", escape(&edge.name));
    }
    if !edge.columns.is_empty() {
        let _ = write!(
            out,
            " data-columns=\"{}\" data-refs=\"{}\"",
            escape(&list(&edge.columns)),
            escape(&list(&edge.referenced_columns))
        );
    }
    let _ = write!(out, "><title>{}</title><path class=\"l\" d=\"{}\"/>", escape(&edge.label), path(&edge.points));
    let signs: String = marks(edge).iter().map(mark).collect();
    if !signs.is_empty() {
        let _ = write!(out, "<path class=\"k\" d=\"{signs}\"/>");
    }
    out.push_str("</g>\n");
}

/// The line with its bends rounded.
fn path(points: &[Point]) -> String {
    let mut path = String::new();
    for (at, point) in points.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).map(|at| points[at]), points.get(at + 1));
        match (before, after) {
            (None, _) => {
                let _ = write!(path, "M{} {}", point.x, point.y);
            }
            (Some(_), None) => {
                let _ = write!(path, "L{} {}", point.x, point.y);
            }
            (Some(before), Some(after)) => {
                let length = |a: Point, b: Point| (a.x - b.x).abs() + (a.y - b.y).abs();
                let radius = BEND.min(length(before, *point) / 2).min(length(*point, *after) / 2);
                let toward = |to: Point| Point {
                    x: point.x + (to.x - point.x).signum() * radius,
                    y: point.y + (to.y - point.y).signum() * radius,
                };
                let (start, end) = (toward(before), toward(*after));
                let _ = write!(path, "L{} {}Q{} {} {} {}", start.x, start.y, point.x, point.y, end.x, end.y);
            }
        }
    }
    path
}

fn mark(mark: &Mark) -> String {
    match mark {
        Mark::Line(a, b) => format!("M{} {}L{} {}", a.x, a.y, b.x, b.y),
        Mark::Circle(c, r) => {
            format!("M{} {}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 {} 0", c.x - r, c.y, 2 * r, -2 * r)
        }
        Mark::Triangle(a, b, c) => format!("M{} {}L{} {}L{} {}Z", a.x, a.y, b.x, b.y, c.x, c.y),
    }
}

fn draw_node(out: &mut String, picture: &Picture, node: &Node) {
    let (width, height) = (node.area.width, node.area.height);
    let frame = &picture.frames[node.frame];
    let kind = match node.kind {
        NodeKind::Table => "",
        NodeKind::Partitioned => " p",
        NodeKind::Foreign => " x",
        NodeKind::View | NodeKind::Materialized => " v",
    };
    let _ = write!(
        out,
        "<g class=\"t h{}{kind}\" id=\"{}\" data-name=\"{}\" data-cluster=\"{}\" transform=\"translate({} {})\">",
        frame.hue % HUES,
        table_id(&node.name),
        escape(&node.name.to_string()),
        escape(&frame.id),
        node.area.x,
        node.area.y
    );
    let mut tip = node.name.plain();
    if let Some(comment) = &node.comment {
        tip.push('\n');
        tip.push_str(comment);
    }
    let inner = width - 2 * RADIUS;
    let r = RADIUS;
    let _ = write!(
        out,
        "<title>{}</title><rect class=\"s\" x=\"1\" y=\"3\" width=\"{width}\" height=\"{height}\" rx=\"{r}\"/>\
         <rect class=\"b\" width=\"{width}\" height=\"{height}\" rx=\"{r}\"/>\
         <path class=\"hd\" d=\"M0 {r}a{r} {r} 0 0 1 {r}-{r}h{inner}a{r} {r} 0 0 1 {r} {r}v{}H0z\"/>\
         <text x=\"12\" y=\"21\">{}</text>",
        escape(&tip),
        HEADER - r,
        escape(&node.title)
    );
    badge(out, node.kind, width);
    let lines: String =
        (1..node.rows.len()).map(|row| format!("M1 {}h{}", HEADER + ROW * row as i32, width - 2)).collect();
    if !lines.is_empty() {
        let _ = write!(out, "<path class=\"rl\" d=\"{lines}\"/>");
    }
    for (at, row) in node.rows.iter().enumerate() {
        draw_row(out, node, row, HEADER + ROW * at as i32);
    }
    out.push_str("</g>\n");
}

/// What kind of relation it is, at the right end of the header.
fn badge(out: &mut String, kind: NodeKind, width: i32) {
    let x = width - 24;
    let shape = match kind {
        NodeKind::Table => return,
        NodeKind::Partitioned => format!("M{x} 11h12v10h-12zM{} 11v10M{} 11v10", x + 4, x + 8),
        NodeKind::Foreign => format!("M{x} 21l10-10M{} 11h6v6", x + 4),
        NodeKind::View => format!("M{x} 16q6.5-8 13 0q-6.500 8-13 0zM{} 16a2 2 0 1 0 4 0a2 2 0 1 0-4 0", x + 4)
            .replace("6.500", "6.5"),
        NodeKind::Materialized => format!("M{x} 12q6-4 12 0v8q-6 4-12 0zM{x} 12q6 4 12 0M{x} 16q6 4 12 0"),
    };
    let _ = write!(out, "<path class=\"bd\" d=\"{shape}\"/>");
}

fn draw_row(out: &mut String, node: &Node, row: &Row, y: i32) {
    let width = node.area.width;
    let base = y + 15;
    match row {
        Row::Column(column) => draw_column(out, column, node.kind, width, y),
        Row::More(count) => {
            let _ = write!(out, "<text class=\"m\" x=\"{NAME_INSET}\" y=\"{base}\">… {count} more</text>");
        }
        Row::Partitions(count) => {
            let plural = if *count == 1 { "partition" } else { "partitions" };
            let _ = write!(out, "<text class=\"m\" x=\"{NAME_INSET}\" y=\"{base}\">{count} {plural}</text>");
        }
    }
}

fn draw_column(out: &mut String, column: &ColumnRow, kind: NodeKind, width: i32, y: i32) {
    let base = y + 15;
    let class = if column.primary { "c pk" } else { "c" };
    let _ = write!(out, "<g class=\"{class}\" data-col=\"{}\">", escape(&column.name));
    let mut tip = String::new();
    if column.label != column.name {
        tip.push_str(&column.name);
    }
    if let Some(comment) = &column.comment {
        if !tip.is_empty() {
            tip.push('\n');
        }
        tip.push_str(comment);
    }
    if !tip.is_empty() {
        let _ = write!(out, "<title>{}</title>", escape(&tip));
    }
    let _ = write!(out, "<rect class=\"r\" x=\"1\" y=\"{y}\" width=\"{}\" height=\"{ROW}\"/>", width - 2);
    let icon = match (column.primary, column.foreign, column.unique) {
        (true, _, _) => Some(("ik", "k")),
        (false, true, _) => Some(("il", "l")),
        (false, false, true) => Some(("iu", "u")),
        _ => None,
    };
    if let Some((class, icon)) = icon {
        let _ = write!(out, "<use class=\"{class}\" href=\"#tg-{icon}\" x=\"10\" y=\"{}\"/>", y + 8);
    }
    let _ = write!(
        out,
        "<text class=\"n\" x=\"{NAME_INSET}\" y=\"{base}\">{}</text><text class=\"y\" x=\"{}\" y=\"{base}\">{}</text>",
        escape(&column.label),
        width - 22,
        escape(&column.data_type)
    );
    if !matches!(kind, NodeKind::View | NodeKind::Materialized) {
        let class = if column.not_null { "o" } else { "o u" };
        let _ = write!(out, "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"2.5\"/>", width - 12, y + 11);
    }
    out.push_str("</g>");
}
