//! Which ways every line takes, from the referencing row to the referenced one.
//!
//! Inside a component a line goes from gutter to gutter and passes the columns between where its net has a pass.
//! Between components it takes the shortest way through lanes, aisles and streets; all lines of a net follow one
//! shortest-path tree that grows from its target, so that they meet early and arrive together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::component::{Net, net};
use super::content::Relation;
use super::corridors::{Geometry, Plan, Way};
use super::port;

/// What a bend costs, in pixels of way.
const BEND: i64 = 45;

/// Where a box stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub component: usize,
    pub column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Way(usize),
    /// Level, through a column of a component, at this distance from its upper edge.
    Pass(usize, usize, i32),
}

/// Upright and level steps in turn, beginning and ending with an upright one.
pub(super) fn routes(plan: &Plan, geometry: &Geometry, places: &[Place], relations: &[Relation]) -> Vec<Vec<Step>> {
    let mut crossings = None;
    let mut routes: Vec<Vec<Step>> = vec![Vec::new(); relations.len()];
    let mut across: BTreeMap<Net, Vec<usize>> = BTreeMap::new();
    for (at, relation) in relations.iter().enumerate() {
        if places[relation.from].component == places[relation.to].component {
            routes[at] = inside(plan, places, relation);
        } else {
            across.entry(net(relation)).or_default().push(at);
        }
    }
    for members in across.values() {
        let crossings = crossings.get_or_insert_with(|| Crossings::new(plan, geometry));
        let target = relations[members[0]].to;
        let tree = crossings.tree(plan, geometry, places, target, port(relations[members[0]].to_row));
        for at in members {
            let relation = &relations[*at];
            routes[*at] =
                crossings.way_back(&tree, plan, geometry, places[relation.from], y(plan, geometry, places, relation));
        }
    }
    routes
}

/// The height at which a relation starts.
fn y(plan: &Plan, geometry: &Geometry, places: &[Place], relation: &Relation) -> i32 {
    let component = places[relation.from].component;
    geometry.origins[component].y + plan.components[component].tops[&relation.from] + port(relation.from_row)
}

fn inside(plan: &Plan, places: &[Place], relation: &Relation) -> Vec<Step> {
    let (component, from, to) =
        (places[relation.from].component, places[relation.from].column, places[relation.to].column);
    let gutter = |column| Step::Way(plan.gutter(component, column));
    let key = net(relation);
    let pass = |column: usize| Step::Pass(component, column, plan.components[component].passes[&(key, column)]);
    let mut steps = Vec::new();
    if from > to {
        steps.push(gutter(from));
        for column in (to + 1..from).rev() {
            steps.extend([pass(column), gutter(column)]);
        }
    } else {
        steps.push(gutter(from + 1));
        for column in from + 1..to {
            steps.extend([pass(column), gutter(column + 1)]);
        }
    }
    steps
}

/// Where upright and level ways meet.
struct Crossings {
    /// The upright way, the level way.
    all: Vec<(usize, usize)>,
    /// Per way, its crossings in order, with their coordinate on it.
    along: Vec<Vec<(i32, usize)>>,
}

/// Shortest ways from a target. State `2c` stands at crossing `c` on the upright way, `2c + 1` on the level one.
struct Tree {
    distance: Vec<i64>,
    parent: Vec<usize>,
}

const NONE: usize = usize::MAX;

