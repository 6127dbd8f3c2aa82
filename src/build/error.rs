//! How a build can end without an image, and what to do about it.

use thiserror::Error;

use crate::timing::without_command;
use engine::EngineError;

/// How a build can end without an image.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The plan cannot be sent.
    #[error("cannot pack the context: {0}")]
    Context(std::io::Error),
    /// A step or the engine's frontend failed.
    #[error("the build failed{}", failed_in(.step.as_ref(), .message))]
    Failed {
        /// The step at fault; `None` where it was the engine's own work.
        step: Option<FailedStep>,
        /// The engine's words.
        message: String,
    },
    /// A patched file of the image is not as it was proven.
    #[error("no tag was moved: {}", others(.files))]
    Unpatched {
        /// Those files.
        files: Vec<OtherFile>,
    },
    /// The image could not be tried, and nobody knows whether its gates hold.
    #[error("no tag was moved: the image could not be tried: {why}")]
    Untried {
        /// What went wrong.
        why: String,
    },
    /// It was interrupted.
    #[error("interrupted; the step was stopped in the engine, and no tag was moved")]
    Interrupted,
    /// It was interrupted while the engine was asked to move a tag, and did not answer.
    #[error("interrupted while `{tag}` was being moved: the engine did not say whether it was")]
    InterruptedMoving {
        /// The tag.
        tag: String,
    },
    /// It was interrupted between two tags.
    #[error("interrupted: {} moved, `{next}` and what follows it did not", quoted(.moved))]
    InterruptedBetween {
        /// Those that moved.
        moved: Vec<String>,
        /// The first that did not.
        next: String,
    },
    /// The image is good and named, and was interrupted on its way elsewhere.
    #[error("interrupted: the image is built and named, but not {what}")]
    InterruptedDelivery {
        /// What did not happen: `pushed as NAME`.
        what: String,
    },
    /// The image is good and named, and a registry did not take it.
    #[error("the image is built and named, but `{tag}` is not pushed: {message}")]
    NotPushed {
        /// The name.
        tag: String,
        /// The engine's words.
        message: String,
    },
    /// The engine could not be used.
    #[error(transparent)]
    Engine(EngineError),
}

impl From<EngineError> for BuildError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled => Self::Interrupted,
            error => Self::Engine(error),
        }
    }
}

impl BuildError {
    /// Whether somebody interrupted it.
    pub fn is_interrupted(&self) -> bool {
        matches!(
            self,
            Self::Interrupted
                | Self::InterruptedMoving { .. }
                | Self::InterruptedBetween { .. }
                | Self::InterruptedDelivery { .. }
        )
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A file of an image that should be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherFile {
    /// In the image.
    pub path: String,
    /// SHA-256 by matrix.lock.
    pub expected: String,
    /// SHA-256 in the image, or nothing.
    pub found: Option<String>,
}

fn others(files: &[OtherFile]) -> String {
    let one = |OtherFile { path, expected, found }: &OtherFile| {
        let found =
            found.as_ref().map_or("no such file".to_owned(), |hash| format!("sha256 {hash}"));
        format!(
            "`{path}` in the image is not the patched file: found {found}, expected sha256 {expected}"
        )
    };
    files.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The step at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStep {
    /// Its profile.
    pub profile: String,
    /// Its stage.
    pub stage: String,
    /// Its place in the stage: `2/3`.
    pub position: String,
    /// What it does, on one line.
    pub label: String,
    /// The template line that wrote it.
    pub origin: Option<String>,
}

/// Which step, where it is written, and how it ended: its instruction and its output were shown.
fn failed_in(step: Option<&FailedStep>, message: &str) -> String {
    let message = without_command(message);
    let Some(FailedStep { stage, position, origin, .. }) = step else {
        return format!(": {message}");
    };
    let at = origin.as_ref().map_or_else(String::new, |origin| format!(" ({origin})"));
    format!(" in {stage} {position}{at}: {message}")
}

impl BuildError {
    /// One command or change that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Failed { message, .. } if message.contains("no space left on device") => Some(
                "`docker system df` tells what takes the engine's disk; `docker builder prune` empties its build cache".to_owned(),
            ),
            Self::Failed { step: None, message } | Self::NotPushed { message, .. } if message.contains("login for `") || message.contains("logged in to `") || message.contains("used the login that `") => Some(
                "`docker login REGISTRY` stores a login; `config.json` names the credential helper".to_owned(),
            ),
            Self::Failed { step: None, message } if names_registry(message) => Some(
                "without a registry, make a base image: `mad base bootstrap --suite trixie --default`".to_owned(),
            ),
            Self::Failed { step: Some(step), .. } => {
                Some(format!("`mad build -p {} --shell-on-failure`, with what else was asked for, opens a shell in the image before this step", step.profile))
            }
            Self::Unpatched { .. } => Some(
                "a step after `patched`, or a file of the profile, overwrites it: `mad render` shows the steps".to_owned(),
            ),
            Self::InterruptedMoving { tag } => {
                Some(format!("see what it names: `docker image inspect -f '{{{{.Id}}}}' {tag}`"))
            }
            Self::Engine(error) => error.hint(),
            _ => None,
        }
    }
}

/// Whether the engine failed at a registry, before any step ran.
fn names_registry(message: &str) -> bool {
    [
        "failed to resolve",
        "failed to do request",
        "pull access denied",
        "no such host",
        "failed to authorize",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_of_the_engine_is_told_from_a_failed_step() {
        let step = || FailedStep {
            profile: "cpu".to_owned(),
            stage: "final".to_owned(),
            position: "1/2".to_owned(),
            label: "RUN x".to_owned(),
            origin: None,
        };
        let full =
            "failed to prepare mzp9: mkdir /var/lib/docker/overlay2/mzp9: no space left on device";
        for (step, message, hint) in [
            (None, full, "docker system df"),
            (Some(step()), full, "docker system df"),
            (Some(step()), "exit code: 1", "--shell-on-failure"),
        ] {
            let error = BuildError::Failed { step, message: message.to_owned() };
            assert!(error.hint().unwrap().contains(hint), "{error}");
        }
    }
}
