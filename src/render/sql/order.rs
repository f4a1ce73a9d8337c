//! Objects in an order in which each finds what it needs.
//!
//! Among those that are ready the kind decides and then the name, so that the same schema gives the same order. Where
//! a circle closes, the weakest link gives: a name that only might mean the other object; then an object that can be
//! declared before it is defined (a view with its columns alone); and at last a link that is reported.

use std::collections::{BTreeMap, BTreeSet};

use super::Statement;
use super::refs::{Refs, Use};
use crate::schema::QualifiedName;

/// An object to be made.
pub(super) struct Node {
    /// What makes it; never empty.
    pub(super) statements: Vec<Statement>,
    /// How to declare it first, and what then stands in the place of its first statement.
    pub(super) placeholder: Option<(Statement, Statement)>,
    /// The kind, in the order of reading.
    pub(super) rank: u8,
    pub(super) name: QualifiedName,
    /// Under which names and uses others speak of it.
    pub(super) provides: Vec<(QualifiedName, Use)>,
    pub(super) needs: Refs,
    /// Better made before, where that is possible.
    pub(super) prefers: Refs,
}

/// The statements in order, and the objects of links that had to be cut.
pub(super) fn in_order(mut nodes: Vec<Node>) -> (Vec<Statement>, Vec<String>) {
    nodes.sort_by(|a, b| (a.rank, &a.name).cmp(&(b.rank, &b.name)));
    let mut graph = Graph::new(&nodes);
    let mut statements = Vec::new();
    let mut cut = Vec::new();
    loop {
        while let Some(at) = graph.ready.pop_first() {
            let node = &mut nodes[at];
            let declared = graph.declared.contains(&at);
            if let (true, Some((_, definition))) = (declared, node.placeholder.take()) {
                node.statements[0] = definition;
            }
            statements.append(&mut node.statements);
            graph.done(at);
        }
        let Some(circle) = graph.circle() else { return (statements, cut) };
        if let Some(link) = circle.iter().find(|link| !graph.is_strong(**link)) {
            graph.cut(*link);
        } else if let Some((_, to)) = circle.iter().filter(|(_, to)| nodes[*to].placeholder.is_some()).max() {
            let declaration = nodes[*to].placeholder.as_ref().map(|(declaration, _)| declaration.clone());
            statements.extend(declaration);
            graph.declare(*to);
        } else {
            let (from, to) = circle[0];
            let object = |at: usize| nodes[at].statements[0].object.clone();
            cut.push(format!("{} needs {}", object(from), object(to)));
            graph.cut((from, to));
        }
    }
}

/// From what needs to what is needed.
type Link = (usize, usize);

struct Graph {
    /// By object: what it still waits for, and whether it must.
    waits: Vec<BTreeMap<usize, bool>>,
    /// By object: who may wait for it.
    awaited: Vec<BTreeSet<usize>>,
    ready: BTreeSet<usize>,
    declared: BTreeSet<usize>,
}

impl Graph {
    fn new(nodes: &[Node]) -> Self {
        let mut by_name: BTreeMap<(&QualifiedName, Use), Vec<usize>> = BTreeMap::new();
        for (at, node) in nodes.iter().enumerate() {
            for (name, used) in &node.provides {
                by_name.entry((name, *used)).or_default().push(at);
            }
        }
        let mut graph = Self {
            waits: vec![BTreeMap::new(); nodes.len()],
            awaited: vec![BTreeSet::new(); nodes.len()],
            ready: BTreeSet::new(),
            declared: BTreeSet::new(),
        };
        for (at, node) in nodes.iter().enumerate() {
            let needs = node.needs.iter().map(|reference| (reference, true));
            for ((name, used), strong) in needs.chain(node.prefers.iter().map(|reference| (reference, false))) {
                // A type with a modifier looks like a call.
                let found = by_name.get(&(name, *used)).or_else(|| by_name.get(&(name, Use::Name)));
                let found = found.map(Vec::as_slice).unwrap_or_default();
                for other in found.iter().filter(|other| **other != at) {
                    // Of several overloads, only one is meant.
                    *graph.waits[at].entry(*other).or_default() |= strong && found.len() == 1;
                    graph.awaited[*other].insert(at);
                }
            }
        }
        graph.ready = (0..nodes.len()).filter(|at| graph.waits[*at].is_empty()).collect();
        graph
    }