impl Crossings {
    fn new(plan: &Plan, geometry: &Geometry) -> Self {
        let mut all = Vec::new();
        for (frame, rows) in plan.frames.iter().enumerate() {
            for (row, components) in rows.iter().enumerate() {
                for component in components {
                    for column in 0..=plan.components[*component].columns.len() {
                        let gutter = plan.gutter(*component, column);
                        all.extend([(gutter, plan.lane(frame, row)), (gutter, plan.lane(frame, row + 1))]);
                    }
                }
            }
        }
        for (shelf, frames) in plan.shelves.iter().enumerate() {
            for place in 0..=frames.len() {
                let aisle = plan.aisle(shelf, place);
                all.extend([(aisle, plan.street(shelf)), (aisle, plan.street(shelf + 1))]);
            }
            for (place, frame) in frames.iter().enumerate() {
                for row in 0..=plan.frames[*frame].len() {
                    let lane = plan.lane(*frame, row);
                    all.extend([(plan.aisle(shelf, place), lane), (plan.aisle(shelf, place + 1), lane)]);
                }
            }
        }
        let mut along: Vec<Vec<(i32, usize)>> = vec![Vec::new(); plan.ways().len()];
        for (at, (upright, level)) in all.iter().enumerate() {
            along[*upright].push((geometry.middle(*level), at));
            along[*level].push((geometry.middle(*upright), at));
        }
        along.iter_mut().for_each(|list| list.sort_unstable());
        Self { all, along }
    }

    fn tree(&self, plan: &Plan, geometry: &Geometry, places: &[Place], target: usize, port: i32) -> Tree {
        let states = 2 * self.all.len();
        let mut tree = Tree { distance: vec![i64::MAX; states], parent: vec![NONE; states] };
        let mut heap = BinaryHeap::new();
        let Place { component, column } = places[target];
        let y = geometry.origins[component].y + plan.components[component].tops[&target] + port;
        for gutter in [plan.gutter(component, column), plan.gutter(component, column + 1)] {
            for (at, crossing) in &self.along[gutter] {
                let distance = i64::from((at - y).abs());
                tree.distance[2 * crossing] = distance;
                heap.push(Reverse((distance, 2 * crossing)));
            }
        }
        let home = plan.components[component].frame;
        while let Some(Reverse((distance, state))) = heap.pop() {
            if distance > tree.distance[state] {
                continue;
            }
            let (crossing, level) = (state / 2, state % 2);
            let way = if level == 1 { self.all[crossing].1 } else { self.all[crossing].0 };
            let mut reach = |next: usize, cost: i64| {
                if distance + cost < tree.distance[next] {
                    tree.distance[next] = distance + cost;
                    tree.parent[next] = state;
                    heap.push(Reverse((distance + cost, next)));
                }
            };
            reach(2 * crossing + 1 - level, BEND);
            let factor = toll(plan, way, home);
            let list = &self.along[way];
            let here = if level == 1 { self.all[crossing].0 } else { self.all[crossing].1 };
            let at = geometry.middle(here);
            let place = list.binary_search(&(at, crossing)).unwrap_or(0);
            for next in [place.checked_sub(1), Some(place + 1)].into_iter().flatten() {
                if let Some((there, other)) = list.get(next) {
                    reach(2 * other + level, i64::from((there - at).abs()) * factor);
                }
            }
        }
        tree
    }

    fn way_back(&self, tree: &Tree, plan: &Plan, geometry: &Geometry, from: Place, y: i32) -> Vec<Step> {
        let gutters = [plan.gutter(from.component, from.column), plan.gutter(from.component, from.column + 1)];
        let starts = gutters.iter().flat_map(|gutter| &self.along[*gutter]);
        // A line that has come along a level way must turn into the gutter: that state's parent is the level one.
        let best = starts
            .map(|(at, crossing)| {
                let distance = tree.distance[2 * crossing].saturating_add(i64::from((at - y).abs()));
                let _ = geometry;
                (distance, 2 * crossing)
            })
            .min();
        let mut ways: Vec<usize> = Vec::new();
        let mut state = best.map_or(NONE, |(_, state)| state);
        while state != NONE {
            let (upright, level) = self.all[state / 2];
            let way = if state % 2 == 1 { level } else { upright };
            if ways.last() != Some(&way) {
                ways.push(way);
            }
            state = tree.parent[state];
        }
        ways.into_iter().map(Step::Way).collect()
    }
}

/// A line had better not pass through the inside of frames that it has no business in.
fn toll(plan: &Plan, way: usize, home: usize) -> i64 {
    match plan.ways()[way] {
        Way::Gutter(component, _) if plan.components[component].frame != home => 2,
        Way::Lane(frame, _) if frame != home => 2,
        _ => 1,
    }
}
