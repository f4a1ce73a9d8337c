//! The order inside columns, so that few lines cross: dugong's port of dagre's ordering, behind one function.

use dugong::NodeLabel;
use dugong::graphlib::{Graph, GraphOptions};
use dugong::order::{OrderOptions, WeightLabel, order as dagre_order};

/// `columns` holds item numbers; `links` join items of neighbouring columns, the left one first. The columns again,
/// each in its new order.
pub(super) fn order(columns: &[Vec<usize>], links: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut graph: Graph<NodeLabel, WeightLabel, ()> = Graph::new(GraphOptions::default());
    for (rank, column) in columns.iter().enumerate() {
        for item in column {
            let label = NodeLabel { rank: i32::try_from(rank).ok(), ..NodeLabel::default() };
            graph.set_node(id(*item), label);
        }
    }
    let mut weights = std::collections::BTreeMap::new();
    for link in links {
        *weights.entry(*link).or_insert(0.0) += 1.0;
    }
    for ((left, right), weight) in weights {
        graph.set_edge_with_label(id(left), id(right), WeightLabel { weight });
    }
    dagre_order(&mut graph, OrderOptions::default());
    let place = |item: &usize| graph.node(&id(*item)).and_then(|label| label.order).unwrap_or(usize::MAX);
    columns
        .iter()
        .map(|column| {
            let mut sorted = column.clone();
            sorted.sort_by_key(|item| (place(item), *item));
            sorted
        })
        .collect()
}

/// Names that sort as their numbers do.
fn id(item: usize) -> String {
    format!("n{item:06}")
}
