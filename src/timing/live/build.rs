//! What is known when a build starts and what is known when it has ended.
//!
//! Facts only: the caller fills them in, the progress displays read them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is known before the engine does anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStart {
    /// What is built: the name of the profile, for example `cpu`.
    pub profile: String,
    /// The engine's name for this build (BuildKit's `ref`).
    pub build_ref: String,
    /// The engine and its version, for example `docker 20.10.24`.
    pub engine: String,
    /// Hash of the rendered plan; empty where nothing was rendered.
    pub plan_hash: String,
    /// How many steps the plan has.
    pub steps: usize,
    /// Size of the context to upload, in bytes.
    pub context_bytes: u64,
}

/// How a build ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildEnd {
    /// What came out.
    pub outcome: Outcome,
    /// From the call to the answer, by the caller's clock.
    pub wall: Duration,
    /// The place in the template that the failing step came from, for example
    /// `templates/stages/node-deps.j2:14`; `None` when nothing failed or nobody knows.
    pub failure_origin: Option<String>,
}

/// What came out of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// An image.
    Built {
        /// Its id, `sha256:…`.
        image_id: String,
        /// The names it got.
        tags: Vec<String>,
        /// Its size in bytes.
        size_bytes: u64,
    },
    /// A step or the engine failed.
    Failed,
    /// Stopped by the user.
    Interrupted,
}
