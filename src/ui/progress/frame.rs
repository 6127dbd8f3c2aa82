//! The live tree as lines: a pure function of the facts, the time and the room there is.
//!
//! ```text
//! ✓ base          3 done · 4 cached        34.2s     a stage that is complete is one line
//! ⠹ node-deps     1 done · 2 to go         12.3s
//!   3/5 RUN npm ci                         11.8s     its running steps
//!       added 512 packages                           and what they last said
//! · final         9 steps                            a stage to come
//! ⠹ pull          debian:trixie 12 MB / 49 MB 3.2s   the engine's own work
//! ↑ context       1.2 MB / 3.4 MB
//! 12/26 steps · 5 cached · 1m 05s
//! ```
//!
//! Where this is too high for the terminal, detail goes step by step: see [`Detail`].

use jiff::Timestamp;

use super::detail::Detail;
use super::rows::totals;
use super::tree::Tree;
use crate::timing::Tracker;
use crate::ui::{Glyphs, Line, Role, Size};

/// Beyond this the eye loses the line between a name and its time.
const MAX_WIDTH: usize = 100;

/// Bytes of the context on their way to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// Sent.
    pub bytes: u64,
    /// In all.
    pub total: u64,
}

/// How to look at a build.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The engine's time.
    pub now: Timestamp,
    /// The room there is.
    pub size: Size,
    /// The upload, while it goes on.
    pub upload: Option<Upload>,
    /// The signs to use.
    pub glyphs: &'a Glyphs,
}

/// The live tree: never wider than the terminal, and always a row less than it has, so that the
/// cursor can stand below.
pub fn frame(tracker: &Tracker, view: &View<'_>) -> Vec<Line> {
    let width = usize::from(view.size.width).min(MAX_WIDTH);
    let rows = usize::from(view.size.height).saturating_sub(1);
    if rows == 0 || width == 0 {
        return Vec::new();
    }
    let tree = Tree { tracker, view, width };
    let mut lines = Detail::LEVELS
        .iter()
        .map(|&detail| tree.lines(detail))
        .find(|lines| lines.len() < rows)
        .unwrap_or_else(|| cut(tree.lines(Detail::LEAST), rows - 1));
    lines.push(totals(&tracker.totals(), tracker.elapsed(view.now), view.glyphs));
    lines.into_iter().map(|line| line.fit(width, view.glyphs.ellipsis)).collect()
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
