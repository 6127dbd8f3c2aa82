//! The terminal: streams, colour, live progress, errors and hints.
//!
//! Facts come in, bytes go out to writers that the caller hands over. Nothing here reads the
//! environment: what it says (`NO_COLOR`, the size of the terminal) comes in as values.

mod bytes;
mod duration;
mod error;
mod glyphs;
mod instruction;
mod line;
mod plural;
pub mod progress;
mod streams;
mod style;
mod terminal;

pub use bytes::*;
pub use duration::*;
pub use error::*;
pub use glyphs::*;
pub use instruction::*;
pub use line::*;
pub use plural::*;
pub use streams::*;
pub use style::*;
pub use terminal::*;
