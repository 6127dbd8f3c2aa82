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

mod anatomy;
mod critical;
mod edges;
mod facts;
mod images;
mod model;
mod node;
mod parts;
mod structure;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod what_if;

pub use anatomy::anatomy;
pub use facts::*;
pub use structure::Graph;
