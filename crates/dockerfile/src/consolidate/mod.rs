//! Rewrites a Dockerfile with fewer `USER` lines and the same meaning.
//!
//! Only what executes has a user: `RUN`, and `WORKDIR` where it makes a folder, which the engine gives to
//! the user in force. `COPY` and `ADD` are root's unless `--chown` says otherwise, and all other
//! instructions change the configuration only. So the instructions of a stage are nodes of a graph, the
//! users their user ids, and what must stay in order its edges; `order` finds the order
//! with the fewest switches.
//!
//! - [`Strategy::Safe`] only removes `USER` lines that change nothing.
//! - [`Strategy::Minimal`] also moves instructions wherever no dependency shows. That is a guess, which a
//!   proof must confirm: build both and compare. A [`Constraint`] forbids a move. Whether the texts
//!   alone justify a move ([`Move::is_shown`]) tells the search which to try first.
//!
//! There is no strategy that moves without a build: what a text says about a program is never complete.
//!
//! The configuration stays what it was: instructions that change it keep their order among themselves,
//! `ENV` and `ARG` keep their side of every step that may look at them, and a step is given the working
//! folder that it had. A result is a fixed point: consolidated again, it stays as it is.

mod edges;
mod explain;
mod facts;
mod guess;
mod merge;
mod print;
mod remarks;
mod rounds;
mod stage;

pub use edges::OrderReason;
pub use facts::{
    Consolidation, Constraint, Counts, Merged, Move, NotTried, Options, RemainingSwitch, Removed,
    Strategy,
};
pub use rounds::{LONGEST_STAGE, consolidate};

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
