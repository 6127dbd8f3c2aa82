//! The record of a build: every fact that it left, as it is kept, carried and judged.
//!
//! Arrows: plain data over `live`'s facts; no clock, no engine, no files.

mod assemble;
mod clock;
mod facts;
mod hide;
mod inputs;
mod place;
mod trial;
mod work;

pub use assemble::*;
pub use clock::*;
pub use facts::*;
pub use inputs::*;
pub use place::*;
pub use trial::*;
pub use work::*;

#[cfg(test)]
mod tests;
