//! What is found in the graph of one build.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timing::record::Origin;
use crate::timing::record::TimeSpan;

/// Where the time of one build went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Breakdown {
    /// The wall time, split; the parts add up to it.
    pub parts: Parts,
    /// The chain of work that bounded the build, in the order of time.
    pub critical: Vec<CriticalWork>,
    /// What the model says that this build takes, in milliseconds.
    pub modelled_ms: u64,
    /// The model's error on this build: `(modelled - measured) / measured`.
    pub model_error: f64,
    /// What would be, if a stage came from the cache; the greatest gain first.
    pub what_if: Vec<WhatIf>,
}

/// The wall time of a build, in milliseconds, each moment counted once: under the first of these
/// that was going on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    /// Steps ran.
    pub execution_ms: u64,
    /// Base images were resolved or pulled.
    pub pull_ms: u64,
    /// The context went to the engine and was read there.
    pub upload_ms: u64,
    /// The image or the cache was written.
    pub export_ms: u64,
    /// The engine had the build and nothing ran.
    pub idle_ms: u64,
    /// The rest: the client's own work, and what nobody reported.
    pub unaccounted_ms: u64,
}

impl Parts {
    /// Their names and values, in the order of a build.
    pub fn named(&self) -> [(&'static str, u64); 6] {
        [
            ("upload", self.upload_ms),
            ("pull", self.pull_ms),
            ("execution", self.execution_ms),
            ("export", self.export_ms),
            ("idle", self.idle_ms),
            ("unaccounted", self.unaccounted_ms),
        ]
    }

    /// All of them together, in milliseconds.
    pub fn total_ms(&self) -> u64 {
        self.named().iter().map(|(_, ms)| ms).sum()
    }
}

/// A link of the critical path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CriticalWork {
    /// The step's id; `None` for the engine's own work, and the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Its stage; empty where it is no step.
    pub stage: String,
    /// What it does, on one line.
    pub label: String,
    /// The template line that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// When it ran.
    #[serde(flatten)]
    pub span: TimeSpan,
}

/// What would be, if a stage came from the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIf {
    /// The stage.
    pub stage: String,
    /// How much sooner the build would end, in milliseconds.
    pub saved_ms: u64,
    /// The stage that would bound the build then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then_bounds: Option<String>,
}
