//! What is asked of a consolidation, and what came of it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::edges::OrderReason;

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Only `USER` lines that change nothing go.
    Safe,
    /// Instructions move where no dependency shows; a proof must confirm the result.
    Minimal,
}

/// What else is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Steps of one user in a row become one `RUN`.
    pub merge: bool,
    /// Moves that are not made.
    pub keep: &'a [Constraint],
    /// The stages that more than needless `USER` lines may be changed in; `None` for all.
    pub stages: Option<&'a BTreeSet<usize>>,
}

impl Options<'_> {
    /// Whether a stage may get another order.
    pub(super) fn may_change(&self, stage: usize) -> bool {
        self.stages.is_none_or(|stages| stages.contains(&stage))
    }
}

/// An order that stays. Instructions are named by their first line in the file that is consolidated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// The instruction at the first line stays in front of the one at the second.
    Before {
        /// First line of the one in front.
        first: usize,
        /// First line of the one behind.
        second: usize,
    },
    /// The instruction at this line passes no other.
    Pin(usize),
}

/// A Dockerfile with fewer switches, and what was done to get there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consolidation {
    /// The new file; the old one where nothing was to be done.
    pub text: String,
    /// The old file's counts.
    pub before: Counts,
    /// The new file's.
    pub after: Counts,
    /// Instructions that stand elsewhere, in the new order.
    pub moves: Vec<Move>,
    /// `USER` lines that are gone, by their lines in the old file.
    pub removed: Vec<Removed>,
    /// Steps that became one.
    pub merged: Vec<Merged>,
    /// Switches that stay, and what keeps them.
    pub remaining: Vec<RemainingSwitch>,
    /// What of that which was asked for was not looked for at all; `None` where everything was.
    pub not_tried: Option<NotTried>,
    /// No order has fewer switches under what was known; `false` where the search had to stop early.
    pub is_minimum: bool,
}

impl Consolidation {
    /// Whether the file is as it was.
    pub fn is_unchanged(&self) -> bool {
        self.moves.is_empty()
            && self.removed.is_empty()
            && self.merged.is_empty()
            && self.before == self.after
    }
}

/// A stage over [`LONGEST_STAGE`](super::LONGEST_STAGE), for which the whole file was left at what
/// [`Strategy::Safe`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTried {
    /// First line of its `FROM`, in the old file.
    pub line: usize,
    /// The limit, and what was not tried.
    pub text: String,
}

/// What there is of a kind in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// `USER` lines.
    pub user_lines: usize,
    /// Changes of user between steps, and to the user that the image keeps; all stages together.
    pub switches: usize,
    /// `RUN` instructions.
    pub run_instructions: usize,
}

/// An instruction that stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Its lines in the old file.
    pub lines: RangeInclusive<usize>,
    /// Its first line in the new file.
    pub to: usize,
    /// The user that executes it; `None` for the base image's, or where none does.
    pub user: Option<String>,
    /// First lines, in the old file, of the instructions that it passed.
    pub passed: Vec<usize>,
    /// Whether the texts of both say that neither touches what the other does, wherever it passed
    /// something. Else only no dependency shows.
    pub is_shown: bool,
    /// Why it may, in words.
    pub reason: String,
}

/// A `USER` line that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its line in the old file.
    pub line: usize,
    /// What it said.
    pub user: String,
    /// Why it may go, in words.
    pub reason: String,
}

/// Steps that became one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Their first lines in the old file, in their order in the new one.
    pub lines: Vec<usize>,
    /// The first line of the step in the new file.
    pub to: usize,
}

/// A switch that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemainingSwitch {
    /// First line, in the old file, of the instruction that needs the switch.
    pub line: usize,
    /// First line of the one that it cannot pass.
    pub behind: usize,
    /// What stands between them.
    pub why: OrderReason,
    /// The same in words, with both lines.
    pub text: String,
}
