//! The program inside the image: the MCP gateway, the watch over the programs, and what people ask them.
//!
//! One static binary, one thread. `cli` reads arguments and prints; `gateway` is the gateway; `keeper` is
//! the small parent of every server that ends it with all it started; `watch` is supervisord's event listener, and
//! `programs` starts that; `gpu` is the cards; `logs` keeps what the programs write; `mounts` checks what lies where.

mod cli;
pub mod gateway;
mod gpu;
pub mod keeper;
mod log;
pub mod logs;
pub mod mounts;
mod programs;
mod tree;
mod user;
pub mod watch;

pub use cli::run;
