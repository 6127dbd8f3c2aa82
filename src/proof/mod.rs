//! Whether a rewritten Dockerfile makes the same image: both are built, and the images compared.
//!
//! ```text
//! text A ──> build ──> contents ──┐
//! text B ──> build ──> contents ──┴─> compare ──> same
//!                                            └──> differs: A once more, without the cache;
//!                                                 only what differs from A itself, there and so, passes
//! ```
//!
//! [`search`] asks a proposer for other orders until one proves. Arrows: calls `engine` to build,
//! `image` to compare, `timing` to follow, `project` for `.dockerignore`.

mod backup;
mod build;
#[cfg(test)]
mod chance;
mod context;
mod error;
mod facts;
mod judge;
#[cfg(test)]
mod pairs;
mod prover;
mod random_names;
mod search;
mod steps;
#[cfg(test)]
pub(crate) mod testing;
mod tolerance;

pub use build::{Bench, Built, Event, Observer, Recipe, Side, StepTime};
pub use context::BuildFolder;
pub use error::ProofError;
pub use facts::{Blame, Proof, Proven, RandomName, Timing};
pub use prover::Prover;
pub use search::{
    Attempt, Outcome, Proposal, ProposalRequest, Proposer, SearchResult, StepRef, search,
};
