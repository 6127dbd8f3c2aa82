//! Which `USER` lines change nothing, and how often the user changes: from the file alone, true for every
//! base image, context and build argument.

mod needless;
mod runs_as_user;
mod speller;
mod switches;

pub use needless::{Needless, Reason, needless};
pub(crate) use runs_as_user::runs_as_user;
pub use switches::switches;

#[cfg(test)]
mod tests;
