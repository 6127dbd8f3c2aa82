//! One build while it runs: the engine's status stream, folded into facts of every step.
//!
//! Arrows: reads `engine`'s status facts, and follows a solve through its edge; knows nothing of plans, records or terminals.

mod build;
mod change;
mod clock_offset;
mod engine_error;
mod intervals;
mod log_lines;
mod stage;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod totals;
mod tracker;
mod vertex_name;
mod watch;
mod work;

pub use build::*;
pub use change::*;
pub use engine_error::*;
pub use intervals::*;
pub use log_lines::MAX_LINE_BYTES;
pub use stage::*;
pub use text::*;
pub use totals::*;
pub use tracker::*;
pub use watch::*;
pub use work::*;
