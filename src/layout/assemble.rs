//! Puts the parts together: components into frames, frames onto shelves, lines onto ways.

use std::collections::BTreeMap;

use super::component::{Net, net};
use super::content::{Content, Relation};
use super::corridors::{Geometry, Plan};
use super::plan::plan;
use super::routes::{Place, Step, routes};
use super::tracks::{Tracks, Use, assign};
use super::{Edge, Frame, Node, Picture, Point, port};

pub(super) fn assemble(content: Content) -> Picture {
    let plan = plan(&content, components(&content));
    let places = places(&plan, content.boxes.len());
    let few: Vec<i32> = (0..plan.ways().len()).map(|way| plan.thickness(way, 2)).collect();
    let first = Geometry::new(&plan, few);
    let routes = routes(&plan, &first, &places, &content.relations);
    let mut geometry = first;
    let mut tracks = Vec::new();
    // The widths of the ways follow from who shares them, and who shares them follows from the widths: twice is enough.
    for _ in 0..2 {
        tracks = all_tracks(&plan, &geometry, &places, &content.relations, &routes);
        let thickness = tracks.iter().enumerate().map(|(way, tracks)| plan.thickness(way, tracks.lines)).collect();
        geometry = Geometry::new(&plan, thickness);
    }
    let run = Run { plan: &plan, geometry: &geometry, places: &places, tracks: &tracks };
    let points: Vec<Vec<Point>> =
        content.relations.iter().zip(&routes).map(|(relation, route)| run.points(relation, route)).collect();
    draw(content, &plan, &geometry, &places, points)
}

/// For every box, the lowest number among those that relations inside its frame connect it to.
fn components(content: &Content) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..content.boxes.len()).collect();
    fn find(parent: &mut [usize], mut node: usize) -> usize {
        while parent[node] != node {
            parent[node] = parent[parent[node]];
            node = parent[node];
        }
        node
    }
    for relation in &content.relations {
        if content.boxes[relation.from].frame == content.boxes[relation.to].frame {
            let (a, b) = (find(&mut parent, relation.from), find(&mut parent, relation.to));
            parent[a.max(b)] = a.min(b);
        }
    }
    (0..content.boxes.len()).map(|node| find(&mut parent, node)).collect()
}

fn places(plan: &Plan, boxes: usize) -> Vec<Place> {
    let mut places = vec![Place { component: 0, column: 0 }; boxes];
    for (component, content) in plan.components.iter().enumerate() {
        for (column, members) in content.columns.iter().enumerate() {
            for member in members {
                places[*member] = Place { component, column };
            }
        }
    }
    places
}

fn all_tracks(
    plan: &Plan,
    geometry: &Geometry,
    places: &[Place],
    relations: &[Relation],
    routes: &[Vec<Step>],
) -> Vec<Tracks> {
    let mut uses: Vec<BTreeMap<Net, Use>> = vec![BTreeMap::new(); plan.ways().len()];
    let run = Run { plan, geometry, places, tracks: &[] };
    for (relation, route) in relations.iter().zip(routes) {
        for (at, step) in route.iter().enumerate() {
            let Step::Way(way) = step else { continue };
            let one = uses[*way].entry(net(relation)).or_insert_with(Use::new);
            for neighbour in [at.checked_sub(1), Some(at + 1)] {
                let (coordinate, side) = run.meets(relation, route, *way, neighbour);
                one.touch(coordinate);
                match side {
                    Side::Before => one.before.push(coordinate),
                    Side::After => one.after.push(coordinate),
                    Side::Along => {}
                }
            }
        }
    }
    for way in &mut uses {
        way.retain(|_, one| one.low < one.high);
    }
    uses.iter().map(assign).collect()
}

enum Side {
    Before,
    After,
    Along,
}

/// Everything that turns steps into points.
struct Run<'a> {
    plan: &'a Plan,
    geometry: &'a Geometry,
    places: &'a [Place],
    tracks: &'a [Tracks],
}

