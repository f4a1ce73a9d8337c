//! Which component stands in which row of its frame, and which frame on which shelf.
//!
//! A frame has no shape of its own: more columns make it wider and lower. So the picture is filled like a page of
//! justified text: the areas say how wide it must be, frames are dealt onto shelves of about the same area, and every
//! frame gets the width that makes it as high as its shelf.

use std::collections::BTreeMap;

use super::TITLE_SIZE;
use super::columns::{GRID_GUTTER, GUTTER, area, number_for_width};
use super::component::{Component, size};
use super::content::{Content, Relation};
use super::corridors::{Plan, TITLE_BAND};
use super::font::Face;
use super::shelves::{fill, root};

/// Width to height of the whole, and the wish for a frame among others, in hundredths.
const WHOLE: i64 = 160;
const FRAME: i64 = 135;
/// What a frame needs around its boxes, as a share of their area in hundredths: rows never fill up.
const WASTE: i64 = 112;

/// One frame's boxes, sorted into what lines connect and what stands alone.
struct Part<'a> {
    frame: usize,
    groups: Vec<(Vec<usize>, Vec<&'a Relation>)>,
    alone: Vec<usize>,
    area: i64,
    tallest: i64,
}

/// `group` says for every box which component it belongs to.
pub(super) fn plan(content: &Content, group: Vec<usize>) -> Plan {
    let parts = parts(content, &group);
    let whole: i64 = parts.iter().map(|part| part.area).sum();
    let tallest = parts.iter().map(|part| part.tallest).max().unwrap_or(0);
    // A picture is at least as high as its highest box.
    let width = root(whole * WHOLE / 100).min(whole / tallest.max(1)).max(1);
    let shelves = shelves(content, &parts, width, &group);
    let mut components = Vec::new();
    let mut frames = vec![Vec::new(); parts.len()];
    for shelf in &shelves {
        let height = shelf.iter().map(|part| parts[*part].area).sum::<i64>() / width;
        for part in shelf {
            let part = &parts[*part];
            let own = part.components(content, part.area / height.max(part.tallest).max(1));
            let base = components.len();
            frames[part.frame] =
                own.1.into_iter().map(|row| row.into_iter().map(|at| base + at).collect()).collect::<Vec<Vec<usize>>>();
            components.extend(own.0);
        }
    }
    let framed = parts.len() > 1;
    let title_widths = content.frames.iter().map(|frame| Face::Bold.width(&frame.title, TITLE_SIZE + 2) + 60).collect();
    Plan::new(components, frames, shelves, title_widths, framed)
}

fn parts<'a>(content: &'a Content, group: &[usize]) -> Vec<Part<'a>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, root) in group.iter().enumerate() {
        members.entry(*root).or_default().push(node);
    }
    let mut relations: BTreeMap<usize, Vec<&Relation>> = BTreeMap::new();
    for relation in &content.relations {
        if group[relation.from] == group[relation.to] {
            relations.entry(group[relation.from]).or_default().push(relation);
        }
    }
    let mut parts: Vec<Part<'_>> = (0..content.frames.len())
        .map(|frame| Part { frame, groups: Vec::new(), alone: Vec::new(), area: 0, tallest: 0 })
        .collect();
    for (root, nodes) in members {
        let part = &mut parts[content.boxes[root].frame];
        if let [node] = nodes.as_slice() {
            part.alone.push(*node);
        } else {
            part.groups.push((nodes, relations.remove(&root).unwrap_or_default()));
        }
    }
    for part in &mut parts {
        part.groups.sort_by_key(|(nodes, _)| (std::cmp::Reverse(area(&sizes(content, nodes), GUTTER)), nodes[0]));
        let connected = part.groups.iter().map(|(nodes, _)| area(&sizes(content, nodes), GUTTER)).sum::<i64>();
        let inside = (connected + area(&sizes(content, &part.alone), GRID_GUTTER)) * WASTE / 100;
        part.area = inside + root(inside) * i64::from(TITLE_BAND);
        let nodes = part.groups.iter().flat_map(|(nodes, _)| nodes).chain(&part.alone);
        part.tallest = nodes.map(|node| i64::from(content.boxes[*node].height + TITLE_BAND + 40)).max().unwrap_or(0);
    }
    parts
}

fn sizes(content: &Content, nodes: &[usize]) -> Vec<(i32, i32)> {
    nodes.iter().map(|node| size(&content.boxes[*node])).collect()
}

