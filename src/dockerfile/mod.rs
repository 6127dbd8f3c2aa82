//! Any Dockerfile, as instructions with their places.

mod expand;
mod instruction;
mod mount;
mod stages;

pub use expand::{Expanded, assignments, expand};
pub use instruction::{Instruction, split};
pub use mount::Mount;
pub use stages::{Stage, needed, stages};
