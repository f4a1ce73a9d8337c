//! The ways between boxes, and where everything stands once it is known how wide each way must be.
//!
//! Upright ways: the gutters on both sides of every column, the aisles between frames. Level ways: the lanes above and
//! below every row of components in a frame, the streets between shelves of frames. They meet in crossings, and no box
//! stands on any of them.

use super::component::Component;
use super::{Point, Rect};

/// Around everything.
const MARGIN: i32 = 24;
/// A frame's title.
pub(super) const TITLE_BAND: i32 = 40;
const FRAME_PADDING: i32 = 12;
/// From a box to the first line beside it: room for a crow's foot.
const STUB: i32 = 26;
/// Between lines side by side.
pub(super) const PITCH: i32 = 8;

/// What stands in what. Nothing here is a length.
pub(super) struct Plan {
    pub components: Vec<Component>,
    /// Per frame, its components in rows.
    pub frames: Vec<Vec<Vec<usize>>>,
    /// Frames in rows.
    pub shelves: Vec<Vec<usize>>,
    /// The narrowest that a frame may be, for its title.
    pub title_widths: Vec<i32>,
    /// Whether frames are drawn at all.
    pub framed: bool,
    ways: Vec<Way>,
    gutters: Vec<usize>,
    lanes: Vec<usize>,
    aisles: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Of a component, left of the column of that number.
    Gutter(usize, usize),
    /// Of a frame, above the row of that number.
    Lane(usize, usize),
    /// Of a shelf, left of the frame at that place.
    Aisle(usize, usize),
    /// Above the shelf of that number.
    Street(usize),
}

impl Plan {
    pub(super) fn new(
        components: Vec<Component>,
        frames: Vec<Vec<Vec<usize>>>,
        shelves: Vec<Vec<usize>>,
        title_widths: Vec<i32>,
        framed: bool,
    ) -> Self {
        let mut ways = Vec::new();
        let mut gutters = Vec::new();
        for (at, component) in components.iter().enumerate() {
            gutters.push(ways.len());
            ways.extend((0..=component.columns.len()).map(|column| Way::Gutter(at, column)));
        }
        let mut lanes = Vec::new();
        for (at, rows) in frames.iter().enumerate() {
            lanes.push(ways.len());
            ways.extend((0..=rows.len()).map(|row| Way::Lane(at, row)));
        }
        let mut aisles = Vec::new();
        for (at, shelf) in shelves.iter().enumerate() {
            aisles.push(ways.len());
            ways.extend((0..=shelf.len()).map(|place| Way::Aisle(at, place)));
        }
        ways.extend((0..=shelves.len()).map(Way::Street));
        Self { components, frames, shelves, title_widths, framed, ways, gutters, lanes, aisles }
    }

    pub(super) fn ways(&self) -> &[Way] {
        &self.ways
    }

    pub(super) fn gutter(&self, component: usize, column: usize) -> usize {
        self.gutters[component] + column
    }

    pub(super) fn lane(&self, frame: usize, row: usize) -> usize {
        self.lanes[frame] + row
    }

    pub(super) fn aisle(&self, shelf: usize, place: usize) -> usize {
        self.aisles[shelf] + place
    }

    pub(super) fn street(&self, shelf: usize) -> usize {
        self.ways.len() - 1 - self.shelves.len() + shelf
    }

    pub(super) fn is_upright(&self, way: usize) -> bool {
        matches!(self.ways[way], Way::Gutter(..) | Way::Aisle(..))
    }

    /// How wide a way is that holds so many lines side by side.
    pub(super) fn thickness(&self, way: usize, lines: usize) -> i32 {
        let lines = i32::try_from(lines).unwrap_or(i32::MAX / PITCH);
        let span = (lines - 1).max(0) * PITCH;
        match self.ways[way] {
            Way::Gutter(component, column) => {
                let last = self.components[component].columns.len();
                let outer = column == 0 || column == last;
                match (outer, lines) {
                    (true, 0) => 14,
                    (true, _) => STUB + 10 + span,
                    (false, 0) => 34,
                    (false, _) => (2 * STUB + span).max(64),
                }
            }
            Way::Lane(frame, row) => {
                let outer = row == 0 || row == self.frames[frame].len();
                let least = if outer { 8 } else { 26 };
                if lines == 0 { least } else { (span + 18).max(least) }
            }
            Way::Aisle(shelf, place) => {
                let outer = place == 0 || place == self.shelves[shelf].len();
                if lines == 0 && outer { 0 } else { (span + 20).max(28) }
            }
            Way::Street(shelf) => {
                let outer = shelf == 0 || shelf == self.shelves.len();
                if lines == 0 && outer { 0 } else { (span + 20).max(28) }
            }
        }
    }
}

/// Where everything stands for given widths of the ways.
pub(super) struct Geometry {
    /// The upper left corner of every component's boxes area, gutters included.
    pub origins: Vec<Point>,
    /// The left edge of every column, by component.
    pub columns: Vec<Vec<i32>>,
    pub frames: Vec<Rect>,
    /// The left (upright ways) or upper edge of every way.
    pub starts: Vec<i32>,
    pub thickness: Vec<i32>,
    pub width: i32,
    pub height: i32,
}

