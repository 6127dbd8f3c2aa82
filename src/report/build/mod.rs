//! One build, told: what it is, why, where its time went, and what to do.
//!
//! Arrows: reads facts of `timing`; pure functions from [`BuildReport`] to text.

mod facts;
mod github;
mod html;
mod incident;
mod json;
mod junit;
mod markdown;
mod sarif;
mod story;
pub mod terminal;
#[cfg(test)]
pub(in crate::report) mod testing;
mod trace;

pub use facts::*;
pub use github::github;
pub use html::html;
pub use incident::incident;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use sarif::sarif;
pub use trace::trace;

pub(in crate::report) use story::{
    MissStory, RULES, bytes_difference, cut, label, minus, moment, short_id, time,
};
