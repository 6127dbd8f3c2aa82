//! A cache that does not do its work.

use std::path::PathBuf;

use thiserror::Error;

/// What went wrong, and with which file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CacheError {
    /// Changed since it was written.
    #[error("the cache file `{path}` is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// It cannot be read.
    #[error("cannot read the cache at `{path}`: {why}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// It cannot be written; nothing was changed.
    #[error("cannot write the cache at `{path}`: {why}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
}

impl CacheError {
    /// One command or change that helps.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Damaged { path, .. } => {
                format!("`rm {}`, then fetch it again without `--offline`", path.display())
            }
            Self::Read { path, .. } => format!("`ls -l {}`", path.display()),
            Self::Write { path, .. } => {
                let folder = path.parent().unwrap_or(path);
                format!(
                    "`df -h {}` shows what is free; XDG_CACHE_HOME moves the cache",
                    folder.display()
                )
            }
        })
    }
}