impl Part<'_> {
    /// The frame's components, made to be about so wide together, and their rows.
    fn components(&self, content: &Content, width: i64) -> (Vec<Component>, Vec<Vec<usize>>) {
        let mut components = Vec::new();
        let mut nodes: Vec<usize> = self.groups.iter().flat_map(|(nodes, _)| nodes).copied().collect();
        let relations: Vec<&Relation> = self.groups.iter().flat_map(|(_, relations)| relations).copied().collect();
        // A few boxes without lines fill gaps among the others; more of them make a grid.
        let few = !nodes.is_empty() && self.alone.len() * 4 <= nodes.len();
        if few {
            nodes.extend(&self.alone);
        }
        if !nodes.is_empty() {
            let number = number_for_width(&sizes(content, &nodes), width, GUTTER);
            components.push(Component::connected(self.frame, &nodes, &content.boxes, &relations, number));
        }
        if !few && !self.alone.is_empty() {
            let number = number_for_width(&sizes(content, &self.alone), width, GRID_GUTTER);
            components.push(Component::grid(self.frame, &self.alone, &content.boxes, number));
        }
        let sizes: Vec<(i32, i32)> = components.iter().map(estimate).collect();
        let rows = fill(&sizes, width + i64::from(GUTTER));
        (components, rows)
    }
}

/// About what a component will take.
fn estimate(component: &Component) -> (i32, i32) {
    let gutter = if component.is_grid { GRID_GUTTER } else { GUTTER };
    (component.widths.iter().map(|width| width + gutter).sum::<i32>(), component.height + 20)
}

/// Frames on shelves of about the same area. As many shelves as give frames the best proportions.
fn shelves(content: &Content, parts: &[Part<'_>], width: i64, group: &[usize]) -> Vec<Vec<usize>> {
    let order = neighbours_together(content, parts, group);
    (1..=parts.len())
        .map(|number| deal(parts, &order, number))
        .min_by_key(|shelves| {
            let off = |part: &usize, height: i64| {
                let height = height.max(parts[*part].tallest).max(1);
                let ratio = (parts[*part].area * 100 / height / height).max(1);
                let off = if ratio > FRAME { ratio * 100 / FRAME } else { FRAME * 100 / ratio };
                off * (parts[*part].area / 1000)
            };
            let shelf = |shelf: &Vec<usize>| {
                let height = shelf.iter().map(|part| parts[*part].area).sum::<i64>() / width;
                shelf.iter().map(|part| off(part, height)).sum::<i64>()
            };
            shelves.iter().map(shelf).sum::<i64>()
        })
        .unwrap_or_default()
}

/// In order, a new shelf wherever the next frame would go more than half over this one's share.
fn deal(parts: &[Part<'_>], order: &[usize], number: usize) -> Vec<Vec<usize>> {
    let whole: i64 = order.iter().map(|part| parts[*part].area).sum();
    let mut shelves: Vec<Vec<usize>> = vec![Vec::new()];
    let mut before = 0;
    for part in order {
        let middle = before + parts[*part].area / 2;
        let shelf = usize::try_from(middle * number as i64 / whole.max(1)).unwrap_or(0).min(number - 1);
        if shelf + 1 > shelves.len() {
            shelves.push(Vec::new());
        }
        if let Some(last) = shelves.last_mut() {
            last.push(*part);
        }
        before += parts[*part].area;
    }
    shelves.retain(|shelf| !shelf.is_empty());
    shelves
}

/// Frames in an order in which each has many lines to those before it.
fn neighbours_together(content: &Content, parts: &[Part<'_>], group: &[usize]) -> Vec<usize> {
    let mut links: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for relation in &content.relations {
        let (a, b) = (content.boxes[relation.from].frame, content.boxes[relation.to].frame);
        if group[relation.from] != group[relation.to] && a != b {
            *links.entry((a, b)).or_default() += 1;
            *links.entry((b, a)).or_default() += 1;
        }
    }
    let mut left: Vec<usize> = (0..parts.len()).collect();
    let mut order: Vec<usize> = Vec::new();
    while !left.is_empty() {
        let pull = |part: &usize| -> i64 {
            // What was placed last counts most: it is nearest.
            let near = order.iter().rev().take(4).enumerate();
            near.map(|(back, other)| links.get(&(*part, *other)).copied().unwrap_or(0) * (8 >> back)).sum()
        };
        let best = left.iter().enumerate().max_by_key(|(at, part)| {
            let first = if order.is_empty() { parts[**part].area } else { 0 };
            (pull(part), first, std::cmp::Reverse(*at))
        });
        let Some((at, _)) = best else { break };
        order.push(left.remove(at));
    }
    order
}
