//! What differs between two builds of the same Dockerfile and means nothing: a table of rules.
//!
//! A rule is about contents and nothing else: that a path is there, its type, owner and mode always
//! count. What a rule takes out of a comparison is counted and listed with its reason. Orders that
//! mean nothing are read past; whatever else a rule lets pass has to differ between two builds of
//! one file, which only a proof can see.

mod reading;
mod rule;
mod rules;

pub(super) use reading::Hasher;
pub use reading::{Reading, stanzas};
pub use rule::{ContentCheck, Noise, Parts, Rule};
pub use rules::RULES;
