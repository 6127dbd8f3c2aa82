//! An image of the engine, sent to its registry.

use bollard::auth::DockerCredentials;
use bollard::query_parameters::PushImageOptionsBuilder;
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::credentials::{self, CredentialLog};
use super::docker::split_tag;
use super::docker_config::DockerConfig;
use super::{DockerEngine, EngineError, SolveError};

/// The registry of names that name none.
const DOCKER_HUB: &str = "docker.io";

impl DockerEngine {
    /// Pushes `reference`, `host/name:tag`, with the login of the Docker configuration. Returns the
    /// manifest's digest, `sha256:…`, where the engine tells it. Cancelling stops the engine's push.
    ///
    /// # Errors
    /// [`SolveError::Failed`] with the engine's words and the logins that were tried where the registry
    /// refused; layers that it took stay there, and the next push goes on from them.
    pub async fn push(
        &self,
        reference: &str,
        cancel: &CancellationToken,
    ) -> Result<Option<String>, SolveError> {
        let (name, tag) = split_tag(reference);
        let tried = CredentialLog::default();
        let config = DockerConfig::read_or_empty(self.config_dir());
        let login = credentials::find(&config, registry_of(&name), &tried).await;
        let login = login.map(|(username, secret)| match username.is_empty() {
            // A helper gives an identity token so.
            true => DockerCredentials { identitytoken: Some(secret), ..Default::default() },
            false => DockerCredentials {
                username: Some(username),
                password: Some(secret),
                ..Default::default()
            },
        });
        tracing::debug!(reference, with_login = login.is_some(), "push");
        let options = PushImageOptionsBuilder::default().tag(&tag).build();
        let mut answers = Box::pin(self.docker().push_image(&name, Some(options), login));
        let mut digest = None;
        loop {
            // Dropping the stream ends the request, and with it the push.
            let answer = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(SolveError::Canceled),
                answer = answers.next() => answer,
            };
            match answer {
                None => return Ok(digest),
                Some(Ok(answer)) => {
                    digest = answer.status.as_deref().and_then(digest_in).or(digest);
                }
                Some(Err(error)) => return Err(refused(&error, &tried)),
            }
        }
    }
}

fn refused(error: &bollard::errors::Error, tried: &CredentialLog) -> SolveError {
    use bollard::errors::Error;
    match error {
        Error::DockerStreamError { error } => SolveError::Failed { message: tried.explain(error) },
        Error::DockerResponseServerError { message, .. } => {
            SolveError::Failed { message: tried.explain(message) }
        }
        error => SolveError::Engine(EngineError::api("push", error)),
    }
}

/// The registry's host, by Docker's rule: the part before the first `/` where that has a dot or a
/// port, or is `localhost`.
fn registry_of(name: &str) -> &str {
    match name.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => DOCKER_HUB,
    }
}

/// `latest: digest: sha256:… size: 1234`.
fn digest_in(status: &str) -> Option<String> {
    let (_, rest) = status.split_once(": digest: ")?;
    rest.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_the_first_part_where_it_is_a_host() {
        for (name, registry) in [
            ("mad/cpu", DOCKER_HUB),
            ("cpu", DOCKER_HUB),
            ("localhost/cpu", "localhost"),
            ("localhost:5000/cpu", "localhost:5000"),
            ("registry.example/team/cpu", "registry.example"),
        ] {
            assert_eq!(registry_of(name), registry, "{name}");
        }
    }

    #[test]
    fn the_digest_is_in_the_last_line() {
        let status = "latest: digest: sha256:ab12 size: 1777";
        assert_eq!(digest_in(status).as_deref(), Some("sha256:ab12"));
        assert_eq!(digest_in("Pushed"), None);
    }
}
