//! Brings the nodes of a colour together: those without one go behind, as far as their run lasts.

use super::graph::Graph;

/// An order with as many switches, in which each colourless node stands as late as its edges and the
/// nodes of the current colour let it. Gathered again it stays as it is.
pub fn gather(graph: &Graph, order: &[usize]) -> Vec<usize> {
    let mut order = order.to_vec();
    for start in (0..order.len()).rev() {
        let node = order[start];
        if graph.colour(node).is_some() {
            continue;
        }
        let current = order[..start].iter().rev().find_map(|&other| graph.colour(other));
        let current = current.unwrap_or(graph.start());
        let passes = |&&other: &&usize| {
            let is_of_run = graph.colour(other).is_none_or(|colour| colour == current);
            is_of_run && !(node < other && graph.has_edge(node, other))
        };
        let passed = order[start + 1..].iter().take_while(passes).count();
        // Behind the last coloured one that it passes: colourless ones keep their order.
        let coloured = order[start + 1..=start + passed]
            .iter()
            .rposition(|&other| graph.colour(other).is_some());
        if let Some(last) = coloured {
            order[start..=start + 1 + last].rotate_left(1);
        }
    }
    order
}
