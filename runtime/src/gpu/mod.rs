//! The cards of this container: which there are, how they are, why programs run on the CPU.
//!
//! The rules are the crate `nvidia`'s. Here is what touches the machine, the report of it, and the loop that keeps
//! looking.

mod look;
mod metrics;
mod report;
mod watch;

pub use look::Place;
pub use metrics::metrics;
pub use report::GpuReport;
pub use watch::{GpuSample, watch};
