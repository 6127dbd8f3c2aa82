//! A rewritten Dockerfile, explained: the diff, the counts, each move with its reason, what was left
//! and why, and the proof.

mod facts;
mod markdown;
mod proof;
mod terminal;

pub use facts::{Counts, FIX_SCHEMA, Fix, Merged, Move, Note, Proving};
pub use markdown::markdown;
pub use terminal::terminal;

use super::super::escape;

/// `mad.users-fix/1`.
pub fn json(fix: &Fix) -> String {
    let text = serde_json::to_string_pretty(fix).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}

#[cfg(test)]
mod tests;
