//! The critical path: the chain of work that bounded the build.
//!
//! Walked from the end backwards, each time to the one among those waited for that ended last.

use super::Graph;
use super::facts::CriticalWork;
use super::node::{Node, NodeKind};
use crate::timing::WorkState;
use crate::timing::record::TimeSpan;

impl Graph<'_> {
    /// The chain of work that bounded the build, in the order of time; between two links may be
    /// moments in which nothing of the chain ran.
    pub(super) fn critical(&self) -> Vec<CriticalWork> {
        let ends_ms: Vec<u64> = self.nodes.iter().map(Node::end_ms).collect();
        // What runs beside a failing step is stopped after it, and did not bound anything.
        let failed = self.nodes.iter().position(|node| state(node) == Some(WorkState::Failed));
        let Some(last) = failed.or(self.nodes.len().checked_sub(1)) else { return Vec::new() };
        self.path_to(last, &ends_ms)
            .into_iter()
            .map(|index| self.link(&self.nodes[index]))
            .collect()
    }

    /// The nodes that bounded `last` if all end at `ends_ms`, in the order of time, `last` included.
    pub(super) fn path_to(&self, last: usize, ends_ms: &[u64]) -> Vec<usize> {
        let mut path = vec![last];
        let mut at = last;
        while let Some(&before) =
            self.nodes[at].waits_for.iter().max_by_key(|&&other| (ends_ms[other], other))
        {
            path.push(before);
            at = before;
        }
        path.reverse();
        path
    }

    fn link(&self, node: &Node<'_>) -> CriticalWork {
        let span = match self.ready_ms(node) {
            Some(ready) => node.stretch_after(ready),
            None => node.stretch_after(0),
        };
        match node.what {
            NodeKind::Step(step) => CriticalWork {
                step: Some(step.id.clone()),
                stage: step.stage.clone(),
                label: step.label.clone(),
                origin: step.origin.clone(),
                span,
            },
            NodeKind::Engine(work) => own(work.label.clone(), span),
            NodeKind::Client(kind) => own(kind.label().to_owned(), span),
        }
    }
}

/// A link that is no step.
fn own(label: String, span: TimeSpan) -> CriticalWork {
    CriticalWork { step: None, stage: String::new(), label, origin: None, span }
}

fn state(node: &Node<'_>) -> Option<WorkState> {
    match node.what {
        NodeKind::Step(step) => Some(step.state),
        NodeKind::Engine(work) => Some(work.state),
        NodeKind::Client(_) => None,
    }
}
