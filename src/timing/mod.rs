//! The time of every step: today the live facts of one build.
//!
//! Arrows: reads `engine`'s status facts; knows nothing of terminals or of how a build is started.

mod tracker;

pub use tracker::*;
