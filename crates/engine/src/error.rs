//! What can go wrong at the Docker edge, as data; the prose is here and nowhere else.

use std::borrow::Cow;
use std::path::PathBuf;

use thiserror::Error;

/// A failure to reach or to use the engine.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The host is of a kind that mad cannot dial.
    #[error(
        "cannot use the Docker host `{host}`: expected `unix://PATH` or `tcp://HOST:PORT`{why}"
    )]
    UnsupportedHost {
        /// As it was given.
        host: String,
        /// What more is known, beginning with punctuation.
        why: String,
    },
    /// A Docker context that does not exist or cannot be read.
    #[error("cannot use the Docker context `{name}`: {why}")]
    Context {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// TLS files that cannot be used.
    #[error("cannot use the TLS file `{path}`: {why}")]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing answers.
    #[error("no Docker Engine answers at `{endpoint}`: {why}")]
    Unreachable {
        /// Where it was looked for.
        endpoint: String,
        /// The system's words.
        why: String,
    },
    /// An engine without BuildKit's control channel.
    #[error("the engine at `{endpoint}` is version `{found}`, expected 20.10 or newer")]
    TooOld {
        /// Where it was found.
        endpoint: String,
        /// Its version.
        found: String,
    },
    /// The engine refused to open BuildKit's channel.
    #[error("the engine refused `{path}`: found status {status}, expected 101{body}")]
    Upgrade {
        /// `/grpc` or `/session`.
        path: &'static str,
        /// HTTP status code.
        status: u16,
        /// The engine's words, beginning with punctuation.
        body: String,
    },
    /// The channel to the engine broke.
    #[error("lost the connection to the engine while {during}: {why}")]
    Connection {
        /// What was going on.
        during: Cow<'static, str>,
        /// The system's words.
        why: String,
    },
    /// The work was cancelled before the engine answered.
    #[error("interrupted before the engine answered")]
    Cancelled,
    /// The engine answered with an error.
    #[error("the engine could not {action}: {why}")]
    Api {
        /// What was asked of it.
        action: String,
        /// Its words.
        why: String,
    },
}

impl EngineError {
    /// Wraps an API failure, with what was asked; a broken connection becomes `Connection`.
    pub fn api(action: impl Into<String>, error: &bollard::errors::Error) -> Self {
        use bollard::errors::Error;
        let action = action.into();
        match error {
            Error::DockerResponseServerError { message, .. } => {
                Self::Api { action, why: message.clone() }
            }
            Error::IOError { .. }
            | Error::HyperResponseError { .. }
            | Error::RequestTimeoutError => {
                let during = format!("it was to {action}").into();
                Self::Connection { during, why: chain(error) }
            }
            other => Self::Api { action, why: chain(other) },
        }
    }

    /// One command or change that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } => Some(
                "start the engine (`sudo systemctl start docker`), or point DOCKER_HOST at one; `mad doctor` looks for you".to_owned(),
            ),
            Self::UnsupportedHost { host, .. } if host.starts_with("ssh://") => Some(
                "forward the socket: `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, then `DOCKER_HOST=unix:///tmp/docker.sock`".to_owned(),
            ),
            Self::Context { .. } => Some("list them with `docker context ls`".to_owned()),
            _ => None,
        }
    }

    /// Whether this means that no usable engine is there (exit code 7), not that work failed.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::UnsupportedHost { .. }
                | Self::Context { .. }
                | Self::Tls { .. }
                | Self::Unreachable { .. }
                | Self::TooOld { .. }
                | Self::Upgrade { .. }
                | Self::Connection { .. }
        )
    }
}

/// An error with its sources, on one line; sources that only repeat are left out.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = inner.source();
    }
    text
}
