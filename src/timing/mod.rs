//! The time of every step: live, recorded, kept, judged, explained.
//!
//! ```text
//! live ──> record ──> history ──┐
//!            │                  ├─> judge ──> report
//!            └────> graph ──────┘
//! ```
//!
//! Arrows: reads `engine`'s status facts; prints nothing, and knows
//! nothing of how a build is started.

mod assess;
mod forecast;
pub mod graph;
pub mod history;
pub mod judge;
mod live;
pub mod record;

pub use assess::{Assessor, MOST_BUILDS, measures, measures_at};
pub use forecast::*;
#[cfg(test)]
pub(crate) use live::testing;
pub use live::*;
