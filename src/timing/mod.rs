//! The time of every step: today the live facts of one build.
//!
//! Arrows: reads `engine`'s status facts; knows nothing of terminals or of how a build is started.

mod build;
mod change;
mod intervals;
mod log_lines;
mod stage;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod totals;
mod tracker;
mod vertex_name;
mod work;

pub use build::*;
pub use change::*;
pub use intervals::*;
pub use stage::*;
pub use text::*;
pub use totals::*;
pub use tracker::*;
pub use work::*;
