//! The live tree as lines: a pure function of the facts, the time and the room there is.
//!
//! ```text
//! ✓ base          3 done · 4 cached        34.2s     a stage that is complete is one line
//! ⠹ node-deps     1 done · 2 to go         12.3s
//!   3/5 RUN npm ci                 11.8s of ~20s     its running steps, and what they usually take
//!       added 512 packages                           their last lines, as many as there are rows for
//! · final         9 steps                            a stage to come
//! ⠹ pull          debian:trixie 12 MB / 49 MB 3.2s   the engine's own work
//! ↑ context       1.2 MB / 3.4 MB
//! 12/26 steps · 5 cached · 1m 05s · about 40s left (estimate)
//! ```
//!
//! Where this is too high for the terminal, detail goes step by step: see [`Detail`].

use jiff::Timestamp;

use super::detail::Detail;
use super::rows::totals;
use super::tails::Tails;
use super::tree::Tree;
use crate::timing::{Forecast, TimeLeft, Tracker};
use crate::ui::{Glyphs, Line, Role, Size, human_ms};

/// Bytes of the context on their way to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// Sent.
    pub bytes: u64,
    /// In all.
    pub total: u64,
}

/// What a frame is drawn from, besides the build.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The engine's time.
    pub now: Timestamp,
    /// The room there is.
    pub size: Size,
    /// The upload, while it goes on.
    pub upload: Option<Upload>,
    /// What earlier builds say about this one.
    pub forecast: &'a Forecast,
    /// The signs to use.
    pub glyphs: &'a Glyphs,
}

/// The live tree: never wider than the terminal, and always a row less than it has, so that the
/// cursor can stand below. Rows that are free show what the running steps print.
pub fn frame(tracker: &Tracker, view: &View<'_>) -> Vec<Line> {
    let width = usize::from(view.size.width);
    let rows = usize::from(view.size.height).saturating_sub(1);
    if rows == 0 || width == 0 {
        return Vec::new();
    }
    let mut tree = Tree { tracker, view, width, tails: Tails::default() };
    let level = Detail::LEVELS.iter().find(|&&detail| tree.lines(detail).len() < rows);
    let mut lines = match level {
        Some(&detail) => {
            let free = rows - 1 - tree.lines(detail).len();
            if detail.logs {
                tree.tails = Tails::in_rows(tracker, free);
            }
            tree.lines(detail)
        }
        None => cut(tree.lines(Detail::LEAST), rows - 1),
    };
    let elapsed = tracker.elapsed(view.now);
    let totals = totals(&tracker.totals(), elapsed, view.glyphs);
    lines.push(match view.forecast.left(tracker, view.now) {
        Some(left) => {
            let dot = format!(" {} ", view.glyphs.dot);
            totals.with(Role::Dim, dot).with(Role::Dim, words(left))
        }
        None => totals,
    });
    lines.into_iter().map(|line| line.fit(width, view.glyphs.ellipsis)).collect()
}

/// `about 40s left (estimate)`, in whole seconds: no estimate is better than that.
fn words(left: TimeLeft) -> String {
    let seconds = left.time.as_millis().div_ceil(1000);
    let time = match u64::try_from(seconds) {
        Ok(seconds @ ..60) => format!("{seconds}s"),
        Ok(seconds) => human_ms(seconds.saturating_mul(1000)),
        Err(_) => return String::new(),
    };
    let about = if left.is_least { "at least" } else { "about" };
    format!("{about} {time} left (estimate)")
}

/// The first lines, and how many more there are.
fn cut(mut lines: Vec<Line>, rows: usize) -> Vec<Line> {
    let Some(kept) = rows.checked_sub(1) else {
        return Vec::new();
    };
    let rest = lines.len() - kept;
    lines.truncate(kept);
    let more = if kept > 0 { " more" } else { "" };
    lines.push(Line::new().with(Role::Dim, format!("  {rest}{more} running")));
    lines
}

#[cfg(test)]
mod tests;
