//! The model: how long a build takes whose steps take other times.
//!
//! BuildKit runs a step as soon as its inputs are there, however many run already. So the model is
//! the longest path through the graph (critical path method: Kelley & Walker, Critical-Path Planning
//! and Scheduling, 1959): a step begins when the last one that it waits for has ended, and takes as
//! long as measured, or as long as it is told. What is not a step's keeps its measured time,
//! waiting included: it is the record's own overhead.
//!
//! What the model leaves out are the moments between a step and the next one, which BuildKit needs
//! for its bookkeeping, and that steps at the same time slow each other down. On the build itself
//! that is its error; [`Graph::replay`] takes it as given, and adds it again.

use super::Graph;
use super::node::Node;

/// A schedule of the graph's nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    /// When each node ends, in milliseconds since the build began.
    pub ends_ms: Vec<u64>,
    /// The whole, in milliseconds.
    pub wall_ms: u64,
}

impl Graph<'_> {
    /// The wall time to expect, in milliseconds, if steps took other times than they did:
    /// `durations` tells them by the step's id, in milliseconds; `None` is as measured.
    ///
    /// With nothing changed it is the measured wall time. It never falls when a duration grows.
    pub fn replay(&self, durations: impl Fn(&str) -> Option<u64>) -> u64 {
        let modelled = self.schedule(durations).wall_ms;
        modelled.saturating_add(self.wall_ms).saturating_sub(self.modelled_ms)
    }

    pub(super) fn schedule(&self, durations: impl Fn(&str) -> Option<u64>) -> Schedule {
        let mut ends_ms: Vec<u64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let ready = node.waits_for.iter().map(|&other| ends_ms[other]).max();
            let begin = ready.unwrap_or_else(|| node.start_ms());
            let given = node.step().and_then(|step| durations(&step.id));
            ends_ms.push(begin.saturating_add(self.takes_ms(node, given)));
        }
        let last = ends_ms.iter().copied().max().unwrap_or(0);
        let tail = self.wall_ms - self.end_ms();
        Schedule { wall_ms: last.saturating_add(tail), ends_ms }
    }

    /// How long a node takes once it can begin.
    fn takes_ms(&self, node: &Node<'_>, given: Option<u64>) -> u64 {
        let ready = self.ready_ms(node).unwrap_or_else(|| node.start_ms());
        let busy = node.busy_after_ms(ready);
        match (node.step(), given) {
            // What it did before its inputs were there costs no time.
            (Some(step), Some(given)) => {
                given.saturating_sub(step.duration_ms().saturating_sub(busy))
            }
            (Some(_), None) => busy,
            (None, _) => node.end_ms() - ready,
        }
    }
}
