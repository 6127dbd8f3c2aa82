//! An audit of a Dockerfile's users.

mod findings;
mod github;
mod json;
mod markdown;
mod sarif;
mod terminal;
mod words;

pub use github::github;
pub use json::json;
pub use markdown::markdown;
pub use sarif::sarif;
pub use terminal::terminal;

pub(in crate::report) use findings::rules;

#[cfg(test)]
mod testing;
