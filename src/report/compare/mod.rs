//! Two builds side by side: what each step took, what changed between them, what weighs more.
//!
//! Arrows: reads two records and the causes that `judge` found; pure functions to text.

mod facts;
mod json;
mod markdown;
mod pair;
mod terminal;
#[cfg(test)]
mod testing;

pub use facts::*;
pub use json::json;
pub use markdown::markdown;
pub use pair::*;
pub use terminal::terminal;
