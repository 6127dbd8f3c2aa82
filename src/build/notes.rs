//! What the client itself sees of a build while it runs: when it did what, by its own clock.

use std::time::Instant;

use jiff::Timestamp;

use crate::timing::record::{Phase, PhaseKind, TimeSpan, is_permission_error};
use crate::timing::{Change, Tracker, WorkKind};

/// Notes of one build.
#[derive(Debug)]
pub(super) struct Notes {
    begun: Instant,
    pub started: Timestamp,
    pub phases: Vec<Phase>,
    /// First and last byte.
    upload: Option<TimeSpan>,
    pub permission_errors: u64,
}

impl Notes {
    /// The build begins now.
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            started: Timestamp::now(),
            phases: Vec::new(),
            upload: None,
            permission_errors: 0,
        }
    }

    /// Milliseconds since the build began.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What was begun at `start_ms` is over.
    pub fn phase(&mut self, kind: PhaseKind, start_ms: u64) -> TimeSpan {
        let span = TimeSpan { start_ms, end_ms: self.elapsed_ms() };
        self.phases.push(Phase { kind, span });
        span
    }

    /// A piece of the context was sent.
    pub fn uploaded(&mut self) {
        let now = self.elapsed_ms();
        self.upload.get_or_insert(TimeSpan { start_ms: now, end_ms: now }).end_ms = now;
    }

    /// The upload is over. The engine may have needed none of it.
    pub fn upload_ended(&mut self) {
        let span = self.upload.take();
        self.phases.extend(span.map(|span| Phase { kind: PhaseKind::Upload, span }));
    }

    /// Counts the lines of steps' output that tell of a denied permission.
    pub fn changed(&mut self, changes: &[Change], tracker: &Tracker) {
        let denied = changes.iter().filter(|change| match change {
            Change::Log { work, line, .. } => {
                tracker.works()[*work].kind == WorkKind::Step && is_permission_error(line)
            }
            _ => false,
        });
        self.permission_errors += denied.count() as u64;
    }
}
