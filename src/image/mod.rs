//! A built image from inside: every path of it, which step wrote it, its configuration; and what
//! differs between two images.
//!
//! ```text
//! engine's archive ──> archive (layers, one pass) ──> tree (whiteouts, hard links) ──> Contents
//!                                                        two Contents + noise ──> Comparison
//! ```
//!
//! Nothing is unpacked: contents are hashed while they pass. Arrows: calls `engine` to stream the
//! archive, nothing else of mad.

mod archive;
mod compare;
mod config;
mod contents;
mod error;
mod node;
pub mod noise;
mod path;
#[cfg(test)]
pub(crate) mod testing;
mod tree;

pub use compare::*;
pub use config::*;
pub use contents::*;
pub use error::ImageError;
pub use node::*;
pub use path::TreePath;
