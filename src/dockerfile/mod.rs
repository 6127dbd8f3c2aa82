//! Any Dockerfile, as instructions with their places.

mod instruction;
pub mod order;
pub mod shell;
mod stages;

pub use instruction::{Instruction, split};
pub use stages::{Stage, needed, stages};
