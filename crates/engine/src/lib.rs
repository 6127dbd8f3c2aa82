//! The Docker edge: connect, capabilities, session, solve, images; and a replay for tests.
//!
//! Arrows: calls nothing else of mad. BuildKit's and bollard's types stay inside.

#![warn(unreachable_pub)]

mod cancellable;
mod capabilities;
mod container;
mod convert;
mod credentials;
mod devices;
mod dial;
mod docker;
mod docker_config;
mod edge;
mod endpoint;
mod error;
mod file_export;
mod file_sync;
mod host;
mod image_archive;
mod image_config;
pub mod limits;
mod owner;
mod push;
mod remote;
pub mod replay;
mod running;
mod session;
mod solve;
mod solve_options;
mod solving;
mod ssh_agent;
mod status;
mod transport;
mod trial;

pub use cancellable::{CancellableBuilder, or_cancelled};
pub use capabilities::{Capabilities, FrontendLevel};
pub use container::{ContainerEnd, ContainerRun};
pub use devices::EngineDevices;
pub use docker::DockerEngine;
pub use docker_config::{DockerConfig, DockerConfigError};
pub use edge::{ArchiveReader, Builder, Containers, Engine, ImageExporter, read_image};
pub use endpoint::{DEFAULT_SOCKET, DockerSettings, Endpoint, TlsFiles};
pub use error::EngineError;
pub use file_export::TarOutput;
pub use host::{Host, HostLoad};
pub use image_config::ImageConfig;
pub use owner::{CANDIDATES, HELD, Owner, PROOFS, beside, owned_name, sweep};
pub use remote::{BuildKit, BuilderAddress, BuilderTls, RemoteBuilder, Worker, Workload};
pub use running::{ContainerFacts, MountFacts, Said};
pub use solve::{
    Archive, HistoryEntry, Image, NoCache, SolveError, SolveEvent, SolveRequest, Solved,
};
pub use solve_options::{CachePlace, Network, SolveOptions, Ulimit};
pub use status::{StatusUpdate, Vertex, VertexLog, VertexStatus, VertexWarning};
pub use trial::{ExecEnd, StandIns, Started, Trial, TrialRun, TrialState};
