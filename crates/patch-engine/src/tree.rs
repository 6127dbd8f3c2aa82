//! The files that a patch is judged against.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::Mode;

/// Files by path, relative and `/`-separated; only those that a patch may touch need to be in it.
pub type Tree = BTreeMap<String, FileState>;

/// One file. Clones share the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileState {
    /// Its content.
    pub bytes: Bytes,
    /// Its mode.
    pub mode: Mode,
}

impl FileState {
    /// A regular file.
    pub fn regular(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), mode: Mode::Regular }
    }
}
