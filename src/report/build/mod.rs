//! One build, told: what it is, why, where its time went, and what to do.
//!
//! Arrows: reads facts of `timing`; pure functions from [`BuildReport`] to text.

mod facts;
mod json;
mod trace;

pub use facts::*;
pub use json::json;
pub use trace::trace;
