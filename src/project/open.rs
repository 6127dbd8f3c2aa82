//! A project: a folder, and the settings in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::discover::{folder_around, has_project};
use super::settings::Settings;
use super::yaml::{Explain, Fault, Located, render_all};

/// An opened project. Nothing of it is read but the settings; assets and files are read when asked.
#[derive(Debug, Clone)]
pub struct Project {
    root: Arc<Path>,
    settings: Settings,
}

impl Project {
    /// Opens the folder `root` and reads `mad.yaml` and `mad.local.yaml` where they exist.
    pub fn open(root: &Path) -> Result<Self, ProjectError> {
        let real = root.canonicalize().map_err(|error| ProjectError::Unreadable {
            path: root.to_owned(),
            reason: error.to_string(),
        })?;
        if !real.is_dir() {
            return Err(ProjectError::NotAFolder { path: root.to_owned() });
        }
        let settings = Settings::read(&real)?;
        Ok(Self { root: real.into(), settings })
    }

    /// Opens the project that the folder `from` is in: the nearest folder upwards with files of a project,
    /// `from` itself where there is none.
    pub fn around(from: &Path) -> Result<Self, ProjectError> {
        Self::open(&folder_around(from))
    }

    /// Whether the folder has files of a project: settings, profiles, patch series, templates.
    pub fn has_files(&self) -> bool {
        has_project(&self.root)
    }

    pub(super) fn shared_root(&self) -> Arc<Path> {
        Arc::clone(&self.root)
    }

    /// The folder, absolute and without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What `mad.yaml` and `mad.local.yaml` say.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// Why a project cannot be opened.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// Not there, or not to be read.
    #[error("the project folder `{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A file.
    #[error("found a file at `{}`, expected the project folder", path.display())]
    NotAFolder {
        /// As given.
        path: PathBuf,
    },
    /// A settings file that leaves the project.
    #[error(transparent)]
    Path(#[from] super::PathError),
    /// A settings file with faults.
    #[error("{}", Rendered(.0))]
    Settings(Vec<Located<Fault>>),
}

impl ProjectError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } | Self::NotAFolder { .. } => {
                Some("name the folder with `-C DIR`".to_owned())
            }
            Self::Settings(faults) if faults.len() == 1 => faults[0].fault.hint(),
            Self::Settings(_) | Self::Path(_) => None,
        }
    }
}

struct Rendered<'a>(&'a [Located<Fault>]);

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render_all(f, self.0)
    }
}
