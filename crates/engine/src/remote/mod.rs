//! A BuildKit that is not the engine's own: over TCP, a Unix socket, ssh, or a cluster's forwarded port.
//!
//! It speaks the same control channel as the one inside the engine, and the session runs over that channel,
//! too. It has no images: what it builds comes back as an archive, and the engine at hand loads it.

mod address;
mod builder;
mod buildkit;
mod dial;
mod loading;
mod process;
mod session;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tls;

pub use address::{BuilderAddress, BuilderTls, Workload};
pub use builder::RemoteBuilder;
pub use buildkit::{BuildKit, Worker};
pub(super) use loading::ImageLoad;
