//! Deceptions: packages, patches and probes made to get the word *verified* for what is not so.
//!
//! Each is published on a small registry of this process, and verified as a user would. It must be
//! refused, with the reason, and nothing may be recorded.

mod archives;
mod deception;
mod effects;
mod honest;
mod probes;
mod records;
mod registry;
mod reports;
mod texts;
mod versions;

pub use deception::{Deception, FAULTY, asks, asks_of, change, finds, replaced, verify};
