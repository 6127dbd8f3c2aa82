//! What a step reads and writes, as far as its text says; and whether two steps may change places.
//!
//! Two steps may change places where neither writes what the other reads or writes (Bernstein, "Analysis
//! of programs for parallel processing", 1966), and where both still see the state that they saw. What is
//! read includes the way to every path, the commands that are found through `PATH`, and the user's
//! account.
//!
//! A text is either understood completely or it is *unknown*: it may read anything, and write anything
//! that its user may write. Package managers are unknown too: a package may bring a command that hides
//! another, and its scripts run as root.
//!
//! # What is taken for granted
//!
//! - The base image's standard commands are the standard commands, and are found in the folders that
//!   `PATH` usually has; the distribution's package manager does not replace them.
//! - The folders that every distribution has ([`FsModel`]) exist, and are no links to each other but for
//!   those that distributions make (`/bin`, `/var/run`).
//! - `ARG`s have the values that the file gives them.
//! - Only what says so compares the times of files (`test -nt`, `find -newer`, `make`, `stat`).
//!
//! Links that steps make are followed. After a step that is unknown, every folder that it may have
//! written may hold links to anywhere, so a path through one is unknown as well.

mod commands;
mod conflict;
mod facts;
mod fs_model;
mod interpret;
mod likely;
mod names;
mod path_set;
mod sed;
mod step;

pub(crate) use commands::is_standard as is_standard_command;
pub use conflict::{Access, Conflict, conflict, likely_conflict};
use facts::Fact;
pub use facts::{CreatedAs, Effects, OwnerChange, Variables};
pub use fs_model::{FsModel, StepUser};
pub use path_set::PathSet;
pub(crate) use step::mentioned_variables;
pub use step::of_block;

#[cfg(test)]
mod tests;
