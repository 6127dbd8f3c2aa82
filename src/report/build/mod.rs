//! One build, told: what it is, why, where its time went, and what to do.
//!
//! Arrows: reads facts of `timing`; pure functions from [`BuildReport`] to text.

mod facts;
pub mod html;
mod json;
mod story;
pub mod terminal;
#[cfg(test)]
mod testing;
mod trace;

pub use facts::*;
pub use html::html;
pub use json::json;
pub use trace::trace;
