//! Any Dockerfile: its instructions with their places, and a model that loses none of its bytes.

pub mod audit;
pub mod consolidate;
mod effects;
mod instruction;
mod model;
mod mount;
mod order;
mod rising;
mod shell;
pub mod users;

pub use instruction::Instruction;
pub use model::{
    Base, BaseFacts, Bases, Block, Directive, Edit, Eol, Expanded, File, Heredoc, MAX_BYTES,
    NumberedStep, ParseError, StageView, State, UserRef, Value, Workdir, arg_words, env_pairs,
    expand, readable, rebuild, to_bytes,
};
pub use mount::Mount;
