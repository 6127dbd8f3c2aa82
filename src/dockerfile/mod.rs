//! Any Dockerfile: its instructions with their places, and a model that loses none of its bytes.

pub mod consolidate;
pub mod effects;
mod instruction;
mod model;
pub mod order;
pub mod shell;
mod stages;

pub use instruction::{Instruction, split};
pub use model::{
    Base, Block, Directive, Edit, Eol, File, Heredoc, MAX_BYTES, ParseError, StageView, State,
    UserRef, Value, Workdir, rebuild,
};
pub use stages::{Stage, needed, stages};