    fn done(&mut self, at: usize) {
        for other in std::mem::take(&mut self.awaited[at]) {
            self.cut((other, at));
        }
    }

    fn declare(&mut self, at: usize) {
        self.declared.insert(at);
        self.done(at);
    }

    fn cut(&mut self, (from, to): Link) {
        if self.waits[from].remove(&to).is_some() && self.waits[from].is_empty() {
            self.ready.insert(from);
        }
    }

    fn is_strong(&self, (from, to): Link) -> bool {
        self.waits[from].get(&to).copied().unwrap_or_default()
    }

    /// The links of one circle; `None` where nothing waits any more.
    fn circle(&self) -> Option<Vec<Link>> {
        let mut at = self.waits.iter().position(|waits| !waits.is_empty())?;
        let mut path: Vec<usize> = Vec::new();
        loop {
            if let Some(start) = path.iter().position(|before| *before == at) {
                path.drain(..start);
                path.push(at);
                return Some(path.windows(2).map(|pair| (pair[0], pair[1])).collect());
            }
            path.push(at);
            // Whatever waits does so for something that waits itself, or it would be done.
            at = *self.waits[at].keys().next()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::*;

    fn node(name: &str, needs: &[&str], placeholder: bool) -> Node {
        let name = QualifiedName::new("s", name);
        let statement = |sql: String| Statement::new(Part::Object, name.name.clone(), sql);
        let declared = || (statement(format!("declare {}", name.name)), statement(format!("define {}", name.name)));
        Node {
            statements: vec![statement(format!("make {}", name.name))],
            placeholder: placeholder.then(declared),
            rank: 0,
            provides: vec![(name.clone(), Use::Name)],
            needs: needs.iter().map(|need| (QualifiedName::new("s", *need), Use::Name)).collect(),
            prefers: Refs::new(),
            name: name.clone(),
        }
    }

    fn order(nodes: Vec<Node>) -> (String, Vec<String>) {
        let (statements, cut) = in_order(nodes);
        (statements.iter().map(|statement| statement.sql.as_str()).collect::<Vec<_>>().join(", "), cut)
    }

    #[test]
    fn needs_come_first_and_names_decide_the_rest() {
        let nodes =
            || vec![node("c", &["d"], false), node("b", &[], false), node("d", &[], false), node("a", &["c"], false)];
        assert_eq!(order(nodes()).0, "make b, make d, make c, make a");
        let reversed = nodes().into_iter().rev().collect();
        assert_eq!(order(reversed).0, "make b, make d, make c, make a");
    }

    #[test]
    fn a_circle_is_opened_by_a_declaration() {
        let (text, cut) = order(vec![node("a", &["b"], false), node("b", &["a", "c"], true), node("c", &[], false)]);
        assert_eq!(text, "make c, declare b, make a, define b");
        assert!(cut.is_empty());
    }

    #[test]
    fn a_circle_is_opened_at_what_is_only_preferred() {
        let mut a = node("a", &[], false);
        a.prefers.insert((QualifiedName::new("s", "b"), Use::Name));
        let (text, cut) = order(vec![a, node("b", &["a"], false)]);
        assert_eq!((text.as_str(), cut.len()), ("make a, make b", 0));
    }

    #[test]
    fn a_circle_that_nothing_opens_is_told() {
        let (text, cut) = order(vec![node("a", &["b"], false), node("b", &["a"], false)]);
        assert_eq!(text, "make a, make b");
        assert_eq!(cut, ["a needs b"]);
    }

    #[test]
    fn one_of_several_overloads_is_enough() {
        let mut one = node("f", &["t"], false);
        one.provides = vec![(QualifiedName::new("s", "f"), Use::Call)];
        let mut other = node("f", &[], false);
        other.provides.clone_from(&one.provides);
        let mut table = node("t", &[], false);
        table.needs.insert((QualifiedName::new("s", "f"), Use::Call));
        let (_, cut) = order(vec![one, other, table]);
        assert!(cut.is_empty(), "{cut:?}");
    }
}
