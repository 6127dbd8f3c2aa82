//! Counts over the steps of the plan; the engine's own work is not in them.

use serde::Serialize;

use super::{Work, WorkKind, WorkState};

/// How many steps stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All of them.
    pub steps: usize,
    /// Not begun.
    pub waiting: usize,
    /// Running now.
    pub running: usize,
    /// Ran and finished.
    pub executed: usize,
    /// From the cache.
    pub cached: usize,
    /// The same as a step of another stage, counted there.
    pub shared: usize,
    /// Failed.
    pub failed: usize,
    /// Stopped.
    pub canceled: usize,
}

impl Totals {
    /// Counts the steps among `works`.
    pub fn of<'a>(works: impl IntoIterator<Item = &'a Work>) -> Self {
        let mut totals = Self::default();
        for work in works {
            if work.kind != WorkKind::Step {
                continue;
            }
            totals.steps += 1;
            *match work.state {
                WorkState::Waiting => &mut totals.waiting,
                WorkState::Running => &mut totals.running,
                WorkState::Done => &mut totals.executed,
                WorkState::Cached => &mut totals.cached,
                WorkState::Shared => &mut totals.shared,
                WorkState::Failed => &mut totals.failed,
                WorkState::Canceled => &mut totals.canceled,
            } += 1;
        }
        totals
    }

    /// Steps with a result.
    pub fn finished(&self) -> usize {
        self.executed + self.cached + self.shared
    }

    /// Share of the steps that came from the cache, of those that were looked up and finished;
    /// `None` before the first.
    pub fn hit_ratio(&self) -> Option<f64> {
        let decided = self.executed + self.cached + self.failed;
        (decided > 0).then(|| self.cached as f64 / decided as f64)
    }
}
