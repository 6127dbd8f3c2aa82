//! Any Dockerfile, as instructions with their places.

mod instruction;
mod stages;

pub use instruction::{Instruction, split};
pub use stages::{Stage, needed, stages};
