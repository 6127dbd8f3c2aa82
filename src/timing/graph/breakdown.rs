//! Everything that the graph of one build tells.

use super::Graph;
use super::facts::{Breakdown, Parts};
use crate::timing::record::Record;

/// Where the time of a build went, what bounded it, what would help.
pub fn breakdown(record: &Record) -> Breakdown {
    let graph = Graph::of(record);
    let (modelled, measured) = (graph.modelled_ms as f64, graph.wall_ms as f64);
    Breakdown {
        parts: Parts::of(record),
        critical: graph.critical(),
        modelled_ms: graph.modelled_ms,
        // A build that took no time is modelled without error.
        model_error: if measured > 0.0 { (modelled - measured) / measured } else { 0.0 },
        what_if: graph.what_if(),
    }
}
