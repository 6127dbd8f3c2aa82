//! An engine of a few hundred lines: executes Dockerfiles of [`super::generate`] on files in memory.
//!
//! - [`state`]: its files and users; [`image`]: what a build leaves.
//! - [`files`]: paths, permissions, and what is done to files.
//! - [`instructions`]: `COPY`, `WORKDIR` and the like.
//! - [`shell`]: what a `RUN` says; [`programs`]: what the commands do.

mod files;
mod image;
mod instructions;
mod programs;
mod shell;
mod state;

pub use image::Image;
pub use instructions::{Failure, build};
