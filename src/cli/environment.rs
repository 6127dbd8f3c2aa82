//! What is read from the environment; nothing below `cli` reads it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::engine::DockerSettings;

/// The Docker CLI's settings.
pub fn docker_settings() -> DockerSettings {
    let text = |name| set(name).and_then(|value| value.into_string().ok());
    DockerSettings {
        host: text("DOCKER_HOST"),
        context: text("DOCKER_CONTEXT"),
        config_dir: set("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".docker"))),
        cert_path: set("DOCKER_CERT_PATH").map(PathBuf::from),
        tls_verify: set("DOCKER_TLS_VERIFY").is_some(),
    }
}

/// A variable that is set to something.
pub fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
