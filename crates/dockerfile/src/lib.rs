//! Any Dockerfile: its instructions with their places, and a model that loses none of its bytes.

pub mod audit;
pub mod consolidate;
pub mod effects;
mod expand;
mod instruction;
mod model;
mod mount;
pub mod order;
pub mod shell;
mod stages;
pub mod users;

pub use expand::{Expanded, assignments, expand};
pub use instruction::{Instruction, split};
pub use model::{
    Base, BaseFacts, Bases, Block, Directive, Edit, Eol, File, Heredoc, MAX_BYTES, ParseError,
    StageView, State, UserRef, Value, Workdir, rebuild,
};
pub use mount::Mount;
pub use stages::{Stage, needed, stages};
