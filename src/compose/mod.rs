//! Running an image with Compose: which program that is, who runs it, and what it is given.
//!
//! mad renders and chooses; Compose does the work. The folder that is rendered needs no mad.

mod folders;
mod host;
mod program;

pub use folders::make_work_folders;
pub use host::{Host, Person};
pub use program::{NoCompose, Program, command_line};
