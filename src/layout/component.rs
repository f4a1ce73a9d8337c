//! One component: boxes that lines connect, in columns, with everything inside it decided but the gutters' widths.

use std::collections::BTreeMap;

use super::columns::{self, GAP};
use super::content::{BoxContent, Relation};
use super::level::{self, GRID};
use super::{order, port};

/// Lines to one row of one box, of one kind, share their way.
pub(super) type Net = (usize, Option<usize>, u8);

pub(super) fn net(relation: &Relation) -> Net {
    (relation.to, relation.to_row, relation.kind as u8)
}

pub(super) struct Component {
    pub frame: usize,
    /// Whether its boxes stand alone.
    pub is_grid: bool,
    /// The boxes' numbers, from top to bottom.
    pub columns: Vec<Vec<usize>>,
    pub widths: Vec<i32>,
    pub height: i32,
    /// The upper edges of its boxes, from its own upper edge.
    pub tops: BTreeMap<usize, i32>,
    /// Where a net passes through a column, from the upper edge.
    pub passes: BTreeMap<(Net, usize), i32>,
}

/// Where in a component's columns a line through it stands, within its [`GRID`] step: level with rows.
const PASS_OFFSET: i32 = 10;
/// What a line through a column keeps free.
const PASS_ROOM: i32 = GRID;

impl Component {
    /// `members` are connected by `relations`, which are all between them.
    pub(super) fn connected(
        frame: usize,
        members: &[usize],
        boxes: &[BoxContent],
        relations: &[&Relation],
        number: usize,
    ) -> Self {
        let local: BTreeMap<usize, usize> = members.iter().enumerate().map(|(at, member)| (*member, at)).collect();
        let sizes: Vec<(i32, i32)> = members.iter().map(|member| size(&boxes[*member])).collect();
        let mut links: Vec<Vec<(usize, bool)>> = vec![Vec::new(); members.len()];
        for relation in relations {
            let (from, to) = (local[&relation.from], local[&relation.to]);
            if from != to {
                links[from].push((to, true));
                links[to].push((from, false));
            }
        }
        for list in &mut links {
            list.sort_unstable();
            list.dedup_by_key(|(other, _)| *other);
        }
        let column = columns::columns(&columns::Input { sizes: &sizes, links: &links, number });
        let nets = Nets::new(relations, |member| column[local[&member]]);

        // Items: the boxes by local number, then the passes.
        let passes: Vec<(Net, usize)> = nets.passes.clone();
        let pass_item: BTreeMap<(Net, usize), usize> =
            passes.iter().enumerate().map(|(at, pass)| (*pass, members.len() + at)).collect();
        let number = column.iter().max().map_or(0, |last| last + 1);
        let mut stacks: Vec<Vec<usize>> = vec![Vec::new(); number];
        for (at, column) in column.iter().enumerate() {
            stacks[*column].push(at);
        }
        for (pass, item) in &pass_item {
            stacks[pass.1].push(*item);
        }
        let mut items: Vec<level::Item> =
            sizes.iter().map(|(_, height)| level::Item { room: snapped(height + GAP) }).collect();
        items.extend(passes.iter().map(|_| level::Item { room: PASS_ROOM }));
        let level_links = nets.links(relations, &local, &column, &pass_item);
        let pairs: Vec<(usize, usize)> = level_links.iter().map(|link| (link.left, link.right)).collect();
        let mut ordered = order::order(&stacks, &pairs);
        // Below a line that passes, a box keeps its distance.
        for stack in &mut ordered {
            for pair in stack.windows(2) {
                if pair[0] >= members.len() && pair[1] < members.len() {
                    items[pair[0]].room = 2 * PASS_ROOM;
                }
            }
        }
        let y = level::level(&ordered, &items, &level_links);
        for stack in &mut ordered {
            stack.retain(|item| *item < members.len());
        }
        Self::build(
            (frame, false),
            ordered.iter().map(|stack| stack.iter().map(|item| members[*item]).collect()).collect(),
            members.iter().enumerate().map(|(at, member)| (*member, y[at])).collect(),
            pass_item.into_iter().map(|(pass, item)| (pass, y[item] + PASS_OFFSET)).collect(),
            boxes,
        )
    }

    /// Boxes without lines among them, in a neat grid of so many columns.
    pub(super) fn grid(frame: usize, members: &[usize], boxes: &[BoxContent], columns: usize) -> Self {
        let sizes: Vec<(i32, i32)> = members.iter().map(|member| size(&boxes[*member])).collect();
        let column = columns::grid(&sizes, columns);
        let mut stacks: Vec<Vec<usize>> = vec![Vec::new(); column.iter().max().map_or(0, |last| last + 1)];
        let mut tops = BTreeMap::new();
        let mut used = vec![0; stacks.len()];
        for (at, member) in members.iter().enumerate() {
            tops.insert(*member, used[column[at]]);
            used[column[at]] += snapped(sizes[at].1 + GAP * 2 / 3);
            stacks[column[at]].push(*member);
        }
        Self::build((frame, true), stacks, tops, BTreeMap::new(), boxes)
    }

    fn build(
        (frame, is_grid): (usize, bool),
        columns: Vec<Vec<usize>>,
        tops: BTreeMap<usize, i32>,
        passes: BTreeMap<(Net, usize), i32>,
        boxes: &[BoxContent],
    ) -> Self {
        let width = |column: &Vec<usize>| column.iter().map(|member| boxes[*member].width).max().unwrap_or(0);
        let widths = columns.iter().map(width).collect();
        let lowest = tops.iter().map(|(member, top)| top + boxes[*member].height);
        let height = lowest.chain(passes.values().copied()).max().unwrap_or(0);
        Self { frame, is_grid, columns, widths, height, tops, passes }
    }
}

pub(super) fn size(content: &BoxContent) -> (i32, i32) {
    (content.width, content.height)
}

fn snapped(length: i32) -> i32 {
    (length + GRID - 1) / GRID * GRID
}

/// The columns that each net passes through.
struct Nets {
    passes: Vec<(Net, usize)>,
}

impl Nets {
    fn new(relations: &[&Relation], column: impl Fn(usize) -> usize) -> Self {
        let mut passes = std::collections::BTreeSet::new();
        for relation in relations {
            let (from, to) = (column(relation.from), column(relation.to));
            let between = if from > to { to + 1..from } else { from + 1..to.max(from + 1) };
            passes.extend(between.map(|column| (net(relation), column)));
        }
        Self { passes: passes.into_iter().collect() }
    }

    /// Every piece of a net between two neighbouring columns, once.
    fn links(
        &self,
        relations: &[&Relation],
        local: &BTreeMap<usize, usize>,
        column: &[usize],
        pass_item: &BTreeMap<(Net, usize), usize>,
    ) -> Vec<level::Link> {
        let mut pieces = std::collections::BTreeSet::new();
        for relation in relations {
            let (from, to) = (local[&relation.from], local[&relation.to]);
            let start = (from, port(relation.from_row));
            let end = (to, port(relation.to_row));
            let (first, last) = (column[from], column[to]);
            let key = net(relation);
            let stop = |at: usize| match at {
                at if at == first => start,
                at if at == last => end,
                at => (pass_item[&(key, at)], PASS_OFFSET),
            };
            let (low, high) = (first.min(last), first.max(last));
            pieces.extend((low..high).map(|at| (stop(at), stop(at + 1))));
        }
        pieces
            .into_iter()
            .map(|((left, left_offset), (right, right_offset))| level::Link { left, left_offset, right, right_offset })
            .collect()
    }
}
