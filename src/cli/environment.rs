//! What is read from the environment; nothing below `cli` reads it.

use std::ffi::OsString;
use std::path::PathBuf;

use super::exit::UsageError;
use engine::DockerSettings;

/// The Docker CLI's settings.
pub fn docker_settings() -> DockerSettings {
    // What is no text names no engine, and is refused as such: the default one is not what was asked for.
    let text = |name| set(name).map(|value| value.to_string_lossy().into_owned());
    DockerSettings {
        host: text("DOCKER_HOST"),
        context: text("DOCKER_CONTEXT"),
        config_dir: set("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".docker"))),
        cert_path: set("DOCKER_CERT_PATH").map(PathBuf::from),
        tls_verify: set("DOCKER_TLS_VERIFY").is_some() || set("DOCKER_TLS").is_some(),
    }
}

/// A folder that stands for `/` where GPUs are looked for, for tests.
pub fn gpu_root() -> PathBuf {
    set("MAD_GPU_ROOT").map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// The folders of PATH.
pub fn path() -> Vec<PathBuf> {
    set("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// The history of builds: `$MAD_HISTORY`, else `$XDG_STATE_HOME/mad/history.db`; the specification
/// wants a relative folder ignored.
pub fn history_file() -> Result<PathBuf, UsageError> {
    if let Some(stated) = set("MAD_HISTORY") {
        return Ok(stated.into());
    }
    let folder = state().ok_or_else(|| UsageError {
        message: "found neither HOME nor XDG_STATE_HOME, expected a place for the history"
            .to_owned(),
        hint: Some("name a file with MAD_HISTORY=FILE".to_owned()),
    })?;
    Ok(folder.join("history.db"))
}

/// Where mad keeps what it has brought up: `$XDG_STATE_HOME/mad`.
pub fn state_folder() -> Result<PathBuf, UsageError> {
    state().ok_or_else(|| UsageError {
        message: "found neither HOME nor XDG_STATE_HOME, expected a place for compose.yaml"
            .to_owned(),
        hint: Some(
            "render it yourself, and run `docker compose up` there: `mad render -o DIR`".to_owned(),
        ),
    })
}

fn state() -> Option<PathBuf> {
    let stated = set("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = set("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Some(stated.or(home)?.join("mad"))
}

/// A variable that is set, to nothing too.
#[allow(clippy::disallowed_methods)] // here and nowhere else
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A variable that is set, to nothing too; `None` also where it is no text.
pub fn text(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// The job of a CI service that mad runs in, as far as the service names it: `MAD_RUN` where that is
/// set, else what GitHub Actions, GitLab, Buildkite, CircleCI, Azure Pipelines or Jenkins say.
pub fn ci_run() -> Option<String> {
    const SERVICES: [(&str, &[&str]); 7] = [
        ("run", &["MAD_RUN"]),
        ("github", &["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB"]),
        ("gitlab", &["CI_JOB_ID"]),
        ("buildkite", &["BUILDKITE_JOB_ID"]),
        ("circleci", &["CIRCLE_WORKFLOW_JOB_ID"]),
        ("azure", &["SYSTEM_JOBID", "BUILD_BUILDID"]),
        ("jenkins", &["BUILD_TAG"]),
    ];
    SERVICES.iter().find_map(|(service, names)| {
        set(names[0])?;
        let parts = names.iter().filter_map(|name| set(name)?.into_string().ok());
        let id = parts.collect::<Vec<_>>().join("/");
        Some(crate::timing::clean_line(&format!("{service} {id}")))
    })
}

/// Whether mad runs in CI.
pub fn is_ci() -> bool {
    ci_run().is_some() || set("CI").is_some_and(|value| value != "false" && value != "0")
}

/// A variable that is set to something.
pub fn set(name: &str) -> Option<OsString> {
    variable(name).filter(|value| !value.is_empty())
}
