//! How far the lines have been passed on: a file beside the segments, which are the buffer.
//!
//! A chunk's bounds are written down before it is sent: one that is sent again, also by another collector after
//! a sudden end, has the same lines and the same id.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Part of every id, so that those of two containers differ.
    pub sender: String,
    pub segment: u64,
    /// Bytes of lines that the receiver has.
    pub from: u64,
    /// Where the chunk ends that was sent last; `from` when it was acknowledged.
    pub to: u64,
}

impl Place {
    pub fn path(directory: &Path) -> PathBuf {
        directory.join("forward.json")
    }

    /// That of this directory, or its begin.
    pub fn read(directory: &Path) -> Self {
        let read = fs::read(Self::path(directory)).ok();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_else(|| {
            let mut random = [0; 6];
            getrandom::fill(&mut random).ok();
            Self { sender: hex::encode(random), ..Self::default() }
        })
    }

    /// In one step.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let path = Self::path(directory);
        let new = path.with_extension("json.tmp");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_data()?;
        fs::rename(new, path)
    }

    pub fn id(&self) -> String {
        format!("{}-{}-{}-{}", self.sender, self.segment, self.from, self.to)
    }
}
