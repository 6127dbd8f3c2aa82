//! What differs between two builds of the same Dockerfile and means nothing: a table of rules.
//!
//! A rule never hides: what it takes out of a comparison is counted and listed with its reason.
//! Where a content can still be compared (without its time stamp, without its order) it is.

mod reading;
mod rule;
mod rules;

pub(super) use reading::Hasher;
pub use reading::Reading;
pub use rule::{How, Noise, Rule};
pub use rules::{HARD_LINKS, RULES};
