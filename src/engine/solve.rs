//! One build on the engine: what is asked, what comes back while it runs, how it ends.
//!
//! [`Builder`] is the edge that tests replace; [`DockerEngine`](super::DockerEngine) is the real
//! one. A build never touches the tag that people use: it goes to a candidate name, and the caller
//! promotes what passed.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{EngineError, StatusUpdate};

/// What to build.
#[derive(Clone)]
pub struct SolveRequest {
    /// The name that the engine files this build under; unique.
    pub build_ref: String,
    /// The image name to give the result.
    pub candidate: String,
    /// The Dockerfile and all that it copies.
    pub context: Archive,
    /// Stage to stop at; the last one without.
    pub target: Option<String>,
    /// `ARG` values.
    pub build_args: BTreeMap<String, String>,
    /// Whether to ignore the engine's cache.
    pub no_cache: bool,
    /// Secrets by id. They never leave memory.
    pub secrets: HashMap<String, Vec<u8>>,
    /// Where the Dockerfile is in `context`.
    pub dockerfile: String,
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
    pub(super) fn read(&self, start: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; count];
        let read = self.file.read_at(&mut buffer, start)?;
        buffer.truncate(read);
        Ok(buffer)
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solved {
    /// Id of the image, `sha256:…`.
    pub image_id: String,
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

/// The engine, as far as a build needs it.
#[async_trait]
pub trait Builder: Send + Sync {
    /// For people, for example `docker 20.10.24`.
    fn describe(&self) -> String;

    /// Builds, and reports while it does. Cancelling stops the running step in the engine.
    async fn solve(
        &self,
        request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError>;

    /// The image of that name or id, if there is one.
    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError>;

    /// Moves `reference` to the image, in one step.
    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError>;

    /// Takes a name away; the image goes with its last name. A name that is gone is no error.
    async fn untag(&self, reference: &str) -> Result<(), EngineError>;
}
