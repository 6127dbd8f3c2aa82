//! What is seen of one mount, and who looks.

use serde::{Deserialize, Serialize};

/// Whoever the programs run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

impl User {
    /// Whoever runs this.
    pub fn own() -> Self {
        Self { uid: rustix::process::geteuid().as_raw(), gid: rustix::process::getegid().as_raw() }
    }
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    Folder,
    File,
    Other,
}

/// What one look at a target shows. Errors are the system's numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// Its place in the profile.
    pub index: usize,
    /// Where the target leads, if it is a link.
    pub link: Option<String>,
    /// Why it cannot be looked at.
    pub error: Option<i32>,
    pub what: Option<What>,
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
    /// No name leads to it any more: it was deleted while it was mounted.
    pub is_deleted: bool,
    pub is_empty: bool,
    pub read_error: Option<i32>,
    /// Of a few bytes.
    pub write_error: Option<i32>,
    pub total_bytes: u64,
    pub free_bytes: u64,
    pub total_inodes: u64,
    pub free_inodes: u64,
    /// Links in it that lead nowhere: name and where to.
    pub links: Vec<(String, String)>,
    pub millis: u64,
}
