//! A tarball that cannot be trusted or read.

use thiserror::Error;

use super::limits::size;

/// What is wrong with a tarball.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArchiveError {
    /// It ends in the middle.
    #[error("the tarball ends too early, after {unpacked_bytes} unpacked bytes")]
    Truncated {
        /// Bytes that could be unpacked.
        unpacked_bytes: u64,
    },
    /// No gzip, or no tar, or damaged.
    #[error("the tarball is damaged or not a tarball: {0}")]
    Damaged(String),
    /// An entry, or anything else, behind the block of zeros that ends a tarball.
    #[error("the tarball goes on behind its end, where some programs stop and others do not")]
    BehindTheEnd,
    /// More than any package has.
    #[error("the tarball unpacks to more than {}; stopped reading", size(*limit_bytes))]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// A wanted file, or a header, that is too large to hold.
    #[error("`{path}` in the tarball has {}, expected at most {}", size(*bytes), size(*limit_bytes))]
    FileTooLarge {
        /// The file, or what the header describes.
        path: String,
        /// As the tarball says.
        bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// An entry that wants to be somewhere else.
    #[error("the tarball has an entry named `{0}`, which leaves the package")]
    Escapes(String),
    /// A link, device or other entry where a wanted file is expected.
    #[error("the tarball has {what} at `{path}`, expected a plain file for `{wanted}`")]
    NotAFile {
        /// The entry.
        path: String,
        /// What it is.
        what: &'static str,
        /// The file that was wanted.
        wanted: String,
    },
    /// Two entries for one wanted file: which one counts depends on who unpacks.
    #[error("the tarball has `{0}` twice")]
    Twice(String),
}

impl ArchiveError {
    /// Whether reading stopped before the end.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::FileTooLarge { .. })
    }
}
