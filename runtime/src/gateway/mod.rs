//! One gateway in front of all MCP servers.
//!
//! ```text
//!   newline JSON ─┐                              ┌─ link ── keeper ── server
//!   WebSocket ────┼─ client ── router ── server ─┤
//!   HTTP, SSE ────┘      ids, progress, owners   └─ (the next link, while one is replaced)
//! ```
//!
//! Everything runs on one thread, so that state is plain cells and a message passes from one stream to the
//! other without a lock. Sizes are bounded at every queue.

mod aggregate;
mod auth;
mod body;
mod child;
mod client;
mod cors;
#[doc(hidden)]
pub mod fuzz;
mod http;
mod hub;
mod latency;
mod lines;
mod link;
mod metrics;
mod modern;
mod origin;
mod outbox;
mod router;
mod serve;
mod server;
mod sse;
mod status;
mod stream;
mod streamable;
mod tcp;
mod version;
mod wake;
mod websocket;

pub use auth::{TokenError, read_token};
use mcp_frame as frame;
pub use serve::{ServeError, serve};
pub use status::{ClientStatus, ServerStatus, Status};
