//! Bake files: profiles as `docker buildx bake` builds them, from folders that `mad render` wrote.
//!
//! Pure: values go in, text comes out. Where the folders are, and that they are there, is up to the caller.

mod file;
mod hcl;

pub use file::{BakeFile, Target, target_names};
