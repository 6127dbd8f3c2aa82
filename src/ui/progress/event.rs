//! The JSON events, as types. Documented in [`json`](super::json); changing one changes the schema.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use crate::timing::judge::Judgement;
use crate::timing::{Totals, Tracker, Work, WorkKind, WorkState};

/// Version of all events.
pub(super) const SCHEMA: &str = "mad.build-event/1";

#[derive(Serialize)]
pub(super) struct Envelope<'a> {
    pub(super) schema: &'static str,
    #[serde(flatten)]
    pub(super) event: Event<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Event<'a> {
    BuildStarted {
        profile: &'a str,
        build_ref: &'a str,
        engine: &'a str,
        plan_hash: &'a str,
        steps: usize,
        context_bytes: u64,
    },
    ContextUploaded {
        bytes: u64,
        total_bytes: u64,
    },
    StepStarted {
        at: Timestamp,
        #[serde(flatten)]
        step: Name<'a>,
    },
    StepLog {
        at: Option<Timestamp>,
        id: &'a str,
        stream: &'static str,
        line: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        unfinished: bool,
    },
    StepFinished {
        #[serde(flatten)]
        step: Facts<'a>,
    },
    EngineStarted {
        at: Timestamp,
        #[serde(flatten)]
        work: Name<'a>,
    },
    EngineLog {
        at: Option<Timestamp>,
        id: &'a str,
        stream: &'static str,
        line: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        unfinished: bool,
    },
    EngineTransfer {
        id: &'a str,
        transfer: &'a str,
        bytes: u64,
        total_bytes: u64,
        done: bool,
    },
    EngineFinished {
        #[serde(flatten)]
        work: Facts<'a>,
    },
    Warning {
        text: &'a str,
        url: &'a str,
    },
    BuildFinished {
        outcome: &'static str,
        image_id: Option<&'a str>,
        tags: &'a [String],
        size_bytes: Option<u64>,
        started: Option<Timestamp>,
        wall_ms: u64,
        engine_wall_ms: u64,
        totals: Totals,
        failure: Option<Failure<'a>>,
        steps: Vec<Facts<'a>>,
        engine: Vec<Facts<'a>>,
    },
    BuildJudged {
        judgement: &'a Judgement,
    },
}

/// Which step, or which of the engine's own work.
#[derive(Serialize)]
pub(super) struct Name<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<WorkKind>,
    #[serde(skip_serializing_if = "str::is_empty")]
    stage: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    ordinal: usize,
    instruction: &'a str,
}

/// All that is known of a step, or of the engine's own work.
#[derive(Serialize)]
pub(super) struct Facts<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    state: WorkState,
    cached: bool,
    started: Option<Timestamp>,
    completed: Option<Timestamp>,
    duration_ms: u64,
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<&'a str>,
}

/// What failed.
#[derive(Serialize)]
pub(super) struct Failure<'a> {
    id: &'a str,
    error: Option<&'a str>,
    origin: Option<&'a str>,
    log: &'a VecDeque<String>,
}

impl<'a> Name<'a> {
    pub(super) fn of(work: &'a Work) -> Self {
        Self {
            id: &work.id,
            kind: (work.kind != WorkKind::Step).then_some(work.kind),
            stage: &work.stage,
            ordinal: work.ordinal,
            instruction: &work.label,
        }
    }
}

impl<'a> Facts<'a> {
    pub(super) fn of(work: &'a Work, tracker: &'a Tracker) -> Self {
        let now = tracker.latest().unwrap_or_default();
        Self {
            name: Name::of(work),
            state: work.state,
            cached: work.state == WorkState::Cached,
            started: work.intervals.started(),
            completed: work.intervals.completed(),
            duration_ms: ms(tracker.duration(work, now)),
            error: work.error.as_deref(),
            same_as: work.same_as.map(|original| tracker.works()[original].id.as_str()),
        }
    }
}

impl<'a> Failure<'a> {
    pub(super) fn of(work: &'a Work, origin: Option<&'a str>) -> Self {
        Self { id: &work.id, error: work.error.as_deref(), origin, log: &work.log_tail }
    }
}

pub(super) fn ms(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
