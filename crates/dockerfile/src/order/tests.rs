//! The search against every order there is, and against its own bound where there are too many.

use proptest::prelude::*;

use super::search::arrange_within;
use super::settle::inversions;
use super::*;

/// The fewest switches of all orders, by trying them all.
fn brute_force(graph: &Graph) -> usize {
    fn go(graph: &Graph, order: &mut Vec<usize>, best: &mut usize) {
        if order.len() == graph.len() {
            *best = (*best).min(graph.switches(order));
            return;
        }
        for node in 0..graph.len() {
            let free = !order.contains(&node)
                && (0..node).all(|first| !graph.has_edge(first, node) || order.contains(&first));
            if free {
                order.push(node);
                go(graph, order, best);
                order.pop();
            }
        }
    }
    let mut best = usize::MAX;
    go(graph, &mut Vec::new(), &mut best);
    best
}

/// Graphs of `most` nodes at most; `density` in percent.
fn graphs(most: usize, user_id_count: usize, density: u32) -> impl Strategy<Value = Graph> {
    (0..=most).prop_flat_map(move |count| {
        let user_ids = prop::collection::vec(prop::option::weighted(0.8, 0..user_id_count), count);
        let edges = prop::collection::vec(0..100_u32, count * count);
        (user_ids, edges, 0..user_id_count, 0..user_id_count).prop_map(
            move |(user_ids, edges, start, end)| {
                let mut graph = Graph::new(user_ids, start, end);
                for second in 0..count {
                    for first in 0..second {
                        if edges[first * count + second] < density {
                            graph.edge(first, second);
                        }
                    }
                }
                graph
            },
        )
    })
}

fn chain(user_ids: &[usize], start: usize, end: usize) -> Graph {
    Graph::new(user_ids.iter().copied().map(Some).collect(), start, end)
}

#[test]
fn two_user_ids_without_edges_need_one_switch() {
    let order = arrange(&chain(&[0, 1, 0, 1, 0, 1], 0, 1));
    assert_eq!((order.switches, order.at_least), (1, 1));
    assert_eq!(order.sequence, [0, 2, 4, 1, 3, 5]);
}

#[test]
fn the_end_user_id_is_the_last() {
    assert_eq!(arrange(&chain(&[0, 1], 0, 0)).switches, 2);
    assert_eq!(arrange(&chain(&[0, 1], 1, 0)).sequence, [1, 0]);
    assert_eq!(arrange(&chain(&[], 0, 1)).switches, 1);
    assert_eq!(arrange(&chain(&[], 1, 1)).switches, 0);
}

#[test]
fn nodes_stay_near_where_they_were() {
    // 0 could go to either run of its user id; it stays in front.
    let mut graph = chain(&[0, 1, 0, 1, 0], 0, 0);
    graph.edge(1, 4);
    let order = arrange(&graph);
    assert_eq!((order.sequence.as_slice(), order.switches), ([0, 2, 1, 3, 4].as_slice(), 2));
}

#[test]
fn a_thousand_nodes_in_a_row_come_back_at_once() {
    let mut graph = chain(&(0..1000).map(|node| node % 3).collect::<Vec<_>>(), 0, 0);
    for node in 1..1000 {
        graph.edge(node - 1, node);
    }
    let order = arrange(&graph);
    assert_eq!((order.switches, order.at_least), (999, 999));
    assert!(order.sequence.is_sorted());
}

proptest! {
    #![proptest_config(test_support::properties(400))]

    #[test]
    fn small_graphs_get_their_minimum(graph in graphs(8, 4, 25)) {
        let order = arrange(&graph);
        prop_assert!(graph.allows(&order.sequence));
        prop_assert_eq!(order.switches, graph.switches(&order.sequence));
        prop_assert_eq!(order.switches, brute_force(&graph));
        prop_assert_eq!(order.switches, order.at_least);
        // Without a budget the beam decides.
        prop_assert_eq!(arrange_within(&graph, 0).switches, order.switches);
    }

    #[test]
    fn what_is_at_its_minimum_stays(graph in graphs(30, 3, 10)) {
        let order = arrange(&graph);
        let mut renamed =
            Graph::new(order.sequence.iter().map(|&node| graph.user_id(node)).collect(), graph.start(), graph.end());
        for (second, &node) in order.sequence.iter().enumerate() {
            for (first, &other) in order.sequence[..second].iter().enumerate() {
                if other < node && graph.has_edge(other, node) {
                    renamed.edge(first, second);
                }
            }
        }
        prop_assert!(arrange(&renamed).sequence.is_sorted());
    }

    #[test]
    fn inversions_are_counted(order in Just((0..40).collect::<Vec<usize>>()).prop_shuffle()) {
        let mut count = 0;
        for at in 0..order.len() {
            count += order[at..].iter().filter(|&&later| later < order[at]).count();
        }
        prop_assert_eq!(inversions(&order), count);
    }
}

proptest! {
    #![proptest_config(test_support::properties(24))]

    #[test]
    fn large_graphs_get_within_one_of_it(graph in graphs(160, 3, 2)) {
        let order = arrange(&graph);
        prop_assert!(graph.allows(&order.sequence));
        prop_assert!(order.switches <= order.at_least + 1, "{} of {}", order.switches, order.at_least);
        let beam = arrange_within(&graph, 0);
        prop_assert!(graph.allows(&beam.sequence));
        prop_assert!(beam.switches <= order.at_least + 1, "beam {} of {}", beam.switches, order.at_least);
    }
}
