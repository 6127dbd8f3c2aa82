//! What programs wrote, as one HTML page: a timeline of levels, the most frequent and the new kinds of lines.
//!
//! The facts are the answers of `mad-runtime logs stats` and `logs patterns` with `--format json`.

mod facts;
mod page;
mod timeline;

pub use facts::{PatternList, Stats};
pub use page::html;

#[cfg(test)]
mod tests;
