//! What the tests have in common: the engine, the program, projects, its JSON events.

mod cpu;
mod engine;
mod events;
mod image;
mod mcp;
pub mod process;
mod program;
mod project;
mod proxy;
pub mod registry;
pub mod relay;

pub use engine::{Engine, docker_command, unique};
pub use events::Events;
pub use image::{Image, TEST_LABEL, Volume};
pub use mcp::Mcp;
pub use program::{Done, Mad};
pub use project::Project;
pub use proxy::{Proxy, socket};
