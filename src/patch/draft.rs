//! A new patch, from a file before and after somebody edited it.

use bytes::Bytes;
use thiserror::Error;

use super::{Series, entry};
use patch_engine::{
    FileState, NotText, PackageType, ParseFault, PatchFile, Tree, Verdict, apply, diff_file, lint,
    normalise, parse_like,
};

/// A new patch of a series, with what else a series asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPatch {
    /// Name of the patch file.
    pub file: String,
    /// Its text; the header is to be written.
    pub text: String,
    /// Path of the probe, below the series' folder.
    pub probe_file: String,
    /// The probe, which fails until it is written.
    pub probe: String,
    /// Lines to append to `series.yaml`.
    pub entry: String,
}

/// An edit that makes no patch.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DraftError {
    /// An id that the series has, or that is no plain name.
    #[error("found the id `{id}`, expected {expected}")]
    Id {
        /// What was found.
        id: String,
        /// A new one, or a plain one.
        expected: &'static str,
    },
    /// Both texts are the same.
    #[error("`{0}` was not changed")]
    Unchanged(String),
    /// A binary file.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// The edited file is no program.
    #[error("{0}")]
    DoesNotParse(ParseFault),
    /// The patch does not give the edited file back: a fault of ours, so nothing is written.
    #[error("the patch of `{0}` does not reproduce the edited file")]
    Unproven(String),
}

/// Checks an id before anybody edits anything.
///
/// # Errors
///
/// One that the series has, or that cannot name a file.
pub fn check_id(series: &Series, id: &str) -> Result<(), DraftError> {
    let expected = |expected| Err(DraftError::Id { id: id.to_owned(), expected });
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(plain) || id.starts_with('-') {
        return expected("lower-case letters, digits and `-`");
    }
    match series.patches.iter().any(|patch| patch.id == id) {
        true => expected("one that the series does not have"),
        false => Ok(()),
    }
}

/// Makes the patch, and proves that it gives the edited file.
///
/// # Errors
///
/// An edit that makes no patch.
pub fn draft(
    series: &Series,
    id: &str,
    path: &str,
    before: &Bytes,
    edited: &Bytes,
    package: PackageType,
) -> Result<NewPatch, DraftError> {
    check_id(series, id)?;
    let states = [before, edited].map(|bytes| FileState::regular(bytes.clone()));
    let Some(file) = diff_file(path, Some(&states[0]), Some(&states[1]))? else {
        return Err(DraftError::Unchanged(path.to_owned()));
    };
    parse_like(path, before, edited, package).map_err(DraftError::DoesNotParse)?;
    let text = normalise(&PatchFile { prose: entry::header(id), files: vec![file] });
    let tree = Tree::from([(path.to_owned(), states[0].clone())]);
    let applied = lint(text.as_bytes()).ok().map(|patch| apply(&patch, &tree));
    let is_proven = applied.is_some_and(|outcome| {
        outcome.verdict == Verdict::Exact
            && outcome.tree.as_ref().and_then(|tree| tree.get(path)) == Some(&states[1])
    });
    if !is_proven {
        return Err(DraftError::Unproven(path.to_owned()));
    }
    let file = entry::patch_file(series, id);
    Ok(NewPatch {
        text,
        probe_file: entry::probe_file(series, id),
        probe: entry::probe(id),
        entry: entry::entry(series, id, path, &file),
        file,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{toy, upstream};
    use super::*;

    fn drafted(id: &str, from: &str, to: &str) -> Result<NewPatch, DraftError> {
        let path = "src/server.js";
        let before = upstream("1.0.0").files[path].clone().unwrap();
        let text = String::from_utf8(before.to_vec()).unwrap();
        let edited = Bytes::from(text.replace(from, to));
        draft(&toy().series, id, path, &before, &edited, PackageType::Module)
    }

    #[test]
    fn an_edit_becomes_a_patch_that_still_asks_for_its_words() {
        let draft = drafted("other-version", "'1.0.0'", "'9.9.9'").unwrap();
        assert_eq!(draft.file, "03-other-version.patch");
        assert_eq!(draft.probe_file, "probes/03-other-version.mjs");
        assert!(draft.text.ends_with("-const VERSION = '1.0.0';\n+const VERSION = '9.9.9';\n \n export class Server {\n   constructor() {\n"), "{}", draft.text);
        assert!(entry::is_unfinished(&draft.text) && entry::is_unfinished(&draft.entry));
        assert!(draft.probe.contains("check(false"));
    }

    #[test]
    fn what_makes_no_patch() {
        let error = |id, from, to| drafted(id, from, to).unwrap_err().to_string();
        assert_eq!(error("x", "'1.0.0'", "'1.0.0'"), "`src/server.js` was not changed");
        assert!(error("x", "{ createServer }", "{ createServer").contains("src/server.js:2:"));
        assert!(error("ping", "'1.0.0'", "'2'").contains("that the series does not have"));
        assert!(error("../x", "'1.0.0'", "'2'").contains("lower-case letters"));
        assert!(error("x", "'1.0.0'", "'\0'").contains("is not text"));
    }
}
