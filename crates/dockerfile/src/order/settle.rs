//! Among the orders with one sequence of user ids, one that is close to the original.
//!
//! Closeness is the number of inversions: pairs that changed sides. The least of it is a hard problem of
//! its own; here nodes are moved one at a time to where they cost fewest, until none gains. Nodes of one
//! user run end up in their original order, because no edge can forbid it.

use super::bits::Bits;
use super::graph::{Graph, UserId};

/// Passes over all nodes; each is quadratic.
const PASSES: usize = 8;

/// An order that takes these user ids one after the other.
pub(super) fn settle(graph: &Graph, user_ids: &[UserId]) -> Vec<usize> {
    let [early, late] =
        [eager(graph, user_ids), lazy(graph, user_ids)].map(|order| improve(graph, order));
    if inversions(&late) < inversions(&early) { late } else { early }
}

/// Every node as early as its user id comes.
fn eager(graph: &Graph, user_ids: &[UserId]) -> Vec<usize> {
    let mut done = Bits::none(graph.len());
    let mut order = Vec::with_capacity(graph.len());
    for &current in std::iter::once(&graph.start()).chain(user_ids) {
        let before = done.clone();
        graph.exhaust(&mut done, current);
        order
            .extend((0..graph.len()).filter(|&node| done.contains(node) && !before.contains(node)));
    }
    order
}

/// Every node as late as its user id comes.
fn lazy(graph: &Graph, user_ids: &[UserId]) -> Vec<usize> {
    let count = graph.len();
    let after = graph.successors();
    let mut placed = vec![false; count];
    let mut order = Vec::with_capacity(count);
    for &current in user_ids.iter().rev().chain([&graph.start()]) {
        for node in (0..count).rev() {
            let fits = graph.user_id(node).is_none_or(|user_id| user_id == current);
            if fits && !placed[node] && after[node].iter().all(|&next| placed[next]) {
                placed[node] = true;
                order.push(node);
            }
        }
    }
    order.reverse();
    order
}

/// Moves single nodes to where they make fewer inversions and no switch.
fn improve(graph: &Graph, mut order: Vec<usize>) -> Vec<usize> {
    for _ in 0..PASSES {
        let mut moved = false;
        for node in 0..graph.len() {
            let Some(from) = order.iter().position(|&other| other == node) else { continue };
            if let Some(to) = better_place(graph, &order, from) {
                if to < from {
                    order[to..=from].rotate_right(1);
                } else {
                    order[from..=to].rotate_left(1);
                }
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    order
}

/// Where the node at `from` has fewer inversions than here; the best such place.
fn better_place(graph: &Graph, order: &[usize], from: usize) -> Option<usize> {
    let node = order[from];
    let mut best: Option<(i64, usize)> = None;
    let mut consider = |gain: i64, to: usize, neighbours: [Option<usize>; 2]| {
        if gain > best.map_or(0, |(gain, _)| gain) && fits(graph, node, neighbours) {
            best = Some((gain, to));
        }
    };
    let mut gain = 0;
    for to in (0..from).rev() {
        if graph_forbids(graph, order[to], node) {
            break;
        }
        gain += if order[to] > node { 1 } else { -1 };
        consider(
            gain,
            to,
            [user_ided_before(graph, order, to), user_ided_from(graph, order, to, from)],
        );
    }
    gain = 0;
    for to in from + 1..order.len() {
        if graph_forbids(graph, node, order[to]) {
            break;
        }
        gain += if order[to] < node { 1 } else { -1 };
        let before = order[from + 1..=to].iter().rev().find_map(|&other| graph.user_id(other));
        let before = before.or_else(|| user_ided_before(graph, order, from));
        consider(gain, to, [before, user_ided_from(graph, order, to + 1, from)]);
    }
    best.map(|(_, to)| to)
}

fn graph_forbids(graph: &Graph, first: usize, second: usize) -> bool {
    first < second && graph.has_edge(first, second)
}

/// Whether a node between these user ids makes no switch.
fn fits(graph: &Graph, node: usize, neighbours: [Option<UserId>; 2]) -> bool {
    graph.user_id(node).is_none_or(|user_id| neighbours.contains(&Some(user_id)))
}

fn user_ided_before(graph: &Graph, order: &[usize], at: usize) -> Option<UserId> {
    order[..at].iter().rev().find_map(|&node| graph.user_id(node)).or(Some(graph.start()))
}

/// The first user id at `at` or behind it, the node at `skip` left out.
fn user_ided_from(graph: &Graph, order: &[usize], at: usize, skip: usize) -> Option<UserId> {
    let behind = order.iter().enumerate().skip(at).filter(|&(index, _)| index != skip);
    behind.map(|(_, &node)| node).find_map(|node| graph.user_id(node)).or(Some(graph.end()))
}

/// Pairs that stand in the other order than they did.
pub(super) fn inversions(order: &[usize]) -> usize {
    // A Fenwick tree over the numbers: how many larger ones came before.
    let mut tree = vec![0_usize; order.len() + 1];
    let mut inversions = 0;
    for (seen, &node) in order.iter().enumerate() {
        let mut smaller = 0;
        let mut at = node + 1;
        while at > 0 {
            smaller += tree[at];
            at &= at - 1;
        }
        inversions += seen - smaller;
        at = node + 1;
        while at <= order.len() {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    inversions
}
