//! What can go wrong at the Docker edge, as data; the prose is here and nowhere else.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Endpoint;

/// A failure to reach or to use the engine.
#[derive(Debug, thiserror::Error)]
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
    /// The socket is there and may not be opened.
    #[error("no permission to open the Docker socket `{}`{}", .socket.display(), owned_by(.group.as_deref()))]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// The group whose members may open it; `None` where nobody but its owner may.
        group: Option<String>,
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
    /// A builder does not answer.
    #[error("the builder `{builder}` does not answer{}: {why}", at(builder, address))]
    BuilderUnreachable {
        /// Its name, or its address.
        builder: String,
        /// Where it was looked for.
        address: String,
        /// What is wrong, in plain words.
        why: String,
    },
    /// The connection to a builder broke.
    #[error("lost the connection to the builder `{builder}` while {during}: {why}")]
    BuilderLost {
        /// Its name.
        builder: String,
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
        use bollard::errors::Error as E;
        match error {
            E::DockerResponseServerError { message: why, .. }
            | E::DockerStreamError { error: why } => {
                Self::Api { action: action.into(), why: why.clone() }
            }
            E::HyperResponseError { .. }
            | E::HyperLegacyError { .. }
            | E::IOError { .. }
            | E::RequestTimeoutError => {
                let during = format!("asking it to {}", action.into()).into();
                Self::Connection { during, why: plain(error) }
            }
            other => Self::Api { action: action.into(), why: chain(other) },
        }
    }

    /// What a failed attempt to connect means.
    pub(crate) fn unreachable(endpoint: &Endpoint, error: &(dyn Error + 'static)) -> Self {
        match (endpoint, io_error(error).map(io::Error::kind)) {
            (Endpoint::Unix(socket), Some(io::ErrorKind::PermissionDenied)) => {
                Self::Denied { socket: socket.clone(), group: group_of(socket) }
            }
            _ => Self::Unreachable { endpoint: endpoint.to_string(), why: plain(error) },
        }
    }

    /// One command or change that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } => Some(
                "start the engine (`sudo systemctl start docker`), or point DOCKER_HOST at one".to_owned(),
            ),
            Self::Denied { group: Some(group), .. } => Some(format!(
                "become a member with `sudo usermod -aG {group} $USER`, then log in again (`newgrp {group}` for this shell)"
            )),
            Self::Denied { group: None, .. } => Some(
                "run this as root, or as the user who owns the engine".to_owned(),
            ),
            Self::UnsupportedHost { host, .. } if host.starts_with("ssh://") => Some(
                "forward the socket: `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, then `DOCKER_HOST=unix:///tmp/docker.sock`".to_owned(),
            ),
            Self::BuilderUnreachable { .. } => {
                Some("see which builders answer with `mad builders list`; the engine itself is `--builder default`".to_owned())
            }
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
                | Self::Denied { .. }
                | Self::TooOld { .. }
                | Self::Upgrade { .. }
                | Self::Connection { .. }
                | Self::BuilderUnreachable { .. }
                | Self::BuilderLost { .. }
        )
    }
}

/// A builder without another name is called by its address.
fn at(builder: &str, address: &str) -> String {
    if builder == address { String::new() } else { format!(" at `{address}`") }
}

fn owned_by(group: Option<&str>) -> String {
    group.map_or_else(String::new, |group| format!(": it is for the group `{group}`"))
}

/// The group that may write to a socket, where that is another than root's; by its number where it
/// has no name here.
fn group_of(socket: &Path) -> Option<String> {
    let facts = std::fs::metadata(socket).ok()?;
    if facts.mode() & 0o020 == 0 || facts.gid() == 0 {
        return None;
    }
    let number = facts.gid().to_string();
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let named = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    Some(named.unwrap_or(number))
}

/// The system's error at the bottom of an error, where there is one.
fn io_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(error) = next {
        // bollard's is transparent: the system's error is not among its sources.
        let wrapped = match error.downcast_ref::<bollard::errors::Error>() {
            Some(bollard::errors::Error::IOError { err }) => Some(err),
            _ => None,
        };
        found = error.downcast_ref::<io::Error>().or(wrapped).or(found);
        next = error.source();
    }
    found
}

/// The system's words without those of the libraries between; all of them where the system said
/// nothing.
pub(crate) fn plain(error: &(dyn Error + 'static)) -> String {
    match io_error(error) {
        Some(error) if error.kind() == io::ErrorKind::NotFound => "no such socket".to_owned(),
        Some(error) => {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<EngineError>());
            if let Some(EngineError::Unreachable { why, .. }) = inner {
                return why.clone();
            }
            let text = error.to_string();
            text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
        }
        None => chain(error),
    }
}

/// What a failed call says: its own words where the other side sent them, else what broke below it.
pub(crate) fn status_words(status: &tonic::Status) -> String {
    status.source().map_or_else(|| status.message().to_owned(), chain)
}

/// An error with its sources, on one line; sources that only repeat are left out.
pub(crate) fn chain(error: &dyn Error) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_broken_connection_is_no_failure_of_the_work() {
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        let error = bollard::errors::Error::from(broken);
        let error = EngineError::api("tag `x`", &error);
        assert!(error.is_unreachable(), "{error}");
        assert_eq!(
            error.to_string(),
            "lost the connection to the engine while asking it to tag `x`: connection reset"
        );
        let refused = bollard::errors::Error::DockerResponseServerError {
            status_code: 500,
            message: "no".to_owned(),
        };
        let error = EngineError::api("tag `x`", &refused);
        assert!(!error.is_unreachable());
        assert_eq!(error.to_string(), "the engine could not tag `x`: no");
    }

    #[test]
    fn a_socket_that_may_not_be_opened_names_its_group() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("docker.sock");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let denied = io::Error::from_raw_os_error(13);
        let mode = |mode| {
            std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o600);
        let error = EngineError::unreachable(&Endpoint::Unix(socket.clone()), &denied);
        assert!(matches!(error, EngineError::Denied { group: None, .. }), "{error}");
        // Only root can give a file to a group that it is not in.
        mode(0o660);
        if std::os::unix::fs::chown(&socket, None, Some(54321)).is_ok() {
            let error = EngineError::unreachable(&Endpoint::Unix(socket), &denied);
            let said = error.to_string();
            assert!(said.ends_with("docker.sock`: it is for the group `54321`"), "{said}");
            assert!(error.hint().unwrap().contains("sudo usermod -aG 54321 $USER"));
        }
        let missing = io::Error::from_raw_os_error(2);
        let error = EngineError::unreachable(&Endpoint::Unix("/x".into()), &missing);
        assert_eq!(error.to_string(), "no Docker Engine answers at `unix:///x`: no such socket");
    }
}
