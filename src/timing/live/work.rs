//! Facts of one step, or of one piece of the engine's own work.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Intervals, clean_line};

/// How many of a step's last log lines are kept for the failure report.
pub const LOG_TAIL_LINES: usize = 40;

/// A step as it is announced before the build: one instruction of the plan that the engine runs.
///
/// `FROM` and what makes no layer (`USER`, `ENV`) are not announced; `FROM` still counts in
/// [`ordinal`](Self::ordinal).
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkKind {
    /// A step of the plan.
    Step,
    /// `FROM`: resolving and pulling a base image.
    Base,
    /// Writing the image or the cache.
    Export,
    /// Loading the Dockerfile and the context, and the engine's other own work.
    Internal,
}

impl WorkKind {
    /// One word, as in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Base => "base",
            Self::Export => "export",
            Self::Internal => "internal",
        }
    }
}

/// Where a unit of work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkState {
    /// Not begun. At the end of a good build: not needed.
    Waiting,
    /// In an open interval.
    Running,
    /// Ran and finished.
    Done,
    /// Its result came from the cache.
    Cached,
    /// The same work as a step of another stage, which carries its time; done when that one is.
    Shared,
    /// Failed.
    Failed,
    /// Stopped because another one failed or the build was interrupted.
    Canceled,
}

impl WorkState {
    /// Whether nothing more is expected.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }

    /// One word, as in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cached => "cached",
            Self::Shared => "shared",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// One transfer of a unit of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What is moved, for example a layer's digest.
    pub id: String,
    /// Bytes done.
    pub current: u64,
    /// Bytes in all; 0 where unknown.
    pub total: u64,
    /// Whether it has ended.
    pub done: bool,
}

impl Transfer {
    /// Whether it counts bytes; `extracting …` and `naming to …` count something else or nothing.
    pub fn counts_bytes(&self) -> bool {
        (self.total > 0 || self.current > 0) && !self.id.starts_with("extracting")
    }
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
    /// The `i` of `i/n`; 0 for the engine's own work.
    pub ordinal: usize,
    /// The `n` of `i/n`, from the plan until the engine says better; 0 for its own work.
    pub of: usize,
    /// One line for people, without `[stage i/n]`, free of control characters.
    pub label: String,
    /// Where it stands.
    pub state: WorkState,
    /// When it ran, in the engine's time; several vertices of one step joined.
    pub intervals: Intervals,
    /// The engine's error, if it failed or was canceled.
    pub error: Option<String>,
    /// The last line of output, complete or not.
    pub last_log: Option<String>,
    /// The last [`LOG_TAIL_LINES`] complete lines.
    pub log_tail: VecDeque<String>,
    /// Its transfers, in order of appearance.
    pub transfers: Vec<Transfer>,
    /// The work that this one is the same as, when `Shared`: an index into the tracker's works.
    pub same_as: Option<usize>,
}

impl Work {
    pub(super) fn planned(step: &PlannedStep, of: usize) -> Self {
        Self {
            stage: clean_line(&step.stage),
            ordinal: step.ordinal,
            of,
            ..Self::new(WorkKind::Step, &step.id, &step.label)
        }
    }

    pub(super) fn new(kind: WorkKind, id: &str, label: &str) -> Self {
        Self {
            kind,
            id: clean_line(id),
            stage: String::new(),
            ordinal: 0,
            of: 0,
            label: clean_line(label),
            state: WorkState::Waiting,
            intervals: Intervals::default(),
            error: None,
            last_log: None,
            log_tail: VecDeque::new(),
            transfers: Vec::new(),
            same_as: None,
        }
    }

    /// Time spent, an open interval counted up to `now`.
    pub fn duration(&self, now: Timestamp) -> Duration {
        self.intervals.duration(now)
    }

    /// Bytes done and in all, over its transfers that count bytes; `None` where there are none.
    pub fn bytes(&self) -> Option<(u64, u64)> {
        self.transfers
            .iter()
            .filter(|transfer| transfer.counts_bytes())
            .map(|transfer| (transfer.current, transfer.total.max(transfer.current)))
            .reduce(|sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)))
    }

    pub(super) fn keep_log(&mut self, line: &str) {
        if self.log_tail.len() == LOG_TAIL_LINES {
            self.log_tail.pop_front();
        }
        self.log_tail.push_back(line.to_owned());
    }
}
