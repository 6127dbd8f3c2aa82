//! Every limit on what mad takes in, in one place.
//!
//! A limit that lies in another crate, or beside the code that it guards, has its row in the table
//! too: `docs/limits.md`, which a test compares with the numbers. Columns of displays are no limits.

mod numbers;
#[cfg(test)]
mod tests;

pub use numbers::*;
