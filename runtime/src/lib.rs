//! The program inside the image: the MCP gateway, and what people ask it.
//!
//! One static binary, one thread. `cli` reads arguments and prints; `gateway` is the gateway; `keeper` is
//! the small parent of every server that ends it with all it started.

mod cli;
pub mod gateway;
pub mod keeper;
mod log;
mod tree;

pub use cli::run;
