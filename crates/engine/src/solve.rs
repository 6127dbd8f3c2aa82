//! One build on the engine: what is asked, what comes back while it runs, how it ends.
//!
//! A build never touches the tag that people use: it goes to a candidate name, and the caller
//! promotes what passed.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use thiserror::Error;

use super::{EngineError, SolveOptions, StatusUpdate, TarOutput};

/// What to build.
#[derive(Clone)]
pub struct SolveRequest {
    /// The name that the engine files this build under; unique.
    pub build_ref: String,
    /// The image name to give the result; without one the steps run and no image is written.
    pub candidate: Option<String>,
    /// Where the files of the result go, as one tar archive, instead of into an image.
    pub files: Option<TarOutput>,
    /// The Dockerfile and all that it copies.
    pub context: Archive,
    /// What the engine keeps the context by; a later context of the same key sends only what differs. Any text.
    pub context_key: String,
    /// Stage to stop at; the last one without.
    pub target: Option<String>,
    /// `ARG` values.
    pub build_args: BTreeMap<String, String>,
    /// Where to ignore the engine's cache.
    pub no_cache: NoCache,
    /// Secrets by id. They never leave memory.
    pub secrets: HashMap<String, Vec<u8>>,
    /// Where the Dockerfile is in `context`.
    pub dockerfile: String,
    /// What is asked beside all that.
    pub options: SolveOptions,
}

/// Where the engine's cache is ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NoCache {
    /// Nowhere.
    #[default]
    Never,
    /// In every stage.
    Always,
    /// In these stages. What builds on them may still come from the cache.
    Stages(Vec<String>),
}

impl NoCache {
    /// The value of the frontend's attribute `no-cache`; `None` where it is not given.
    pub(super) fn attribute(&self) -> Option<String> {
        match self {
            Self::Never => None,
            // No stages mean all of them to the frontend, and none to the caller.
            Self::Stages(stages) if stages.is_empty() => None,
            Self::Stages(stages) => Some(stages.join(",")),
            Self::Always => Some(String::new()),
        }
    }
}

/// A tar archive to upload: a file, because a context may be larger than memory.
#[derive(Debug, Clone)]
pub struct Archive {
    file: Arc<File>,
    bytes: u64,
}

impl Archive {
    /// Takes a file that is written to its end.
    pub fn new(file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), bytes })
    }

    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Up to `count` bytes from `start` on; empty at the end.
    pub fn read(&self, start: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; count];
        let mut read = 0;
        while read < count {
            match self.read_into(start + read as u64, &mut buffer[read..])? {
                0 => break,
                more => read += more,
            }
        }
        buffer.truncate(read);
        Ok(buffer)
    }

    /// Reads from `start` on; the count may be less than there is room for, and is 0 at the end.
    pub(super) fn read_into(&self, start: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(buffer, start) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

/// What a running build tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SolveEvent {
    /// The engine's own report.
    Status(StatusUpdate),
    /// Bytes of the context sent so far, and in all.
    Uploaded {
        /// Sent so far.
        bytes: u64,
        /// In all.
        total: u64,
    },
}

/// A finished build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Solved {
    /// Id of the image, `sha256:…`; `None` where none was asked for.
    pub image_id: Option<String>,
}

/// How a build can end without an image.
#[derive(Debug, Error)]
pub enum SolveError {
    /// The work failed: a step, the frontend, the export.
    #[error("{message}")]
    Failed {
        /// The engine's words.
        message: String,
    },
    /// It was cancelled from here.
    #[error("interrupted")]
    Canceled,
    /// The engine could not be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// An image on the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `sha256:…`.
    pub id: String,
    /// Bytes of all its layers as the engine counts them: compressed with the containerd image store.
    pub size_bytes: u64,
}

/// One line of an image's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The instruction, in the words of whoever built the image.
    pub created_by: String,
    /// Bytes of its layer; 0 where it made none.
    pub size_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frontend_takes_nothing_everything_or_stages() {
        let stages =
            |names: &[&str]| NoCache::Stages(names.iter().map(|name| name.to_string()).collect());
        for (no_cache, attribute) in [
            (NoCache::Never, None),
            (NoCache::Always, Some("")),
            (stages(&[]), None),
            (stages(&["base", "node-deps"]), Some("base,node-deps")),
        ] {
            assert_eq!(no_cache.attribute().as_deref(), attribute, "{no_cache:?}");
        }
    }
}
