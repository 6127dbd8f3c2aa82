//! Why an image could not be tried.

use thiserror::Error;

use crate::patch::SeriesFilesError;
use crate::patch::probe::ProbeError;
use engine::EngineError;

/// Why an image could not be tried. What is wrong with it is no error.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The engine has no such image.
    #[error("the image `{image}` is not on the engine")]
    NoImage {
        /// As it was named.
        image: String,
    },
    /// The engine could not be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The probes of the patches could not be run.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The patches of the profile cannot be read.
    #[error(transparent)]
    Series(#[from] SeriesFilesError),
}

impl VerifyError {
    /// A command that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoImage { image } => {
                Some(format!("pull it, `docker pull {image}`, or build it, `mad build`"))
            }
            Self::Engine(error) => error.hint(),
            Self::Probe(error) => error.hint(),
            Self::Series(error) => error.hint(),
        }
    }
}
