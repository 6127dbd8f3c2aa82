//! Why nothing could be proven.

use std::path::PathBuf;

use thiserror::Error;

use crate::image::ImageError;
use crate::project::PatternError;
use crate::timing::without_command;
use dockerfile::ParseError;
use engine::EngineError;

/// Why nothing could be proven. That two images differ is no error, it is a [`Proof`](super::Proof).
#[derive(Debug, Error)]
pub enum ProofError {
    /// The text is no Dockerfile.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// No such stage.
    #[error("no stage `{target}`, expected one of `{}`", stages.join("`, `"))]
    Target {
        /// What was asked for.
        target: String,
        /// What there is.
        stages: Vec<String>,
    },
    /// A file of the context cannot be read.
    #[error("cannot read `{path}` of the build context: {source}")]
    Context {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The ignore file cannot be used.
    #[error("cannot use `{path}`: {source}")]
    Ignore {
        /// The file.
        path: PathBuf,
        /// The line at fault.
        source: PatternError,
    },
    /// A step failed, or the engine's frontend.
    #[error("the build failed{}", in_step(.line, .label, .message))]
    Build {
        /// First line of the instruction at fault; `None` where it was the engine's own work.
        line: Option<usize>,
        /// What it does, on one line.
        label: String,
        /// The engine's words.
        message: String,
        /// The last lines that the step wrote.
        log: Vec<String>,
    },
    /// It was interrupted.
    #[error("interrupted; the step was stopped in the engine, and nothing was written")]
    Interrupted,
    /// The image cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The engine could not be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn in_step(line: &Option<usize>, label: &str, message: &str) -> String {
    let message = without_command(message);
    match line {
        Some(line) => format!(" at line {line} ({label}): {message}"),
        None => format!(": {message}"),
    }
}

impl ProofError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Build { message, .. } if message.contains("failed to compute cache key") => {
                Some("name the folder that it copies from: `--context DIR`".to_owned())
            }
            Self::Image(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            _ => None,
        }
    }
}
