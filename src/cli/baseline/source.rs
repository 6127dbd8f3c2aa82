//! Where a committed baseline is read: the project's folder, or a revision of its git.
//!
//! A build of a pull request is judged by the baseline of the branch that it goes to, not by its
//! own copy, which it may have changed.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use thiserror::Error;

use crate::timing::judge::{BaselineFile, BaselineFileError};

/// Where a committed baseline is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineSource {
    /// A file of the project as it is on disk.
    File {
        /// Relative to the project's folder.
        path: String,
    },
    /// A file of the project as it is in a revision.
    Git {
        /// A branch, a tag or a commit.
        revision: String,
        /// Relative to the project's folder.
        path: String,
    },
}

/// Why a committed baseline cannot be read.
#[derive(Debug, Error)]
pub enum SourceError {
    /// It is not what it should be.
    #[error(transparent)]
    File(#[from] BaselineFileError),
    /// It cannot be read.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's words.
        why: String,
    },
    /// There is no git.
    #[error("cannot read the baseline of `{revision}`: no program `git`")]
    NoGit {
        /// As given.
        revision: String,
    },
    /// Git does not know the revision.
    #[error("found no revision `{revision}` in this project's git")]
    NoRevision {
        /// As given.
        revision: String,
    },
    /// Git failed at something else.
    #[error("git cannot show `{what}`: {why}")]
    Git {
        /// Revision and path.
        what: String,
        /// Git's words.
        why: String,
    },
}

impl SourceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::NoRevision { revision } => {
                let branch = revision.strip_prefix("origin/").unwrap_or(revision);
                Some(format!(
                    "a shallow clone has no other branches: run `git fetch origin {branch}`"
                ))
            }
            Self::NoGit { .. } => Some("install git".to_owned()),
            Self::Unreadable { .. } | Self::Git { .. } => None,
        }
    }
}

impl BaselineSource {
    /// As a verdict names it: `baselines/cpu.yaml`, `main:baselines/cpu.yaml`.
    pub fn name(&self) -> String {
        match self {
            Self::File { path } => path.clone(),
            Self::Git { revision, path } => format!("{revision}:{path}"),
        }
    }

    /// The baseline of `profile` in the project at `root`; `None` where the file is not there.
    pub fn read(&self, root: &Path, profile: &str) -> Result<Option<BaselineFile>, SourceError> {
        let text = match self {
            Self::File { path } => on_disk(root, path)?,
            Self::Git { revision, path } => in_git(root, revision, path)?,
        };
        let parsed = text.map(|text| BaselineFile::parse(&self.name(), profile, &text));
        Ok(parsed.transpose()?)
    }
}

fn on_disk(root: &Path, path: &str) -> Result<Option<String>, SourceError> {
    match std::fs::read_to_string(root.join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(SourceError::Unreadable { path: path.to_owned(), why: error.to_string() })
        }
    }
}

fn in_git(root: &Path, revision: &str, path: &str) -> Result<Option<String>, SourceError> {
    let no_git = || SourceError::NoGit { revision: revision.to_owned() };
    let program = which::which("git").map_err(|_| no_git())?;
    let git = |arguments: &[&str]| -> Result<Output, SourceError> {
        let mut command = Command::new(&program);
        command.arg("-C").arg(root).args(arguments).stdin(Stdio::null());
        command.output().map_err(|error| SourceError::Git {
            what: format!("{revision}:{path}"),
            why: error.to_string(),
        })
    };
    let commit = format!("{revision}^{{commit}}");
    let known = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
    if !known.status.success() {
        return Err(SourceError::NoRevision { revision: revision.to_owned() });
    }
    // By its hash from here on: a branch may move meanwhile.
    let commit = String::from_utf8_lossy(&known.stdout).trim().to_owned();
    let listed = git(&["ls-tree", "--name-only", &commit, "--", path])?;
    if listed.status.success() && listed.stdout.is_empty() {
        return Ok(None);
    }
    let shown = git(&["show", &format!("{commit}:./{path}")])?;
    if !shown.status.success() {
        let why = String::from_utf8_lossy(&shown.stderr).trim().to_owned();
        return Err(SourceError::Git { what: format!("{revision}:{path}"), why });
    }
    Ok(Some(String::from_utf8_lossy(&shown.stdout).into_owned()))
}
