//! Recorded builds for the tests of this folder and of the displays.
//!
//! `tests/inputs/builds/NAME.jsonl` holds one `StatusUpdate` a line; `NAME.plan.json` the planned
//! steps, needed only where the names in the stream do not give them.

use std::path::{Path, PathBuf};

use super::vertex_name::VertexName;
use super::{PlannedStep, Tracker};
use crate::engine::StatusUpdate;

/// A build as it was recorded.
pub(crate) struct Recorded {
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) updates: Vec<StatusUpdate>,
}

impl Recorded {
    pub(crate) fn named(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/builds");
        Self::read(&folder.join(name).with_extension("jsonl"))
    }

    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let updates: Vec<StatusUpdate> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let plan: PathBuf = path.with_extension("plan.json");
        let steps = match std::fs::read_to_string(plan) {
            Ok(plan) => serde_json::from_str(&plan).unwrap(),
            Err(_) => named_steps(&updates),
        };
        Self { steps, updates }
    }

    /// A tracker that was fed the first `count` updates.
    pub(crate) fn tracker_at(&self, count: usize) -> Tracker {
        let mut tracker = Tracker::new(self.steps.clone());
        for update in &self.updates[..count] {
            tracker.update(update);
        }
        tracker
    }

    pub(crate) fn tracker(&self) -> Tracker {
        self.tracker_at(self.updates.len())
    }
}

fn named_steps(updates: &[StatusUpdate]) -> Vec<PlannedStep> {
    let mut steps: Vec<PlannedStep> = Vec::new();
    for vertex in updates.iter().flat_map(|update| &update.vertexes) {
        let VertexName::Step { stage, ordinal, .. } = VertexName::parse(&vertex.name) else {
            continue;
        };
        let (_, label) = vertex.name.split_once("] ").unwrap();
        if !steps.iter().any(|step| step.stage == stage && step.ordinal == ordinal) {
            steps.push(PlannedStep {
                id: format!("{stage}-{ordinal}"),
                stage: stage.to_owned(),
                ordinal,
                label: label.to_owned(),
            });
        }
    }
    steps
}
