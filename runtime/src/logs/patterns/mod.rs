//! Which kinds of lines there are: messages without what varies in them, with how often and when they came.

mod group;
mod mask;
mod summary;

pub use summary::{Pattern, Summaries, Summary};
