//! The file as text, read.

use thiserror::Error;

use super::{BASELINE_SCHEMA, BaselineFile};

/// Why a baseline cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaselineFileError {
    /// No YAML, or not of this shape.
    #[error("{file}:{line}:{column}: {reason}")]
    Refused {
        /// The file's name.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// Another schema.
    #[error("{file}: found the schema `{found}`, expected `{BASELINE_SCHEMA}`")]
    Schema {
        /// The file's name.
        file: String,
        /// As written.
        found: String,
    },
    /// The baseline of another profile.
    #[error("{file}: found the baseline of the profile `{found}`, expected that of `{expected}`")]
    Profile {
        /// The file's name.
        file: String,
        /// As written.
        found: String,
        /// The profile of the file's name.
        expected: String,
    },
}

impl BaselineFileError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { .. } => None,
            Self::Schema { found, .. } if found.starts_with("mad.baseline/") => {
                Some("written by a newer mad: use that one".to_owned())
            }
            Self::Schema { .. } | Self::Profile { .. } => {
                Some("`mad baseline set -p PROFILE` writes one from the history".to_owned())
            }
        }
    }
}

impl BaselineFile {
    /// Reads the baseline of `profile`; `file` is its name in errors.
    pub fn parse(file: &str, profile: &str, text: &str) -> Result<Self, BaselineFileError> {
        let parsed: Self = serde_yaml::from_str(text).map_err(|error| {
            let (line, column) =
                error.location().map_or((1, 1), |place| (place.line(), place.column()));
            // The library's own words end with the place that stands in front here.
            let reason = error.to_string();
            let end = reason.rfind(" at line ").unwrap_or(reason.len());
            let reason = reason[..end].to_owned();
            BaselineFileError::Refused { file: file.to_owned(), line, column, reason }
        })?;
        if parsed.schema != BASELINE_SCHEMA {
            let found = parsed.schema;
            return Err(BaselineFileError::Schema { file: file.to_owned(), found });
        }
        if parsed.profile != profile {
            let (found, expected) = (parsed.profile, profile.to_owned());
            return Err(BaselineFileError::Profile { file: file.to_owned(), found, expected });
        }
        Ok(parsed)
    }
}
