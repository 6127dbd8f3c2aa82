//! Folds the engine's status stream into per-step facts.
//!
//! A vertex is matched to a step of the plan by the `[stage i/n]` at the start of its name, for
//! digests and the rest of the name change between builds. What matches no step (pulls, exports,
//! internal work) is kept as engine work, so that its time is seen, and stays out of hit ratios.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::{StatusUpdate, Vertex};

/// How many of a step's last log lines are kept for the failure report.
pub const LOG_TAIL_LINES: usize = 40;

/// A step as it is announced before the build: one instruction of the plan that the engine runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// mad's own id: stable between builds of the same instruction.
    pub id: String,
    /// Stage name, for example `node-deps`.
    pub stage: String,
    /// The `i` of the engine's `[stage i/n]`, from 1.
    pub ordinal: usize,
    /// The instruction on one line, for example `RUN npm ci`.
    pub label: String,
}

/// What a unit of work is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkKind {
    /// A step of the plan.
    Step,
    /// `FROM`: resolving and pulling a base image.
    Base,
    /// Writing the image.
    Export,
    /// Loading the Dockerfile and the context, and the engine's other own work.
    Internal,
}

/// Where a unit of work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkState {
    /// Not begun.
    Waiting,
    /// In an open interval.
    Running,
    /// Ran and finished.
    Done,
    /// Its result came from the cache.
    Cached,
    /// Failed; this is the culprit.
    Failed,
    /// Stopped because another one failed or the build was interrupted.
    Canceled,
}

/// Bytes moved by one transfer of a unit of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What is moved.
    pub id: String,
    /// Bytes done.
    pub current: u64,
    /// Bytes in all; 0 where unknown.
    pub total: u64,
    /// Whether it has ended.
    pub done: bool,
}

/// Facts of one step, or of one piece of the engine's own work.
#[derive(Debug, Clone)]
pub struct Work {
    /// What it is.
    pub kind: WorkKind,
    /// The planned step's id, or the vertex name for the engine's own work.
    pub id: String,
    /// Stage name; empty for the engine's own work.
    pub stage: String,
    /// One line for people, without `[stage i/n]`.
    pub label: String,
    /// Where it stands.
    pub state: WorkState,
    /// Merged intervals in the engine's time; the last may be open.
    pub intervals: Vec<(Timestamp, Option<Timestamp>)>,
    /// The engine's error, if it failed or was canceled.
    pub error: Option<String>,
    /// The last complete or partial log line.
    pub last_log: Option<String>,
    /// The last [`LOG_TAIL_LINES`] log lines.
    pub log_tail: VecDeque<String>,
    /// Its transfers, in order of appearance.
    pub transfers: Vec<Transfer>,
}

/// What changed, for the line-by-line outputs; indices point into [`Tracker::works`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A unit of work began (or began again).
    Started(usize),
    /// A complete line of output: index, standard output (1) or error (2), text.
    Log(usize, i64, String),
    /// A transfer moved: index into works, index into its transfers.
    Transfer(usize, usize),
    /// A unit of work reached `Done`, `Cached`, `Failed` or `Canceled`.
    Ended(usize),
    /// The frontend warns: text, URL.
    Warning(String, String),
}

/// Follows one build. Feed it every [`StatusUpdate`] in order.
#[derive(Debug, Default)]
pub struct Tracker {
    works: Vec<Work>,
    by_digest: HashMap<String, usize>,
    partial: HashMap<(usize, i64), String>,
}
