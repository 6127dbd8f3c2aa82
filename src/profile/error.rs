//! Why a profile cannot be loaded.

use std::fmt;

use thiserror::Error;

use super::fault::{Fault, meant};
use crate::project::AssetError;
use crate::project::yaml::{Explain, Located, render_all, shown};

/// Why a profile cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// No profile of that name.
    #[error("no profile `{}`", shown(.name))]
    Unknown {
        /// As asked for.
        name: String,
        /// What was probably meant.
        suggestion: Option<String>,
        /// The profiles that exist.
        known: Vec<String>,
    },
    /// A file that cannot be read.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// Faults with their places; never empty.
    #[error("{}", Rendered(.0))]
    Faults(Vec<Located<Fault>>),
}

impl ProfileError {
    pub(super) fn one(located: Located<Fault>) -> Self {
        Self::Faults(vec![located])
    }

    /// What to do about it; `None` where several faults each show their own.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { suggestion, known, .. } => {
                meant(suggestion.as_ref(), "profiles", known)
            }
            Self::Asset(error) => error.hint(),
            Self::Faults(faults) if faults.len() == 1 => faults[0].fault.hint(),
            Self::Faults(_) => None,
        }
    }
}

struct Rendered<'a>(&'a [Located<Fault>]);

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render_all(f, self.0)
    }
}
