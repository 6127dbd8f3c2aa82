//! What the tests have in common: the engine, the program, projects, its JSON events.

mod engine;
mod events;
mod image;
pub mod process;
mod program;
mod project;
mod proxy;

pub use engine::{Engine, unique};
pub use events::Events;
pub use image::{Image, TEST_LABEL};
pub use program::Mad;
pub use project::Project;
pub use proxy::{Proxy, socket};
