//! Recorded builds for the tests of `timing` and of the displays.
//!
//! `tests/inputs/builds/NAME.jsonl` holds one `StatusUpdate` a line; `NAME.plan.json` the planned
//! steps, needed only where the names in the stream do not give them. `records/NAME.json` are records
//! of other real builds. `examples/record.rs` makes all of them.

use std::path::{Path, PathBuf};

use super::vertex_name::VertexName;
use super::{PlannedStep, Tracker, WorkKind};
use crate::timing::record::{
    self, BuildEnvironment, Clock, Ending, Failure, Phase, PhaseKind, PlanFacts, RECORD_SCHEMA,
    Record, SeriesKey, TimeSpan,
};
use engine::StatusUpdate;

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

    /// The record, as far as the stream tells: it began with the first vertex and ended with the
    /// last word.
    pub(crate) fn record(&self) -> Record {
        let tracker = self.tracker();
        let wall_ms = u64::try_from(tracker.wall().as_millis()).unwrap();
        let window = TimeSpan { start_ms: 0, end_ms: wall_ms };
        let started = tracker.started().unwrap();
        let culprit = tracker.culprit();
        let ending = match culprit {
            Some(_) => Ending::Failed,
            None if tracker.totals().canceled > 0 => Ending::Interrupted,
            None => Ending::Built,
        };
        let clock = Clock::new(started, window, &tracker, true);
        Record {
            schema: RECORD_SCHEMA.to_owned(),
            id: "0".repeat(32),
            started,
            wall_ms,
            ending,
            series: SeriesKey::default(),
            environment: BuildEnvironment::default(),
            plan: PlanFacts::default(),
            phases: vec![Phase { kind: PhaseKind::Solve, span: window }],
            steps: record::steps(&tracker, &clock, ending, |_| Default::default()),
            works: record::works(&tracker, &clock, ending),
            image: None,
            failure: culprit.map(|work| Failure {
                step: (work.kind == WorkKind::Step).then(|| work.id.clone()),
                message: work.error.clone().unwrap_or_default(),
            }),
            permission_errors: 0,
            trial: None,
        }
    }
}

/// A committed record of a real build: `tests/inputs/builds/records/NAME.json`.
pub(crate) fn real_record(name: &str) -> Record {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/builds/records");
    let text = std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text).unwrap()
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
