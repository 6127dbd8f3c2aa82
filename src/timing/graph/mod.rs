//! A build as a graph of its steps: where its time went, what bounded it, what would help.
//!
//! ```text
//!           ┌─> parts
//! record ───┤                ┌─> critical
//!           └─> node, edges ─┤
//!                            └─> model ──> what_if
//! ```
//!
//! Arrows: reads records, nothing else.

mod breakdown;
mod critical;
mod edges;
mod facts;
mod images;
mod model;
mod node;
mod parts;
mod spans;
mod structure;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod what_if;

pub use breakdown::breakdown;
pub use facts::*;
pub use structure::Graph;
