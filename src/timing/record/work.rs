//! A step, and the engine's own work, as the record keeps them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timing::record::{Origin, StepInputs};
use crate::timing::{WorkKind, WorkState};

/// A stretch of time within a build, in milliseconds since it began.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
// The name in the published schema.
#[schemars(rename = "Span")]
pub struct TimeSpan {
    /// Begin.
    pub start_ms: u64,
    /// End, not before the begin.
    pub end_ms: u64,
}

impl TimeSpan {
    /// Its length in milliseconds.
    pub fn length_ms(self) -> u64 {
        self.end_ms.saturating_sub(self.start_ms)
    }
}

/// A planned step, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepRecord {
    /// mad's own id: stage, hash of the instruction, and which occurrence it is.
    pub id: String,
    /// Its stage.
    pub stage: String,
    /// The `i` of the engine's `[stage i/n]`, from 1.
    pub ordinal: usize,
    /// What it does, on one line.
    pub label: String,
    /// The template line that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What became of it.
    pub state: WorkState,
    /// When it ran: sorted, without overlap. A step found in the cache may have short ones.
    pub spans: Vec<TimeSpan>,
    /// What it is made from.
    pub inputs: StepInputs,
    /// Bytes that it moved, where the engine counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The step that carries its time, where it is the same work as that of another stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// The engine's error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl StepRecord {
    /// Time that it ran, in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        length_ms(&self.spans)
    }
}

/// A piece of the engine's own work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EngineWork {
    /// What it is.
    pub kind: WorkKind,
    /// In the engine's words.
    pub label: String,
    /// What became of it.
    pub state: WorkState,
    /// When it ran.
    pub spans: Vec<TimeSpan>,
    /// Bytes that it moved, where the engine counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The engine's error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl EngineWork {
    /// Time that it ran, in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        length_ms(&self.spans)
    }
}

fn length_ms(spans: &[TimeSpan]) -> u64 {
    spans.iter().map(|span| span.length_ms()).sum()
}
