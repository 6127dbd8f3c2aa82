//! Why the files of a profile cannot be copied.

use thiserror::Error;

use super::{AssetError, PathError, PatternError};

/// Why a source cannot be copied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilesError {
    /// A path that is not one of the project.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Nothing there.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// A broken `.dockerignore`.
    #[error(transparent)]
    Ignore(#[from] PatternError),
    /// `.dockerignore` leaves nothing to copy.
    #[error("`.dockerignore` leaves nothing of `{path}`")]
    AllIgnored {
        /// Relative to the project.
        path: String,
    },
    /// A folder without a file in it.
    #[error("`{path}` is a folder without files")]
    NoFiles {
        /// Relative to the project.
        path: String,
    },
    /// A fifo, a socket, a device.
    #[error("found {what} at `{path}`, expected files, folders and links")]
    Special {
        /// Relative to the project.
        path: String,
        /// What is there.
        what: &'static str,
    },
    /// A link whose target is not UTF-8.
    #[error("what the link `{path}` points to is not UTF-8")]
    LinkText {
        /// Relative to the project.
        path: String,
    },
    /// A name that is not UTF-8.
    #[error("the name of `{path}` is not UTF-8")]
    Name {
        /// Relative to the project, as well as it can be shown.
        path: String,
    },
}

impl FilesError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Asset(error) => error.hint(),
            Self::AllIgnored { path } => Some(format!("add `!{path}` to `.dockerignore`")),
            Self::Special { path, .. } => Some(format!("add `{path}` to `.dockerignore`")),
            _ => None,
        }
    }
}
