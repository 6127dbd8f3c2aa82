//! The CA certificates that build steps trust, handed to them as the secret `ca`.
//!
//! On networks that inspect TLS the host trusts one certificate more than the base image does. A
//! BuildKit secret brings the host's bundle into the steps without touching a layer or a cache key.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

/// Where distributions keep the bundle, the most common first.
const HOST_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

/// Which certificates build steps trust.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CaBundle {
    /// Those of this host, where it has a bundle.
    #[default]
    Host,
    /// Only those of the base image.
    None,
    /// Those of a PEM file.
    File(PathBuf),
}

impl FromStr for CaBundle {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "host" => Self::Host,
            "none" => Self::None,
            path => Self::File(PathBuf::from(path)),
        })
    }
}

/// A bundle that cannot be used.
#[derive(Debug, Error)]
pub enum CaBundleError {
    /// The file cannot be read.
    #[error("cannot read the CA bundle `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The file holds no certificate.
    #[error("the CA bundle `{path}` contains no certificate, expected PEM")]
    NotPem {
        /// The file.
        path: PathBuf,
    },
}

impl CaBundle {
    /// The file; `None` where there is nothing to hand over.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::File(path) => Some(path),
            // A host without a bundle has nothing to add; that is no error.
            Self::Host => HOST_BUNDLES.iter().map(Path::new).find(|path| path.is_file()),
        }
    }

    /// The PEM text, or `None` where there is nothing to hand over.
    pub fn read(&self) -> Result<Option<Vec<u8>>, CaBundleError> {
        let Some(path) = self.path() else { return Ok(None) };
        let bytes = std::fs::read(path)
            .map_err(|source| CaBundleError::Read { path: path.to_owned(), source })?;
        let is_pem = bytes.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----");
        if is_pem { Ok(Some(bytes)) } else { Err(CaBundleError::NotPem { path: path.to_owned() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pem_files_are_handed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let bundle: CaBundle = path.to_str().unwrap().parse().unwrap();
        assert!(matches!(bundle.read(), Err(CaBundleError::Read { .. })));
        std::fs::write(&path, "text").unwrap();
        assert!(matches!(bundle.read(), Err(CaBundleError::NotPem { .. })));
        std::fs::write(&path, "# mine\n-----BEGIN CERTIFICATE-----\n").unwrap();
        assert!(bundle.read().unwrap().is_some());
        assert_eq!("none".parse::<CaBundle>().unwrap().read().unwrap(), None);
    }
}
