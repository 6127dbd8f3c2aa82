//! Small records, made by hand.

use crate::timing::record::StepInputs;
use crate::timing::record::{
    BuildEnvironment, Ending, EngineWork, Phase, PhaseKind, PlanFacts, RECORD_SCHEMA, Record,
    SeriesKey, StepRecord, TimeSpan,
};
use crate::timing::{WorkKind, WorkState};

pub(crate) fn span(start_ms: u64, end_ms: u64) -> TimeSpan {
    TimeSpan { start_ms, end_ms }
}

/// A good build of these steps; its wall time ends with the last of them.
pub(crate) fn build(steps: Vec<StepRecord>) -> Record {
    let ends = steps.iter().flat_map(|step| &step.spans).map(|span| span.end_ms);
    Record {
        schema: RECORD_SCHEMA.to_owned(),
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        started: "2026-03-01T12:00:00Z".parse().unwrap(),
        wall_ms: ends.max().unwrap_or(0),
        ending: Ending::Built,
        series: SeriesKey::default(),
        environment: BuildEnvironment::default(),
        plan: PlanFacts::default(),
        phases: Vec::new(),
        steps,
        works: Vec::new(),
        image: None,
        failure: None,
        permission_errors: 0,
        trial: None,
    }
}

/// A step that ran; its stage is its id up to the full stop.
pub(crate) fn step(id: &str, needs: &[&str], spans: &[(u64, u64)]) -> StepRecord {
    StepRecord {
        id: id.to_owned(),
        stage: id.split('.').next().unwrap_or(id).to_owned(),
        ordinal: 2,
        label: format!("RUN {id}"),
        origin: None,
        state: if spans.is_empty() { WorkState::Waiting } else { WorkState::Done },
        spans: spans.iter().map(|&(start, end)| span(start, end)).collect(),
        inputs: StepInputs {
            needs: needs.iter().map(|&id| id.to_owned()).collect(),
            ..StepInputs::default()
        },
        bytes: None,
        same_as: None,
        error: None,
    }
}

pub(crate) fn work(kind: WorkKind, label: &str, start_ms: u64, end_ms: u64) -> EngineWork {
    EngineWork {
        kind,
        label: label.to_owned(),
        state: WorkState::Done,
        spans: vec![span(start_ms, end_ms)],
        bytes: None,
        error: None,
    }
}

pub(crate) fn phase(kind: PhaseKind, start_ms: u64, end_ms: u64) -> Phase {
    Phase { kind, span: span(start_ms, end_ms) }
}
