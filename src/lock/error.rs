//! Why packages could not be locked.

use thiserror::Error;

use super::{Registry, Requirement};
use crate::profile::EditError;
use crate::project::AssetError;

/// A profile that cannot be locked.
#[derive(Debug, Error)]
pub enum UpdateError {
    /// It is inside mad, or elsewhere.
    #[error("the profile `{name}` is not a file of the project, expected `{path}`")]
    NotOwn {
        /// As it was asked for.
        name: String,
        /// Where it would be.
        path: String,
    },
    /// Its Python lock belongs to a row of the CUDA table.
    #[error(
        "the Python packages of a profile with `gpu` are those of a row of profiles/cuda-versions.yaml, and mad does not write these locks"
    )]
    Gpu,
    /// A name that the profile's own file does not have.
    #[error("the profile `{profile}` has no package `{name}` of its own")]
    NoSuchPackage {
        /// The profile.
        profile: String,
        /// As it was asked for.
        name: String,
    },
    /// A lock that cannot be read.
    #[error(transparent)]
    Asset(#[from] AssetError),
}

impl UpdateError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotOwn { .. } => Some("begin one of your own: `mad init`".to_owned()),
            Self::Gpu => Some(
                "copy the row and its lock into your project; `uv pip compile` writes the lock"
                    .to_owned(),
            ),
            Self::NoSuchPackage { .. } => None,
            Self::Asset(error) => error.hint(),
        }
    }
}

/// An answer that cannot be used.
#[derive(Debug, Error)]
pub enum AnswerError {
    /// The registry has no such package, or none that fits.
    #[error("found no version of `{0}`")]
    NoVersion(Requirement),
    /// One package in several versions: a profile says one.
    #[error("`{wanted}` would be {}, expected one version", .versions.join(" and "))]
    Several {
        /// As it was asked for.
        wanted: Requirement,
        /// Those.
        versions: Vec<String>,
    },
    /// A version that no profile can hold.
    #[error("`{wanted}` is at version `{version}`, which a profile cannot name")]
    Unnameable {
        /// As it was asked for.
        wanted: Requirement,
        /// That version.
        version: String,
    },
    /// The engine's image has no such file.
    #[error("the answer has no `{0}`")]
    Missing(&'static str),
    /// The profile's file cannot be changed.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl AnswerError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Edit(error) => error.hint(),
            Self::NoVersion(wanted) if wanted.registry == Registry::Apt => {
                Some("the package may have another name in this distribution".to_owned())
            }
            _ => None,
        }
    }
}
