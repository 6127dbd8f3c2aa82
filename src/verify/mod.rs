//! A built image tried before anybody relies on it: started, looked through, judged.
//!
//! ```text
//! start (containers, no network) ──┐
//! files (one pass over its files) ─┼─> Seen ──> judge ──> ImageVerification
//! patches (hashes, probes) ────────┘
//! ```
//!
//! `judge` is pure: from what was seen and what is wanted to checks. Arrows: asks `engine`; `profile` says what
//! is wanted, `patch` knows the patches, `timing` what a denied permission looks like.

mod dpkg;
mod error;
mod facts;
mod files;
mod judge;
mod run;
mod secrets;
mod start;
#[cfg(test)]
mod testing;
mod wanted;

pub use crate::profile::{GateAction, GateName};
pub use error::VerifyError;
pub use facts::*;
pub use run::verify;
pub use wanted::Wanted;
