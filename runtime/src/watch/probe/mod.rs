//! The questions to a program.

mod address;
mod ask;
mod exec;
mod files;
mod ping;

pub use ask::{Asked, Wrong, ask};
