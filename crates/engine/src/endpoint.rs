//! Where the engine is: `DOCKER_HOST`, Docker contexts, and the default socket.
//!
//! The order is the Docker CLI's (`cli/command/cli.go`, `resolveContextName`): `DOCKER_HOST`, then
//! `DOCKER_CONTEXT`, then `currentContext` of the configuration, then the default socket. The
//! environment is read by the caller and handed in.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::EngineError;

/// The socket that a plain installation listens on.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// The settings of the Docker CLI that mad honours, as read from the environment.
#[derive(Debug, Clone, Default)]
pub struct DockerSettings {
    /// `DOCKER_HOST`.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub context: Option<String>,
    /// `DOCKER_CONFIG`, or `~/.docker`.
    pub config_dir: Option<PathBuf>,
    /// `DOCKER_CERT_PATH`.
    pub cert_path: Option<PathBuf>,
    /// Whether `DOCKER_TLS_VERIFY` or `DOCKER_TLS` is set to anything; mad verifies in both cases.
    pub tls_verify: bool,
}

/// An address that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP address.
    Tcp {
        /// `host:port`.
        address: String,
        /// The files for TLS; `None` for a plain connection.
        tls: Option<TlsFiles>,
    },
}

/// Client certificate, key and the CA that signed the server's certificate, all PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// `ca.pem`.
    pub ca: PathBuf,
    /// `cert.pem`.
    pub cert: PathBuf,
    /// `key.pem`.
    pub key: PathBuf,
}

impl TlsFiles {
    fn in_dir(dir: &Path) -> Self {
        Self { ca: dir.join("ca.pem"), cert: dir.join("cert.pem"), key: dir.join("key.pem") }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { address, .. } => write!(f, "tcp://{}", without_login(address)),
        }
    }
}

/// An address that was typed, as it may be shown.
fn shown(host: &str) -> String {
    match host.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('@') => {
            format!("{scheme}://{}", without_login(rest))
        }
        _ => without_login(host).to_owned(),
    }
}

/// What stands before an `@` may be a password, and so may what is asked behind a `?`.
fn without_login(address: &str) -> &str {
    let address = address.rsplit('@').next().unwrap_or_default();
    address.split('?').next().unwrap_or_default()
}

impl Endpoint {
    /// The engine that the Docker CLI would talk to under the same settings.
    pub fn resolve(settings: &DockerSettings) -> Result<Self, EngineError> {
        if let Some(host) = settings.host.as_deref().filter(|host| !host.is_empty()) {
            let is_asked =
                settings.tls_verify || settings.cert_path.is_some() || host.starts_with("https://");
            let folder = settings.cert_path.as_deref().or(settings.config_dir.as_deref());
            if is_asked && folder.is_none() {
                return Err(EngineError::UnsupportedHost {
                    host: shown(host),
                    why: " over TLS without certificates: set DOCKER_CERT_PATH to their folder"
                        .to_owned(),
                });
            }
            let tls = folder.filter(|_| is_asked).map(TlsFiles::in_dir);
            return Self::parse(host, tls).inspect(|found| found.log("DOCKER_HOST"));
        }
        let config_dir = settings.config_dir.as_deref();
        let chosen = settings.context.clone().filter(|name| !name.is_empty());
        match (chosen.or_else(|| config_dir.and_then(current_context)), config_dir) {
            (Some(name), Some(dir)) if name != "default" => {
                let why = format!("Docker context `{name}`");
                Self::from_context(dir, &name).inspect(|found| found.log(&why))
            }
            (Some(name), None) if name != "default" => Err(EngineError::Context {
                name,
                why: "no configuration folder is known".to_owned(),
            }),
            _ => {
                let found = Self::Unix(PathBuf::from(DEFAULT_SOCKET));
                found.log("neither DOCKER_HOST nor a Docker context");
                Ok(found)
            }
        }
    }

