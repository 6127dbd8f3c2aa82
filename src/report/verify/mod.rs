//! An image that was tried, for people and programs.

mod html;
mod json;
mod junit;
mod markdown;
mod terminal;
#[cfg(test)]
mod testing;
mod words;

pub(super) use html::Row;
pub use html::html;
pub use json::json;
pub(super) use junit::check_case;
pub use junit::junit;
pub(super) use markdown::gates as markdown_gates;
pub use markdown::markdown;
pub(super) use terminal::trial_section;
pub use terminal::{failed_gates, terminal};
pub(super) use words::trial_facts;
