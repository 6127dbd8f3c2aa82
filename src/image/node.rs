//! What is at a path of an image.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A file, folder, link or device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is, and what it holds.
    pub kind: Kind,
    /// Permissions with set-user-id, set-group-id and sticky bit (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Extended attributes by name, for example `security.capability`.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// The layer that wrote it, an index into [`Contents::layers`](super::Contents::layers).
    pub layer: usize,
    /// The same for all names of one file (hard links), different for all others of the image.
    pub inode: u64,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File {
        /// Bytes.
        size: u64,
        /// Of the content.
        sha256: Sha256,
        /// Of the content as a rule of the noise table reads it, where one is about this path.
        normal: Option<Sha256>,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink {
        /// As the link says it.
        target: Vec<u8>,
    },
    /// A device.
    Device {
        /// Whether it is a block device.
        block: bool,
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    },
    /// A named pipe.
    Fifo,
}

impl Kind {
    /// A word for people.
    pub fn word(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Folder => "folder",
            Self::Symlink { .. } => "symbolic link",
            Self::Device { block: true, .. } => "block device",
            Self::Device { block: false, .. } => "character device",
            Self::Fifo => "named pipe",
        }
    }
}
