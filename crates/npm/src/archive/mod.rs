//! A package's tarball, read once as a stream. Nothing is unpacked to disk.

mod error;
mod extension;
mod limits;
mod names;
mod scan;

pub use error::ArchiveError;
pub use limits::Limits;
pub(super) use limits::{LimitedReader, size};
pub(super) use scan::scan;
