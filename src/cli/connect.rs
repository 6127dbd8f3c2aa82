//! What the commands that talk to the engine start with.

use std::time::Duration;

use crate::cli::error::Context;
use engine::DockerEngine;
use tokio_util::sync::CancellationToken;

use super::{environment, interrupt};

/// The event loop of a command that talks to the engine.
pub struct EventLoop(Option<tokio::runtime::Runtime>);

impl EventLoop {
    /// For what has to be made in it.
    pub fn enter(&self) -> tokio::runtime::EnterGuard<'_> {
        self.runtime().enter()
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime().block_on(work)
    }

    fn runtime(&self) -> &tokio::runtime::Runtime {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for EventLoop {
    /// What a thread still waits for was given up: a write into a pipe that nobody reads would never end.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(Duration::from_millis(200));
        }
    }
}

/// One thread: the work is elsewhere.
pub fn runtime() -> crate::cli::error::Result<EventLoop> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(EventLoop(Some(runtime.context("cannot start the event loop")?)))
}

/// The engine of this machine's settings; an interrupt ends the waiting.
pub async fn engine(cancel: &CancellationToken) -> crate::cli::error::Result<DockerEngine> {
    interrupt::or(cancel, DockerEngine::connect(&environment::docker_settings())).await
}