impl Geometry {
    pub(super) fn new(plan: &Plan, thickness: Vec<i32>) -> Self {
        let mut geometry = Self {
            origins: vec![Point::default(); plan.components.len()],
            columns: vec![Vec::new(); plan.components.len()],
            frames: vec![Rect::default(); plan.frames.len()],
            starts: vec![0; thickness.len()],
            thickness,
            width: 0,
            height: 0,
        };
        let widths: Vec<i32> = plan.shelves.iter().map(|frames| geometry.natural_width(plan, frames)).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        let mut y = MARGIN;
        for (shelf, frames) in plan.shelves.iter().enumerate() {
            geometry.starts[plan.street(shelf)] = y;
            y += geometry.thickness[plan.street(shelf)];
            let mut x = MARGIN;
            let mut lowest = y;
            // What the widest shelf has more is shared among the frames of this one.
            let mut spare = widest - widths[shelf];
            for (place, frame) in frames.iter().enumerate() {
                let aisle = plan.aisle(shelf, place);
                geometry.starts[aisle] = x;
                x += geometry.thickness[aisle];
                let own = spare / i32::try_from(frames.len() - place).unwrap_or(1);
                spare -= own;
                let area = geometry.place_frame(plan, *frame, Point { x, y });
                geometry.frames[*frame].width += own;
                x = area.right() + own;
                lowest = lowest.max(area.bottom());
            }
            let aisle = plan.aisle(shelf, frames.len());
            geometry.starts[aisle] = x;
            geometry.width = geometry.width.max(x + geometry.thickness[aisle] + MARGIN);
            for frame in frames {
                geometry.frames[*frame].height = lowest - geometry.frames[*frame].y;
            }
            y = lowest;
        }
        let last = plan.street(plan.shelves.len());
        geometry.starts[last] = y;
        geometry.height = y + geometry.thickness[last] + MARGIN;
        geometry
    }

    /// The width of a shelf's frames and the aisles between them.
    fn natural_width(&mut self, plan: &Plan, frames: &[usize]) -> i32 {
        let shelf = plan.shelves.iter().position(|shelf| shelf == frames).unwrap_or(0);
        let aisles: i32 = (0..=frames.len()).map(|place| self.thickness[plan.aisle(shelf, place)]).sum();
        frames.iter().map(|frame| self.place_frame(plan, *frame, Point::default()).width).sum::<i32>() + aisles
    }

    fn place_frame(&mut self, plan: &Plan, frame: usize, at: Point) -> Rect {
        let padding = if plan.framed { FRAME_PADDING } else { 0 };
        let mut y = at.y + if plan.framed { TITLE_BAND } else { 0 };
        let mut widest = plan.title_widths[frame] - 2 * padding;
        for (row, components) in plan.frames[frame].iter().enumerate() {
            let lane = plan.lane(frame, row);
            self.starts[lane] = y;
            y += self.thickness[lane];
            let mut x = at.x + padding;
            let mut lowest = y;
            for component in components {
                self.origins[*component] = Point { x, y };
                x = self.place_component(plan, *component, x);
                lowest = lowest.max(y + plan.components[*component].height);
            }
            widest = widest.max(x - at.x - padding);
            y = lowest;
        }
        let last = plan.lane(frame, plan.frames[frame].len());
        self.starts[last] = y;
        y += self.thickness[last] + padding / 2;
        self.frames[frame] = Rect { x: at.x, y: at.y, width: widest + 2 * padding, height: y - at.y };
        self.frames[frame]
    }

    fn place_component(&mut self, plan: &Plan, component: usize, mut x: i32) -> i32 {
        self.columns[component].clear();
        for (column, width) in plan.components[component].widths.iter().enumerate() {
            let gutter = plan.gutter(component, column);
            self.starts[gutter] = x;
            x += self.thickness[gutter];
            self.columns[component].push(x);
            x += width;
        }
        let last = plan.gutter(component, plan.components[component].columns.len());
        self.starts[last] = x;
        x + self.thickness[last]
    }

    /// The middle of a way.
    pub(super) fn middle(&self, way: usize) -> i32 {
        self.starts[way] + self.thickness[way] / 2
    }

    /// Where the line of that number runs, of so many on the way.
    pub(super) fn line(&self, plan: &Plan, way: usize, line: usize, lines: usize) -> i32 {
        let span = i32::try_from(lines.saturating_sub(1)).unwrap_or(0) * PITCH;
        let line = i32::try_from(line).unwrap_or(0) * PITCH;
        let first = match plan.ways()[way] {
            Way::Gutter(_, 0) => self.thickness[way] - STUB - span,
            Way::Gutter(component, column) if column == plan.components[component].columns.len() => STUB,
            _ => (self.thickness[way] - span) / 2,
        };
        self.starts[way] + first + line
    }

    pub(super) fn box_area(&self, plan: &Plan, component: usize, column: usize, member: usize, height: i32) -> Rect {
        let content = &plan.components[component];
        Rect {
            x: self.columns[component][column],
            y: self.origins[component].y + content.tops[&member],
            width: content.widths[column],
            height,
        }
    }
}
