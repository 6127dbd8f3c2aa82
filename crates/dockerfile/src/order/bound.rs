//! How many switches are needed at least from a state on.
//!
//! Two bounds, of which the larger counts. *Chains*: along any path of the graph the user ids come in
//! that order, so its changes are needed. *User ids*: each user id that still has nodes and is not
//! current must be switched to, and the end user id must be last.

use super::bits::Bits;
use super::graph::{Graph, UserId};

/// The chain bound of every node, for every user id that may be current.
#[derive(Debug)]
pub(super) struct Bound {
    user_id_count: usize,
    /// `[node * user_id_count + current]`: the changes along the worst path that starts with the node.
    chains: Vec<usize>,
}

impl Bound {
    /// Measures all paths of a graph.
    pub fn of(graph: &Graph) -> Self {
        let user_id_count = graph.user_id_count();
        let count = graph.len();
        // What a path costs that goes straight to the end.
        let end = |current: UserId| usize::from(current != graph.end());
        let after = graph.successors();
        let mut chains = vec![0; count * user_id_count];
        for node in (0..count).rev() {
            let mut worst: Vec<usize> = (0..user_id_count).map(end).collect();
            for &next in &after[node] {
                for (current, worst) in worst.iter_mut().enumerate() {
                    *worst = (*worst).max(chains[next * user_id_count + current]);
                }
            }
            for current in 0..user_id_count {
                chains[node * user_id_count + current] = match graph.user_id(node) {
                    Some(user_id) => usize::from(user_id != current) + worst[user_id],
                    None => worst[current],
                };
            }
        }
        Self { user_id_count, chains }
    }

    /// Switches that are needed at least to do what is not done.
    pub fn remaining(&self, graph: &Graph, done: &Bits, current: UserId) -> usize {
        let mut chain = usize::from(current != graph.end());
        let mut left = vec![false; self.user_id_count];
        for node in 0..graph.len() {
            if !done.contains(node) {
                chain = chain.max(self.chains[node * self.user_id_count + current]);
                if let Some(user_id) = graph.user_id(node) {
                    left[user_id] = true;
                }
            }
        }
        let others =
            (0..self.user_id_count).filter(|&user_id| left[user_id] && user_id != current).count();
        let end = graph.end();
        // The end comes last: it costs one more unless it is among the others, or current with nothing
        // left between.
        let last = if current == end { others > 0 } else { !left[end] };
        chain.max(others + usize::from(last))
    }
}
