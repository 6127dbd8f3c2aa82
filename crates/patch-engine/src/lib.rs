//! The patch engine: a patch file and a tree of files go in, a verdict with its evidence comes out.
//!
//! Pure functions over bytes. Nothing here knows npm, reads a file, runs a program or prints.
//! [`lint`] reads a patch file or lists all its faults; [`apply`] judges it against a tree, all
//! files and all hunks or nothing; [`merge`], [`import`], [`diff`] and [`reverse`] make new patches
//! and texts; [`parse_check`] proves that a result is still a program.

#![warn(unreachable_pub)]

mod apply;
mod diff;
mod evidence;
mod fault;
mod find;
mod hunks;
mod import;
mod line;
mod lint;
mod merge;
mod model;
mod nearest;
mod normalise;
mod parse_check;
mod reverse;
mod tree;
mod verdict;

pub use apply::{apply, apply_text};
pub use diff::{NotText, diff, diff_file};
pub use evidence::{Evidence, Nearest, Reason};
pub use fault::{Fault, FaultKind};
pub use import::{Import, Refusal, Repair, candidates, import, paths};
pub use lint::lint;
pub use merge::{Merge, Region, merge};
pub use model::{FilePatch, Hunk, Line, LineKind, LineRange, Mode, Operation, PatchFile};
pub use normalise::{normalise, normalise_file};
pub use parse_check::{Language, PackageType, ParseFault, Parsed, parse_check, parse_like};
pub use reverse::reverse;
pub use tree::{FileState, Tree};
pub use verdict::{FileOutcome, HunkPlace, Outcome, Verdict};

#[cfg(test)]
mod tests;
