//! What the engine says while it builds, as facts of our own.
//!
//! BuildKit's protobuf types stop here: everything above reads these, so that a recorded stream
//! (one JSON object a line) replays exactly like a live one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One message of BuildKit's status stream. Vertices repeat as their state changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusUpdate {
    /// Nodes of the build graph whose state changed.
    pub vertexes: Vec<Vertex>,
    /// Transfers and other long work inside a vertex.
    pub statuses: Vec<VertexStatus>,
    /// Output of build steps.
    pub logs: Vec<VertexLog>,
    /// Warnings of the Dockerfile frontend.
    pub warnings: Vec<VertexWarning>,
}

/// A node of the build graph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Vertex {
    /// Identity within this build only: an uploaded context changes every digest below it.
    pub digest: String,
    /// Digests of the vertices this one needs.
    pub inputs: Vec<String>,
    /// For people, for example `[final 3/9] COPY --from=node-deps /opt/node /opt/node`.
    pub name: String,
    /// Whether the result came from the cache.
    pub cached: bool,
    /// Start of the latest interval; a vertex may have several.
    pub started: Option<Timestamp>,
    /// End of the latest interval.
    pub completed: Option<Timestamp>,
    /// Why it failed; `context canceled` for those stopped because another one failed.
    pub error: Option<String>,
}

/// Progress of a transfer (pull, export, upload) inside a vertex.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VertexStatus {
    /// What is being transferred, for example a layer's digest.
    pub id: String,
    /// The vertex it belongs to.
    pub vertex: String,
    /// Bytes, or a count, done so far.
    pub current: u64,
    /// Bytes, or a count, in all; 0 where unknown.
    pub total: u64,
    /// Start of the transfer.
    pub started: Option<Timestamp>,
    /// End of the transfer.
    pub completed: Option<Timestamp>,
}

/// Output of a build step; chunks, not lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VertexLog {
    /// The vertex that wrote it.
    pub vertex: String,
    /// When.
    pub at: Option<Timestamp>,
    /// 1 standard output, 2 standard error.
    pub stream: i64,
    /// The bytes, as text; invalid UTF-8 is replaced.
    pub text: String,
}

/// A warning of the Dockerfile frontend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VertexWarning {
    /// The vertex it is about.
    pub vertex: String,
    /// One line.
    pub short: String,
    /// Where to read more; may be empty.
    pub url: String,
}