impl Run<'_> {
    /// Where on a way the neighbouring step of a route meets it, and from which side. No neighbour means the port of
    /// the referencing (before the first step) or the referenced box.
    fn meets(&self, relation: &Relation, route: &[Step], way: usize, neighbour: Option<usize>) -> (i32, Side) {
        let column = match self.plan.ways()[way] {
            super::corridors::Way::Gutter(_, column) => Some(column),
            _ => None,
        };
        let side = |at: usize| if column == Some(at) { Side::After } else { Side::Before };
        match neighbour.and_then(|at| route.get(at)) {
            Some(Step::Way(other)) => (self.geometry.middle(*other), Side::Along),
            Some(Step::Pass(component, at, y)) => (self.geometry.origins[*component].y + y, side(*at)),
            None => {
                let (node, row) = if neighbour.is_none() {
                    (relation.from, relation.from_row)
                } else {
                    (relation.to, relation.to_row)
                };
                (self.port(node, row), side(self.places[node].column))
            }
        }
    }

    fn port(&self, node: usize, row: Option<usize>) -> i32 {
        let component = self.places[node].component;
        self.geometry.origins[component].y + self.plan.components[component].tops[&node] + port(row)
    }

    /// The edge of a box that looks to a gutter.
    fn edge_of(&self, node: usize, gutter: usize) -> i32 {
        let Place { component, column } = self.places[node];
        let left = self.geometry.columns[component][column];
        if self.plan.gutter(component, column) == gutter {
            left
        } else {
            left + self.plan.components[component].widths[column]
        }
    }

    fn line(&self, way: usize, key: &Net) -> i32 {
        let tracks = &self.tracks[way];
        match tracks.line.get(key) {
            Some(line) => self.geometry.line(self.plan, way, *line, tracks.lines),
            None => self.geometry.middle(way),
        }
    }

    fn points(&self, relation: &Relation, route: &[Step]) -> Vec<Point> {
        let key = net(relation);
        let (Some(Step::Way(first)), Some(Step::Way(last))) = (route.first(), route.last()) else { return Vec::new() };
        let mut points =
            vec![Point { x: self.edge_of(relation.from, *first), y: self.port(relation.from, relation.from_row) }];
        for step in route {
            let now = points[points.len() - 1];
            let next = match step {
                Step::Way(way) if self.plan.is_upright(*way) => Point { x: self.line(*way, &key), ..now },
                Step::Way(way) => Point { y: self.line(*way, &key), ..now },
                Step::Pass(component, _, y) => Point { y: self.geometry.origins[*component].y + y, ..now },
            };
            points.push(next);
        }
        let end = Point { x: self.edge_of(relation.to, *last), y: self.port(relation.to, relation.to_row) };
        let now = points[points.len() - 1];
        points.extend([Point { y: end.y, ..now }, end]);
        simplified(points)
    }
}

/// Without points that stand on the way between their neighbours.
fn simplified(points: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = kept.as_slice()
            && ((a.x == b.x && b.x == point.x) || (a.y == b.y && b.y == point.y))
        {
            kept.pop();
        }
        kept.push(point);
    }
    kept
}

fn draw(content: Content, plan: &Plan, geometry: &Geometry, places: &[Place], points: Vec<Vec<Point>>) -> Picture {
    let frames = content
        .frames
        .into_iter()
        .zip(&geometry.frames)
        .map(|(frame, area)| Frame { id: frame.id, title: frame.title, area: *area, hue: frame.hue })
        .collect();
    let nodes = content
        .boxes
        .into_iter()
        .enumerate()
        .map(|(at, one)| Node {
            area: geometry.box_area(plan, places[at].component, places[at].column, at, one.height),
            name: one.name,
            kind: one.kind,
            frame: one.frame,
            title: one.title,
            comment: one.comment,
            rows: one.rows,
        })
        .collect();
    let edges = content
        .relations
        .into_iter()
        .zip(points)
        .map(|(relation, points)| Edge {
            from: relation.from,
            to: relation.to,
            kind: relation.kind,
            name: relation.name,
            label: relation.label,
            columns: relation.columns,
            referenced_columns: relation.referenced_columns,
            points,
            from_end: relation.from_end,
            to_end: relation.to_end,
        })
        .collect();
    Picture { width: geometry.width, height: geometry.height, frames, nodes, edges }
}
