//! Crow's feet: the signs at the ends of lines.

use super::{Edge, End, Point};

/// A part of a sign. Signs lie on the first and the last piece of a line, which are horizontal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Line(Point, Point),
    /// Filled with the background.
    Circle(Point, i32),
    /// Filled with the background.
    Triangle(Point, Point, Point),
}

/// The signs at both ends.
pub fn marks(edge: &Edge) -> Vec<Mark> {
    let mut all = Vec::new();
    if let [first, second, ..] = edge.points.as_slice() {
        mark(edge.from_end, *first, *second, &mut all);
    }
    if let [.., before, last] = edge.points.as_slice() {
        mark(edge.to_end, *last, *before, &mut all);
    }
    all
}

/// `at` is on the box's edge, `away` lies on the line.
fn mark(end: End, at: Point, away: Point, all: &mut Vec<Mark>) {
    let direction = (away.x - at.x).signum();
    let point = |out: i32, across: i32| Point { x: at.x + direction * out, y: at.y + across };
    let bar = |out: i32| Mark::Line(point(out, -5), point(out, 5));
    match end {
        End::Plain => {}
        End::One => all.extend([bar(6), bar(10)]),
        End::ZeroOrOne => all.extend([bar(6), Mark::Circle(point(14, 0), 4)]),
        End::ZeroOrMany => all.extend([
            Mark::Line(point(11, 0), point(0, -6)),
            Mark::Line(point(11, 0), point(0, 6)),
            Mark::Circle(point(15, 0), 4),
        ]),
        End::Parent => all.push(Mark::Triangle(point(0, 0), point(12, -7), point(12, 7))),
    }
}
