//! What was found.

use std::collections::BTreeMap;

use crate::lock::Requirement;

/// What was found in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detected {
    /// The files that were read, relative to the folder.
    pub manifests: Vec<String>,
    /// Packages for the image.
    pub packages: Vec<Requirement>,
    /// Variables of the image.
    pub env: BTreeMap<String, String>,
    /// The user to work as.
    pub user: Option<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Detected {
    /// Adds a package; `text` as `mad add` takes it. One that is named twice counts once, as first named.
    pub(super) fn package(&mut self, text: &str) {
        let Ok(wanted) = text.parse::<Requirement>() else { return self.left_out(text) };
        let is_same =
            |known: &Requirement| known.registry == wanted.registry && known.name == wanted.name;
        if !self.packages.iter().any(is_same) {
            self.packages.push(wanted);
        }
    }

    /// Says what the profile does not have.
    pub(super) fn left_out(&mut self, what: &str) {
        self.note(format!("left out: {}", crate::project::yaml::shown(what)));
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}
