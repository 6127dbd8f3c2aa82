//! How a build is shown while it runs and when it has ended.

mod clock;
mod detail;
mod display;
mod event;
mod failure;
mod frame;
mod json;
mod open;
mod plain;
mod quiet;
mod rows;
mod screen;
mod summary;
mod table;
mod tails;
#[cfg(test)]
mod testing;
mod tree;
mod tty;
mod unfinished;

pub use display::*;
pub use frame::{Upload, View, frame};
pub use open::*;
pub use screen::SHOW_CURSOR;
