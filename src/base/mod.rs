//! Base images where no image registry is reachable: made from the distribution's packages.
//!
//! Arrows: uses `engine` to load what it made; prints nothing.

mod archive;
mod bootstrap;

pub use bootstrap::{BootstrapError, Suite, bootstrap};
