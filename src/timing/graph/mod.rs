//! A build as a graph of its steps: where its time went, what bounded it, what would help.
//!
//! Arrows: reads records, nothing else.

mod facts;

pub use facts::*;
