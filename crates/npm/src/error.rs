//! What can go wrong with packages of a registry, as data; the prose is here and nowhere else.
//! No variant holds a credential, and addresses are shown without what could be one.

use thiserror::Error;
use url::Url;

use super::archive::size;
use super::{ArchiveError, CacheError, Integrity};

/// Why a package or a file of it cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NpmError {
    /// Nobody answers, or the answer breaks off.
    #[error("cannot get `{url}`: {why}{}", after(*attempts))]
    Unreachable {
        /// The address.
        url: String,
        /// What happened.
        why: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// The certificate was not accepted.
    #[error("cannot trust the server of `{url}`: {why}")]
    Untrusted {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Certificates or proxies of the settings that cannot be used.
    #[error("{0}")]
    Settings(String),
    /// 404 or 410.
    #[error("the registry has no {what}: `{url}` answered {status}")]
    NotFound {
        /// The package or version.
        what: String,
        /// The address.
        url: String,
        /// 404 or 410.
        status: u16,
    },
    /// 401 or 403.
    #[error("the registry denied {what}: `{url}` answered {status}, {}", why_denied(*had_credentials, unset_variable.as_deref()))]
    Denied {
        /// The package or version.
        what: String,
        /// The address.
        url: String,
        /// 401 or 403.
        status: u16,
        /// Whether we said who we are.
        had_credentials: bool,
        /// A variable in the credentials that is not set.
        unset_variable: Option<String>,
        /// Where credentials for it would stand in `.npmrc`.
        place: String,
    },
    /// Any other status than 200.
    #[error("`{url}` answered {status}{}", after(*attempts))]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// How often it was tried.
        attempts: u32,
    },
    /// An answer that is no package document.
    #[error("`{url}` does not answer as a registry does: {why}")]
    NotAPackument {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// An answer that does not end.
    #[error("`{url}` answered with more than {}; stopped reading", size(*limit_bytes))]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// A version whose tarball cannot be checked.
    #[error("the registry has no hash for the tarball of {what}, so it cannot be checked")]
    NoIntegrity {
        /// The package and version.
        what: String,
    },
    /// Other bytes than the registry says.
    #[error(
        "the tarball of {what} does not match the registry: expected {expected}, found {found} in {bytes} bytes"
    )]
    IntegrityDiffers {
        /// The package and version.
        what: String,
        /// By the registry.
        expected: Integrity,
        /// Of the bytes that came.
        found: Integrity,
        /// How many came.
        bytes: u64,
    },
    /// The right bytes, and no package.
    #[error("cannot read {what}: {error}")]
    Archive {
        /// The package and version.
        what: String,
        /// What is wrong with it.
        error: ArchiveError,
    },
    /// A `package.json` that cannot be read.
    #[error("cannot read `package.json` of {what}: {why}")]
    Manifest {
        /// The package and version.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not in the cache, and offline.
    #[error("offline, and {what} is not in the cache")]
    Offline {
        /// The package and version, or the list of versions.
        what: String,
    },
    /// The cache cannot be read or written.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// Somebody said stop.
    #[error("cancelled")]
    Cancelled,
}

impl NpmError {
    /// One command or change that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } => Some(
                "`npm ping` tests the same registry; `--offline` uses only the cache".to_owned(),
            ),
            Self::Untrusted { .. } => Some(
                "where the network inspects TLS, name its certificate: `npm config set cafile FILE`, or SSL_CERT_FILE".to_owned(),
            ),
            Self::Denied { unset_variable: Some(variable), .. } => {
                Some(format!("set `{variable}`, which .npmrc names"))
            }
            Self::Denied { place, .. } => {
                Some(format!("put a token into ~/.npmrc: `{place}:_authToken=…`"))
            }
            Self::NotFound { .. } | Self::NotAPackument { .. } => {
                Some("`npm config get registry` shows the registry that npm uses".to_owned())
            }
            Self::Offline { .. } => Some("run it once without `--offline`".to_owned()),
            Self::Cache(error) => error.hint(),
            _ => None,
        }
    }
}

/// An address for people: without user, password, query and fragment, and of its path the last part
/// alone, which names the package or the file. Some registries have their tokens in the parts before.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Neither fails for a URL that has a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    let path = shown_path(url.path());
    url.set_path("");
    format!("{}{path}", url.as_str().trim_end_matches('/'))
}

/// A place of `.npmrc` (`//host/path/`), without the path's parts.
pub(super) fn shown_place(place: &str) -> String {
    let host = place.trim_matches('/').split('/').next().unwrap_or_default();
    let path = if place.trim_matches('/') == host { "/" } else { "/…/" };
    format!("//{host}{path}")
}

/// The last part of a path; dots for those before it.
pub(super) fn shown_path(path: &str) -> String {
    let (before, last) = path.trim_end_matches('/').rsplit_once('/').unwrap_or_default();
    let dots = if before.is_empty() { "" } else { "/…" };
    format!("{dots}/{last}")
}

fn after(attempts: u32) -> String {
    if attempts > 1 { format!(", after {attempts} attempts") } else { String::new() }
}

fn why_denied(had_credentials: bool, unset_variable: Option<&str>) -> String {
    match (had_credentials, unset_variable) {
        (true, _) => "to the credentials of .npmrc".to_owned(),
        (false, Some(variable)) => {
            format!("and the credentials in .npmrc need `{variable}`, which is not set")
        }
        (false, None) => "and .npmrc has no credentials for it".to_owned(),
    }
}
