//! Steps of one user in a row as one `RUN`, so that they are one layer and one start of a container.
//!
//! Nothing moves for it, and a step's text stays as it is written, joined by `&&`:
//!
//! ```text
//! RUN a                  RUN a \
//! # why                      # why
//! RUN b && c       ->        && b && c \
//! RUN cd /x && d             && cd /x && d
//! ```
//!
//! A step that changes the shell (`cd`, `umask`) is put into brackets unless it is the last; one with
//! `||` always. A step stays apart where one `RUN` would not mean the same as two: `shape` says which
//! texts can be joined at all, `blockers` what every `RUN` has anew, `step` which commands may have become
//! others. A result is a guess even so, which a proof must confirm.
//!
//! The cache's boundaries stay: behind a step whose effects are not known, which may take long, nothing
//! is put but another install of the distribution's packages. So an edit runs no step again that it did
//! not run again before, but for packages.
//!
//! Not merged are steps below a heading with steps above it, steps with comments for a program
//! (`# hadolint ignore=`), and those of a shell that is not sh or bash.

mod apt;
mod blockers;
mod group;
mod instruction_builder;
mod pragma;
mod runs_sh;
mod shape;
mod step;
mod words;

pub(super) use group::merge;
pub(crate) use pragma::is_pragma;
