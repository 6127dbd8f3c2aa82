//! Who had to wait for whom.
//!
//! A step names the steps that it takes from. What the engine does itself is not in the plan:
//!
//! ```text
//! pack ─> upload ─> Dockerfile, context ─┬─> COPY, first steps ─> … ─> last steps ─> export ─> promote
//!                   resolve, pull ───────┘
//! ```
//!
//! An edge that the clock contradicts is none: a `COPY --link` runs before the step above it is
//! done, and a record may hold anything. So the graph has no cycles either.

use std::collections::{BTreeMap, BTreeSet};

use super::images;
use super::node::{Node, NodeKind};
use crate::timing::WorkKind;
use crate::timing::record::{EngineWork, PhaseKind, Record, StepRecord};

/// Sets `waits_for` of each node; `nodes` are sorted by their end.
pub(super) fn connect(nodes: &mut [Node<'_>], record: &Record) {
    let steps = Steps::of(nodes, record);
    for index in 0..nodes.len() {
        let mut waits_for = match nodes[index].what {
            NodeKind::Step(step) => step_waits_for(step, &steps, nodes),
            NodeKind::Engine(work) if work.kind != WorkKind::Export => before_the_steps(nodes),
            NodeKind::Client(PhaseKind::Upload) => {
                of(nodes, |node| matches!(node.what, NodeKind::Client(PhaseKind::Pack)))
            }
            NodeKind::Client(PhaseKind::Pack | PhaseKind::Solve) => Vec::new(),
            NodeKind::Engine(_) | NodeKind::Client(PhaseKind::Promote) => (0..index).collect(),
        };
        waits_for.retain(|&other| other < index && waited(&nodes[index], &nodes[other]));
        nodes[index].waits_for = waits_for;
    }
}

/// Whether the clock allows that `node` waited for `other`.
fn waited(node: &Node<'_>, other: &Node<'_>) -> bool {
    match (node.what, other.what) {
        // The engine reads while the client sends.
        (NodeKind::Engine(work), NodeKind::Client(PhaseKind::Upload)) if is_internal(work) => true,
        _ => other.end_ms() <= node.main_start_ms(),
    }
}

fn step_waits_for(step: &StepRecord, steps: &Steps<'_>, nodes: &[Node<'_>]) -> Vec<usize> {
    let mut waits_for = steps.carriers(&step.inputs.needs);
    if waits_for.is_empty() || !step.inputs.files.is_empty() {
        waits_for.extend(of(nodes, |node| node.kind() == Some(WorkKind::Internal)));
    }
    if waits_for.is_empty() || !step.inputs.images.is_empty() {
        waits_for.extend(pulls(&step.inputs.images, nodes));
    }
    waits_for
}

/// The pulls of these images; all there are, where none is known by its name.
fn pulls(images: &[String], nodes: &[Node<'_>]) -> Vec<usize> {
    let is_pull = |node: &Node<'_>| node.kind() == Some(WorkKind::Base);
    let named = of(nodes, |node| match node.what {
        NodeKind::Engine(work) => {
            is_pull(node) && images.iter().any(|image| images::is_about(&work.label, image))
        }
        _ => false,
    });
    if named.is_empty() { of(nodes, is_pull) } else { named }
}

fn is_internal(work: &EngineWork) -> bool {
    work.kind == WorkKind::Internal
}

fn before_the_steps(nodes: &[Node<'_>]) -> Vec<usize> {
    of(nodes, |node| match node.what {
        NodeKind::Engine(work) => work.kind != WorkKind::Export,
        NodeKind::Client(kind) => matches!(kind, PhaseKind::Pack | PhaseKind::Upload),
        NodeKind::Step(_) => false,
    })
}

fn of(nodes: &[Node<'_>], test: impl Fn(&Node<'_>) -> bool) -> Vec<usize> {
    (0..nodes.len()).filter(|&index| test(&nodes[index])).collect()
}

/// The steps of a record by id, those that ran with their nodes.
struct Steps<'a> {
    records: BTreeMap<&'a str, &'a StepRecord>,
    nodes: BTreeMap<&'a str, usize>,
}

impl<'a> Steps<'a> {
    fn of(nodes: &[Node<'a>], record: &'a Record) -> Self {
        let ids = nodes.iter().enumerate();
        Self {
            records: record.steps.iter().map(|step| (step.id.as_str(), step)).collect(),
            nodes: ids
                .filter_map(|(index, node)| Some((node.step()?.id.as_str(), index)))
                .collect(),
        }
    }

    /// The nodes that carry the work of these steps: their own, that of the step that they are the
    /// same as, or, where a step took no time, those of its inputs.
    fn carriers(&self, ids: &[String]) -> Vec<usize> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut carriers = Vec::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let step = self.records.get(id);
            let same_as = step.and_then(|step| step.same_as.as_deref());
            match (same_as, self.nodes.get(id), step) {
                (Some(same), ..) => open.push(same),
                (None, Some(&node), _) => carriers.push(node),
                (None, None, Some(step)) => {
                    open.extend(step.inputs.needs.iter().map(String::as_str))
                }
                (None, None, None) => {}
            }
        }
        carriers
    }
}