    /// Logs which engine was chosen.
    fn log(&self, because: &str) {
        let engine = self.to_string();
        let tls = matches!(self, Self::Tcp { tls: Some(_), .. });
        tracing::info!(engine, because, tls, "engine chosen");
    }

    fn parse(host: &str, tls: Option<TlsFiles>) -> Result<Self, EngineError> {
        let unsupported =
            |why: &str| EngineError::UnsupportedHost { host: shown(host), why: why.to_owned() };
        match host.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            Some(("unix", _)) => Err(unsupported(", with an absolute path")),
            Some(("tcp" | "http" | "https", rest)) => {
                // Docker drops a login, too.
                let address = without_login(rest).trim_end_matches('/');
                let port = if tls.is_some() { 2376 } else { 2375 };
                let address = match address.rsplit_once(':') {
                    _ if address.is_empty() => return Err(unsupported(", with a host name")),
                    Some((_, digits)) if digits.parse::<u16>().is_ok() => address.to_owned(),
                    Some((_, rest)) if !rest.contains(']') => {
                        return Err(unsupported(", with a port from 0 to 65535"));
                    }
                    _ => format!("{address}:{port}"),
                };
                Ok(Self::Tcp { address, tls })
            }
            _ => Err(unsupported("")),
        }
    }

    fn from_context(config_dir: &Path, name: &str) -> Result<Self, EngineError> {
        // A context's files live in folders named after the SHA-256 of its name (docker/cli,
        // cli/context/store).
        let id = hash::sha256(name);
        let meta_path = config_dir.join("contexts/meta").join(&id).join("meta.json");
        let fail = |why: String| EngineError::Context { name: name.to_owned(), why };
        let text = std::fs::read_to_string(&meta_path)
            .map_err(|error| fail(format!("`{}`: {error}", meta_path.display())))?;
        let meta: ContextMeta = serde_json::from_str(&text)
            .map_err(|error| fail(format!("`{}`: {error}", meta_path.display())))?;
        let docker =
            meta.endpoints.docker.ok_or_else(|| fail("it has no docker endpoint".to_owned()))?;
        if docker.skip_tls_verify {
            return Err(fail("it skips TLS verification, which mad does not do".to_owned()));
        }
        let tls_dir = config_dir.join("contexts/tls").join(&id).join("docker");
        let tls = tls_dir.is_dir().then(|| TlsFiles::in_dir(&tls_dir));
        Self::parse(&docker.host, tls)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextMeta {
    #[serde(default)]
    endpoints: ContextEndpoints,
}

#[derive(Deserialize, Default)]
struct ContextEndpoints {
    docker: Option<ContextEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextEndpoint {
    #[serde(default)]
    host: String,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

/// `currentContext` of `config.json`; an unreadable configuration means none, as for Docker.
fn current_context(config_dir: &Path) -> Option<String> {
    let text = std::fs::read_to_string(config_dir.join("config.json")).ok()?;
    let config: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(config.get("currentContext")?.as_str()?.to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: Option<&str>) -> DockerSettings {
        DockerSettings { host: host.map(str::to_owned), ..DockerSettings::default() }
    }

    #[test]
    fn without_settings_it_is_the_default_socket() {
        let endpoint = Endpoint::resolve(&settings(None)).unwrap();
        assert_eq!(endpoint.to_string(), "unix:///var/run/docker.sock");
    }

    #[test]
    fn hosts_are_read_as_docker_reads_them() {
        for (host, expected) in [
            ("unix:///run/x.sock", "unix:///run/x.sock"),
            ("tcp://127.0.0.1:4000", "tcp://127.0.0.1:4000"),
            ("tcp://engine", "tcp://engine:2375"),
            ("tcp://[::1]", "tcp://[::1]:2375"),
            ("tcp://[::1]:99", "tcp://[::1]:99"),
        ] {
            assert_eq!(Endpoint::resolve(&settings(Some(host))).unwrap().to_string(), expected);
        }
        for host in
            ["ssh://engine", "unix://relative", "tcp://", "tcp://h:port", "npipe:////./pipe/x", "x"]
        {
            let error = Endpoint::resolve(&settings(Some(host))).unwrap_err();
            assert!(matches!(error, EngineError::UnsupportedHost { .. }), "{host}: {error}");
        }
    }

    #[test]
    fn no_message_has_the_login_of_an_address() {
        for host in [
            "ssh://user:CANARY@engine",
            "tcp://user:CANARY@engine:port",
            "tcp://engine:port?token=CANARY",
            "user:CANARY@engine",
            "user:CANARY@a@engine",
            "user:CANARY@tcp://engine",
            "tcp://user:CANARY@",
        ] {
            let error = Endpoint::resolve(&settings(Some(host))).unwrap_err();
            let all = format!("{error} {error:?} {:?}", error.hint());
            assert!(!all.contains("CANARY"), "{host}: {all}");
        }
        let good = Endpoint::resolve(&settings(Some("tcp://user:CANARY@engine"))).unwrap();
        assert_eq!(good.to_string(), "tcp://engine:2375");
    }

    #[test]
    fn tls_is_used_when_docker_would_use_it() {
        let with = DockerSettings {
            tls_verify: true,
            cert_path: Some(PathBuf::from("/certs")),
            ..settings(Some("tcp://engine"))
        };
        let Endpoint::Tcp { address, tls: Some(tls) } = Endpoint::resolve(&with).unwrap() else {
            panic!("expected TLS");
        };
        assert_eq!((address.as_str(), tls.ca), ("engine:2376", PathBuf::from("/certs/ca.pem")));
    }

    #[test]
    fn tls_that_is_asked_for_is_tls_or_refused() {
        let tcp = || settings(Some("tcp://engine"));
        let https = || settings(Some("https://engine"));
        let certificates = Some(PathBuf::from("/certs"));
        let plain = Endpoint::resolve(&tcp()).unwrap();
        assert!(matches!(plain, Endpoint::Tcp { tls: None, .. }));
        for with in [DockerSettings { tls_verify: true, ..tcp() }, https()] {
            let error = Endpoint::resolve(&with).unwrap_err();
            assert!(error.to_string().contains("DOCKER_CERT_PATH"), "{error}");
            let with = DockerSettings { cert_path: certificates.clone(), ..with };
            let found = Endpoint::resolve(&with).unwrap();
            assert!(matches!(found, Endpoint::Tcp { tls: Some(_), .. }), "{found:?}");
        }
    }

    #[test]
    fn contexts_come_from_the_environment_then_the_configuration() {
        let dir = tempfile::tempdir().unwrap();
        for (name, host) in [("remote", "tcp://10.0.0.1:2375"), ("other", "unix:///o.sock")] {
            let meta = dir.path().join("contexts/meta").join(hash::sha256(name));
            std::fs::create_dir_all(&meta).unwrap();
            let text =
                format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
            std::fs::write(meta.join("meta.json"), text).unwrap();
        }
        std::fs::write(dir.path().join("config.json"), r#"{"currentContext":"remote"}"#).unwrap();
        let mut with = settings(None);
        with.config_dir = Some(dir.path().to_owned());
        assert_eq!(Endpoint::resolve(&with).unwrap().to_string(), "tcp://10.0.0.1:2375");
        with.context = Some("other".to_owned());
        assert_eq!(Endpoint::resolve(&with).unwrap().to_string(), "unix:///o.sock");
        with.context = Some("default".to_owned());
        assert_eq!(Endpoint::resolve(&with).unwrap().to_string(), "unix:///var/run/docker.sock");
        with.context = Some("missing".to_owned());
        assert!(matches!(Endpoint::resolve(&with).unwrap_err(), EngineError::Context { .. }));
        with.host = Some("tcp://1.2.3.4:5".to_owned());
        assert_eq!(Endpoint::resolve(&with).unwrap().to_string(), "tcp://1.2.3.4:5");
    }
}
