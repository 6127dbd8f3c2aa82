//! What is read from the environment; nothing below `cli` reads it.

use std::ffi::OsString;
use std::path::PathBuf;

use super::exit::UsageError;
use engine::DockerSettings;

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

/// The history of builds: `$MAD_HISTORY`, else `$XDG_STATE_HOME/mad/history.db`; the specification
/// wants a relative folder ignored.
pub fn history_file() -> Result<PathBuf, UsageError> {
    if let Some(stated) = set("MAD_HISTORY") {
        return Ok(stated.into());
    }
    let stated = set("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = set("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let folder = stated.or(home).ok_or_else(|| UsageError {
        message: "found neither HOME nor XDG_STATE_HOME, expected a place for the history"
            .to_owned(),
        hint: Some("name a file with MAD_HISTORY=FILE".to_owned()),
    })?;
    Ok(folder.join("mad/history.db"))
}

/// A variable that is set, to nothing too.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A variable that is set to something.
pub fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
