//! The record of a build: every fact that it left, as it is kept, carried and judged.
//!
//! Arrows: plain data over `render`'s step inputs; no clock, no engine, no files.

mod facts;
mod place;
mod work;

pub use facts::*;
pub use place::*;
pub use work::*;
