//! The verification of a series: every version derived and probed, and compared with the matrix.
//!
//! ```text
//! upstreams ─ group ─> Verification ─ subjects ─> probes ─ take_probes ─┐
//!                          ^───────────── until nothing is asked ───────┘
//!                          └─ repeats ─> probes ─ take_repeats ─> judge ─> matrix
//! ```
//!
//! Versions that are the same in all that a result depends on are one group: the work is done once.
//! What a probe says has the last word, in both directions.

mod answers;
mod compare;
mod conclude;
mod differences;
mod group;
mod record;
mod trial;
mod verification;

pub use differences::{Difference, DifferenceKind};
pub use group::{Group, ProbePair, group};
pub use verification::{Scope, Verification};

#[cfg(test)]
mod tests;
