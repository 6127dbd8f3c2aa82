//! Settings that cannot be used. Values are never shown: any of them may be a credential.

use thiserror::Error;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A URL setting that is no URL.
    #[error("{place}: `{key}` is not an `http://` or `https://` URL{why}")]
    Url {
        /// Which file, or the environment.
        place: &'static str,
        /// The setting.
        key: String,
        /// What more is known, beginning with punctuation.
        why: String,
    },
    /// `strict-ssl=false`.
    #[error(
        "{place}: `strict-ssl` is false, which would trust whoever answers as the registry; mad does not do that"
    )]
    StrictSsl {
        /// Which file, or the environment.
        place: &'static str,
    },
    /// Nothing says where packages come from.
    #[error("no npm registry is configured: found neither `registry` in an .npmrc nor npm itself")]
    NoRegistry,
    /// Credentials that cannot be decoded.
    #[error("{place}: `{key}` is not base64")]
    NotBase64 {
        /// Which file, or the environment.
        place: &'static str,
        /// The setting.
        key: String,
    },
}

impl SettingsError {
    /// One change that helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Url { .. } => {
                Some("`npm config get registry` shows the value that npm uses".to_owned())
            }
            Self::StrictSsl { .. } => Some(
                "name the certificate that signs the registry's: `npm config set cafile FILE`, then `npm config delete strict-ssl`".to_owned(),
            ),
            Self::NoRegistry => {
                Some("install npm, or write `registry=URL` into ~/.npmrc".to_owned())
            }
            Self::NotBase64 { .. } => Some("log in again: `npm login`".to_owned()),
        }
    }
}
