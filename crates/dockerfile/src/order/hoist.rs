//! Brings some nodes forward, into the first run of their colour that their edges let them into.

use super::graph::Graph;

/// An order with as many switches, in which each node that `wants` it stands in an earlier run of its
/// colour if it may. Hoisted again it stays as it is.
pub fn hoist(graph: &Graph, order: &[usize], wants: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut order = order.to_vec();
    for at in 0..order.len() {
        let node = order[at];
        if !wants(node) {
            continue;
        }
        if let Some(to) = earlier_run(graph, &order[..at], node) {
            order[to..=at].rotate_right(1);
        }
    }
    order
}

/// Behind the last node of the first run of the node's colour that ends behind all that must stand in
/// front of it; `None` where that is the run it is in.
fn earlier_run(graph: &Graph, before: &[usize], node: usize) -> Option<usize> {
    let must = |&other: &usize| other < node && graph.has_edge(other, node);
    let from = before.iter().rposition(must).map_or(0, |last| last + 1);
    let mut run_end = None;
    let mut is_over = false;
    for (at, &other) in before.iter().enumerate() {
        match graph.colour(other) {
            Some(colour) if Some(colour) == graph.colour(node) => {
                run_end = if is_over { run_end } else { Some(at + 1) };
            }
            Some(_) if run_end.is_some_and(|end| end >= from) => is_over = true,
            Some(_) => run_end = None,
            None => {}
        }
    }
    run_end.filter(|&end| is_over && end >= from)
}
