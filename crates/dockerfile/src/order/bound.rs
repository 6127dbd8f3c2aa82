//! How many switches are needed at least from a state on.
//!
//! Two bounds, of which the larger counts. *Chains*: along any path of the graph the colours come in
//! that order, so its changes are needed. *Colours*: each colour that still has nodes and is not
//! current must be switched to, and the end colour must be last.

use super::bits::Bits;
use super::graph::{Colour, Graph};

/// The chain bound of every node, for every colour that may be current.
#[derive(Debug)]
pub(super) struct Bound {
    palette: usize,
    /// `[node * palette + current]`: the changes along the worst path that starts with the node.
    chains: Vec<usize>,
}

impl Bound {
    /// Measures all paths of a graph.
    pub fn of(graph: &Graph) -> Self {
        let palette = graph.palette();
        let count = graph.len();
        // What a path costs that goes straight to the end.
        let end = |current: Colour| usize::from(current != graph.end());
        let after = graph.successors();
        let mut chains = vec![0; count * palette];
        for node in (0..count).rev() {
            let mut worst: Vec<usize> = (0..palette).map(end).collect();
            for &next in &after[node] {
                for (current, worst) in worst.iter_mut().enumerate() {
                    *worst = (*worst).max(chains[next * palette + current]);
                }
            }
            for current in 0..palette {
                chains[node * palette + current] = match graph.colour(node) {
                    Some(colour) => usize::from(colour != current) + worst[colour],
                    None => worst[current],
                };
            }
        }
        Self { palette, chains }
    }

    /// Switches that are needed at least to do what is not done.
    pub fn remaining(&self, graph: &Graph, done: &Bits, current: Colour) -> usize {
        let mut chain = usize::from(current != graph.end());
        let mut left = vec![false; self.palette];
        for node in 0..graph.len() {
            if !done.contains(node) {
                chain = chain.max(self.chains[node * self.palette + current]);
                if let Some(colour) = graph.colour(node) {
                    left[colour] = true;
                }
            }
        }
        let others = (0..self.palette).filter(|&colour| left[colour] && colour != current).count();
        let end = graph.end();
        // The end comes last: it costs one more unless it is among the others, or current with nothing
        // left between.
        let last = if current == end { others > 0 } else { !left[end] };
        chain.max(others + usize::from(last))
    }
}
