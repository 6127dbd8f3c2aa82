//! One build judged against comparable ones: verdict, evidence, causes.
//!
//! Arrows: reads records and `graph`; decides nothing about images or exit codes.

mod cause;
mod facts;
mod statistics;

pub use cause::*;
pub use facts::*;
pub use statistics::*;
