//! The terminal: streams, colour, live progress, errors and hints.
//!
//! Facts come in, bytes go out to writers that the caller hands over. Nothing here reads the
//! environment: what it says (`NO_COLOR`, the size of the terminal) comes in as values.

mod error;
mod glyphs;
mod instruction;
mod line;
pub mod progress;
mod streams;
mod style;
mod terminal;

pub use crate::text::{
    count, human_bytes, human_bytes_of, human_change, human_duration, human_ms, human_spread,
    plural,
};
pub use error::*;
pub use glyphs::*;
pub use instruction::*;
pub use line::*;
pub use streams::*;
pub use style::*;
pub use terminal::*;
