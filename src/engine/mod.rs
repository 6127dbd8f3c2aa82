//! The Docker edge: connect, capabilities, session, solve, images.

mod status;

pub use status::*;
