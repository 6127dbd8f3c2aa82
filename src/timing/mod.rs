//! The time of every step: live, recorded, kept, judged, explained.
//!
//! ```text
//! live ──> record ──> history ──┐
//!            │                  ├─> judge ──> report
//!            └────> graph ──────┘
//! ```
//!
//! Arrows: reads `engine`'s status facts and `render`'s step inputs; prints nothing, and knows
//! nothing of how a build is started.

pub mod graph;
pub mod history;
pub mod judge;
mod live;
pub mod record;

#[cfg(test)]
pub(crate) use live::testing;
pub use live::*;
