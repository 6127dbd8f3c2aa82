//! The users of a Dockerfile: what a rewrite changes and what proves it.

pub mod fix;
