//! Which `USER` lines change nothing, and how often the user changes: from the file alone, true for every
//! base image, context and build argument.

mod normalize;
mod redundant;
mod runs_as_user;
mod switches;

pub use redundant::{RedundancyReason, RedundantUser, redundant_users};
pub(crate) use runs_as_user::runs_as_user;
pub use switches::switches;

#[cfg(test)]
mod tests;
