//! `config.json` of Docker's client, as far as a build needs it: logins and proxies.
//!
//! Read as docker/cli reads it (`cli/config/configfile`); a file that cannot be read counts as none, as
//! it does there, and the caller is told.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

/// What the file says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DockerConfig {
    pub(super) auths: BTreeMap<String, Login>,
    pub(super) creds_store: Option<String>,
    pub(super) cred_helpers: BTreeMap<String, String>,
    proxies: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
    /// Where it was read.
    #[serde(skip)]
    pub(super) path: PathBuf,
    /// Why it could not be read, and counts as empty.
    #[serde(skip)]
    pub(super) fault: Option<String>,
}

/// A login in the file itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Login {
    pub auth: Option<String>,
    pub username: Option<String>,
    pub password: Option<String>,
    pub identitytoken: Option<String>,
}

/// A configuration that cannot be read.
#[derive(Debug, Error)]
#[error("cannot read `{path}`: {why}; using no login and no proxy from it")]
pub struct DockerConfigError {
    path: PathBuf,
    why: String,
}

impl DockerConfig {
    /// Reads it from the configuration folder; no file is an empty one.
    pub fn read(folder: Option<&Path>) -> Result<Self, DockerConfigError> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let path = folder.join("config.json");
        let fail = |why: String| DockerConfigError { path: path.clone(), why };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(Self { path, ..Self::default() });
            }
            Err(error) => return Err(fail(error.to_string())),
        };
        let config: Self = match text.trim_ascii().is_empty() {
            true => Self::default(),
            false => serde_json::from_slice(&text).map_err(|error| fail(error.to_string()))?,
        };
        Ok(Self { path, ..config })
    }

    /// Adds the proxies for builds on `host`. BuildKit keeps one value for both spellings of a proxy, the
    /// last that it sees: what was typed in one takes the place of both.
    pub(super) fn add_proxies(&self, host: &str, build_args: &mut BTreeMap<String, String>) {
        let is_typed = |name: &str| build_args.keys().any(|own| own.eq_ignore_ascii_case(name));
        let mut proxies = self.proxies(host);
        proxies.retain(|name, _| !is_typed(name));
        build_args.extend(proxies);
    }

    /// Likewise; one that cannot be read counts as empty, as for Docker, and knows why.
    pub fn read_or_empty(folder: Option<&Path>) -> Self {
        Self::read(folder).unwrap_or_else(|DockerConfigError { path, why }| Self {
            path,
            fault: Some(why),
            ..Self::default()
        })
    }

    /// The build arguments that hand the proxies of the engine at `endpoint`, else the default ones, to
    /// every step, in both spellings.
    pub fn proxies(&self, endpoint: &str) -> BTreeMap<String, String> {
        const NAMES: [(&str, &str); 5] = [
            ("httpProxy", "HTTP_PROXY"),
            ("httpsProxy", "HTTPS_PROXY"),
            ("noProxy", "NO_PROXY"),
            ("ftpProxy", "FTP_PROXY"),
            ("allProxy", "ALL_PROXY"),
        ];
        let Some(chosen) = self.proxies.get(endpoint).or_else(|| self.proxies.get("default"))
        else {
            return BTreeMap::new();
        };
        // As Go reads JSON: keys in any case.
        let value_of = |key: &str| {
            let found = chosen.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
            let found = found.filter_map(|(_, value)| value.as_str()).next_back();
            found.filter(|value| !value.is_empty())
        };
        let set = NAMES.iter().filter_map(|(key, name)| Some((*name, value_of(key)?)));
        set.flat_map(|(name, value)| {
            [name.to_owned(), name.to_ascii_lowercase()].map(|name| (name, value.to_owned()))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<DockerConfig, DockerConfigError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), text).unwrap();
        DockerConfig::read(Some(dir.path()))
    }

    #[test]
    fn proxies_are_those_of_the_engine_else_the_default_ones() {
        let config = config(
            r#"{"proxies": {"default": {"httpProxy": "http://p:1", "noProxy": "*.test", "ftpProxy": ""},
                "tcp://10.0.0.1:2375": {"allProxy": "socks5://q:2", "HTTPSproxy": "http://s:3"}}}"#,
        )
        .unwrap();
        let shown = |endpoint: &str| {
            let proxies = config.proxies(endpoint);
            proxies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        let default = [
            "HTTP_PROXY=http://p:1",
            "NO_PROXY=*.test",
            "http_proxy=http://p:1",
            "no_proxy=*.test",
        ];
        assert_eq!(shown("unix:///var/run/docker.sock"), default);
        let own = [
            "ALL_PROXY=socks5://q:2",
            "HTTPS_PROXY=http://s:3",
            "all_proxy=socks5://q:2",
            "https_proxy=http://s:3",
        ];
        assert_eq!(shown("tcp://10.0.0.1:2375"), own);
        assert!(DockerConfig::read(None).unwrap().proxies("x").is_empty());
    }

    #[test]
    fn a_broken_file_is_named_and_a_missing_one_is_empty() {
        let said = config("{\"auths\":{").unwrap_err().to_string();
        assert!(said.contains("config.json`: EOF while parsing"), "{said}");
        assert!(config("").is_ok());
        assert!(config("{\"auths\": {\"x\": {}}, \"unknown\": 1}").is_ok());
        assert!(DockerConfig::read(Some(Path::new("/nonexistent"))).is_ok());
    }
}
