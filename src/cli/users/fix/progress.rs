//! The builds of a proof as they run: the same displays as those of `mad build`, one after another.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::cli::globals::Globals;
use crate::cli::progress::{self, ProgressMode};
use crate::cli::streams::{self, Stdout};
use crate::proof::{Event, Side};
use crate::timing::{BuildEnd, BuildStart, Outcome, Tracker, WatchEvent};
use crate::ui::progress::{Mode, Progress};
use crate::ui::{Glyphs, human_duration};

/// Opens a display for each build, and leaves one line of it.
pub(super) struct ProofProgress {
    open: Box<dyn Fn() -> Box<dyn Progress> + Send + Sync>,
    glyphs: Glyphs,
    is_quiet: bool,
    /// The build that runs.
    now: Mutex<Option<Box<dyn Progress>>>,
}

impl ProofProgress {
    pub(super) fn new(globals: &Globals, mode: ProgressMode) -> Self {
        let mode = mode.at(globals);
        let terminal = globals.terminal();
        let glyphs = Glyphs::new(terminal.unicode && mode == Mode::Tty);
        let open = move || progress::open_at(&terminal, mode, Stdout::default());
        let is_quiet = mode == Mode::Quiet;
        Self { open: Box::new(open), glyphs, is_quiet, now: Mutex::new(None) }
    }

    pub(super) fn take(&self, event: Event<'_>) {
        // A display that panicked has no line to finish.
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started(side, start) => {
                let start = BuildStart { profile: what(side).to_owned(), ..start.clone() };
                now.insert((self.open)()).started(&start);
            }
            Event::Watched(watched, tracker) => {
                let Some(display) = now.as_mut() else { return };
                match watched {
                    WatchEvent::Uploaded(bytes, total) => display.uploaded(bytes, total),
                    WatchEvent::Changed(changes) => display.changed(tracker, changes),
                    WatchEvent::Tick => display.tick(tracker),
                }
            }
            Event::Ended(side, tracker, wall) => {
                let display = now.take();
                // What failed is shown as `mad build` shows it.
                if let (Some(mut display), Some(work)) = (display, tracker.culprit()) {
                    let line = work.id.parse::<usize>().ok();
                    let failure_origin = line.map(|line| format!("line {line} of {}", what(side)));
                    let end = BuildEnd { outcome: Outcome::Failed, wall, failure_origin };
                    display.finished(tracker, &end);
                    return;
                }
                if !self.is_quiet {
                    streams::say(&self.line(side, tracker, wall));
                }
            }
        }
    }

    /// `✓ built the original Dockerfile in 8.2s · 7 ran · 2 cached`.
    fn line(&self, side: Side, tracker: &Tracker, wall: Duration) -> String {
        let totals = tracker.totals();
        let done = self.glyphs.done;
        let mut line = format!("{done} built {} in {}", what(side), human_duration(wall));
        for (number, word) in [(totals.executed, "ran"), (totals.cached, "cached")] {
            if number > 0 {
                line += &format!(" {} {number} {word}", self.glyphs.dot);
            }
        }
        line + "\n"
    }
}

fn what(side: Side) -> &'static str {
    match side {
        Side::Before => "the original Dockerfile",
        Side::Again => {
            "the original Dockerfile again, to see what differs between two builds of it"
        }
        Side::After => "the rewritten Dockerfile",
    }
}
