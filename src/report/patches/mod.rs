//! A verification of patches, for people and for programs.

mod findings;
mod github;
mod image;
mod json;
mod junit;
mod markdown;
mod sarif;
mod table;
mod terminal;
mod words;

pub use github::github;
pub use image::image_terminal;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use sarif::sarif;
pub use terminal::terminal;

pub(in crate::report) use findings::RULES;

#[cfg(test)]
mod tests;
