//! What the commands that talk to the engine start with.

use crate::cli::error::Context;
use engine::DockerEngine;
use tokio_util::sync::CancellationToken;

use super::{environment, interrupt};

/// A runtime for the commands that talk to the engine. One thread: the work is elsewhere.
pub fn runtime() -> crate::cli::error::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the event loop")
}

/// The engine of this machine's settings; an interrupt ends the waiting.
pub async fn engine(cancel: &CancellationToken) -> crate::cli::error::Result<DockerEngine> {
    interrupt::or(cancel, DockerEngine::connect(&environment::docker_settings())).await
}
