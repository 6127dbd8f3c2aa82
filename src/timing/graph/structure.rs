//! A build as a graph.

use super::edges;
use super::node::Node;
use crate::timing::record::Record;

/// A build as a graph: what ran, and what each of it had to wait for.
///
/// Any record gives one: what a step names and the record does not have is left out, and so is what
/// did not run.
#[derive(Debug, Clone)]
pub struct Graph<'a> {
    /// Sorted by their end, which is an order of dependencies too.
    pub(super) nodes: Vec<Node<'a>>,
    /// The measured wall time.
    pub(super) wall_ms: u64,
    /// What the model says of the build as it was.
    pub(super) modelled_ms: u64,
}

impl<'a> Graph<'a> {
    /// The graph of a build.
    pub fn of(record: &'a Record) -> Self {
        let mut nodes = Node::all(record);
        edges::connect(&mut nodes, record);
        let mut graph = Self { nodes, wall_ms: record.wall_ms, modelled_ms: 0 };
        graph.modelled_ms = graph.schedule(|_| None).wall_ms;
        graph
    }

    /// When the last of what the node waited for had ended; `None` where it waited for nothing.
    pub(super) fn ready_ms(&self, node: &Node<'_>) -> Option<u64> {
        node.waits_for.iter().map(|&other| self.nodes[other].end_ms()).max()
    }

    /// When the last of all ended.
    pub(super) fn end_ms(&self) -> u64 {
        self.nodes.last().map_or(0, Node::end_ms)
    }
}
