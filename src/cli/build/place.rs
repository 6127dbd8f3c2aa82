//! Where the steps of a build run: on the engine, or on a builder beside it.

use tokio_util::sync::CancellationToken;

use crate::cli::builder_choice::{self, Candidate};
use crate::cli::error::Result;
use crate::cli::globals::Globals;
use engine::{Builder, DockerEngine, FrontendLevel, RemoteBuilder, SolveOptions};

/// The engine, which has the images in any case.
pub(super) struct Place<'a> {
    engine: &'a DockerEngine,
    remote: Option<RemoteBuilder<'a>>,
}

impl<'a> Place<'a> {
    /// The first of the candidates for the platform that answers; where none is for it, the engine. What is
    /// built there is for the engine's platform, unless another was asked for.
    pub(super) async fn choose(
        globals: &Globals,
        candidates: &[Candidate],
        engine: &'a DockerEngine,
        solve: &mut SolveOptions,
        cancel: &CancellationToken,
    ) -> Result<Self> {
        let platform = solve.platform.as_ref().unwrap_or(&engine.capabilities().platform).clone();
        let fitting: Vec<&Candidate> =
            candidates.iter().filter(|one| one.is_for(&platform)).collect();
        if fitting.is_empty() {
            return Ok(Self { engine, remote: None });
        }
        let buildkit = builder_choice::connect(globals, &fitting, &platform, cancel).await?;
        if buildkit.worker().platforms.first() != Some(&platform) {
            solve.platform = Some(platform);
        }
        Ok(Self { engine, remote: Some(RemoteBuilder::new(buildkit, engine)) })
    }

    /// What runs the steps.
    pub(super) fn builder(&self) -> &dyn Builder {
        match &self.remote {
            Some(remote) => remote,
            None => self.engine,
        }
    }

    /// What it is, for messages.
    pub(super) fn engine_version(&self) -> String {
        match &self.remote {
            Some(remote) => format!("the builder `{}`", remote.buildkit().name()),
            None => format!("Docker Engine {}", self.engine.capabilities().version),
        }
    }

    /// The level of its Dockerfile frontend.
    pub(super) fn frontend(&self) -> FrontendLevel {
        match &self.remote {
            Some(remote) => remote.buildkit().worker().frontend,
            None => self.engine.capabilities().frontend,
        }
    }

    /// Its own platform.
    pub(super) fn platform(&self) -> &str {
        let of_engine = &self.engine.capabilities().platform;
        let remote = self.remote.as_ref();
        remote.and_then(|remote| remote.buildkit().worker().platforms.first()).unwrap_or(of_engine)
    }

    /// All that its steps can run on.
    pub(super) async fn platforms(&self) -> Result<Vec<String>> {
        match &self.remote {
            Some(remote) => Ok(remote.buildkit().worker().platforms.clone()),
            None => Ok(self.engine.platforms().await?),
        }
    }
}
