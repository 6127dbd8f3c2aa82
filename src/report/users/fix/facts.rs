//! What a rewrite is made of.

use serde::Serialize;

use crate::proof::{Attempt, Proof};

/// Version of the format.
pub const FIX_SCHEMA: &str = "mad.users-fix/1";

/// A rewritten Dockerfile.
#[derive(Debug, Clone, Serialize)]
pub struct Fix {
    /// Always [`FIX_SCHEMA`].
    pub schema: &'static str,
    /// The file, as it was named.
    pub dockerfile: String,
    /// `safe` or `minimal`.
    pub strategy: &'static str,
    /// The file as it is.
    pub before: Counts,
    /// The file as it would be.
    pub after: Counts,
    /// What has another place, in the order of the new file.
    pub moves: Vec<Move>,
    /// Steps that became one.
    pub merged: Vec<Merged>,
    /// `USER` lines that are gone.
    pub removed: Vec<Note>,
    /// Switches that stay.
    pub left: Vec<Note>,
    /// What was not tried, and the limit that is why; `None` where all that was asked for was.
    pub not_tried: Option<Note>,
    /// Unified diff; empty where nothing changes.
    pub diff: String,
    /// What was built and compared; `None` where nothing was.
    pub proving: Option<Proving>,
    /// It is a guess that no build has confirmed; the file says so at its head.
    pub unproven: bool,
    /// Where the new file was written.
    pub written: Option<String>,
}

/// Counts of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How many times the user changes.
    pub switches: usize,
    /// `USER` lines.
    pub user_lines: usize,
    /// `RUN` instructions.
    pub runs: usize,
}

/// An instruction with another place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Its first line before.
    pub line: usize,
    /// What it does, on one line.
    pub label: String,
    /// Its first line after.
    pub to: usize,
    /// Why it may move.
    pub reason: String,
}

/// Steps that became one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Merged {
    /// Their first lines before.
    pub lines: Vec<usize>,
    /// The first line of the one after.
    pub to: usize,
}

/// Something about a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The line, before.
    pub line: usize,
    /// What, and why.
    pub text: String,
}

/// What was built and compared.
#[derive(Debug, Clone, Serialize)]
pub struct Proving {
    /// The orders that were tried.
    pub attempts: Vec<Attempt>,
    /// How many builds that took.
    pub builds: usize,
    /// The proof of the order that was chosen; where none was, of the last that differs.
    pub proof: Option<Proof>,
    /// Whether an order was chosen.
    pub holds: bool,
    /// Stages that the image takes files from and does not start from, as `--target` calls them: the
    /// proof is about what it takes, not about images of their own.
    pub copied_from: Vec<String>,
}
