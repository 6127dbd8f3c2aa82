//! What an image says of itself to those who start from it.

use std::collections::BTreeMap;

use super::{DockerEngine, EngineError};

/// The configuration that a build on an image begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// `User`; empty for root.
    pub user: String,
    /// `Env`, as `NAME=VALUE`.
    pub env: Vec<String>,
    /// `WorkingDir`; empty for `/`.
    pub working_dir: String,
    /// `Shell`; `None` for the engine's own.
    pub shell: Option<Vec<String>>,
    /// `OnBuild`.
    pub on_build: Vec<String>,
    /// `Entrypoint` and `Cmd` behind it: what a container starts; empty for nothing.
    pub command: Vec<String>,
    /// `Healthcheck.Test`: `CMD` and a command, `CMD-SHELL` and a script, `NONE`; empty without one.
    pub health_check: Vec<String>,
    /// `Labels`.
    pub labels: BTreeMap<String, String>,
}

impl DockerEngine {
    /// The configuration of an image that the engine has; `None` where it has none of that name.
    pub async fn image_config(&self, reference: &str) -> Result<Option<ImageConfig>, EngineError> {
        let image = match self.docker().inspect_image(reference).await {
            Ok(image) => image,
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(EngineError::api(format!("look at `{reference}`"), &error)),
        };
        let Some(config) = image.config else { return Ok(None) };
        Ok(Some(ImageConfig {
            user: config.user.unwrap_or_default(),
            env: config.env.unwrap_or_default(),
            working_dir: config.working_dir.unwrap_or_default(),
            shell: config.shell,
            on_build: config.on_build.unwrap_or_default(),
            command: [config.entrypoint, config.cmd].into_iter().flatten().flatten().collect(),
            health_check: config.healthcheck.and_then(|check| check.test).unwrap_or_default(),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
        }))
    }
}
