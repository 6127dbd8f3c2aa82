//! The patch between two trees, in deterministic bytes, that applies in one place only.
//!
//! Three lines of context, and more where three do not say which place is meant: the context is
//! doubled until the patch is proven forwards, backwards and as applied. With the whole file as
//! context there is one place.

use diffy::DiffOptions;
use thiserror::Error;

use super::hunks::{HunksResult, fit};
use super::line::lines;
use super::reverse::reverse_hunk;
use super::{
    FilePatch, FileState, Hunk, Line, LineKind, LineRange, Mode, Operation, PatchFile, Tree,
};

/// A file that a patch cannot carry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{path}` is not text: found {found}, expected UTF-8 without NUL")]
pub struct NotText {
    /// The file.
    pub path: String,
    /// What it has.
    pub found: &'static str,
}

/// The patch that makes `new` of `old`; files that are the same are left out.
///
/// # Errors
///
/// A file that differs and is not text.
pub fn diff(old: &Tree, new: &Tree) -> Result<PatchFile, NotText> {
    let mut patch = PatchFile::default();
    let paths: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for path in paths {
        patch.files.extend(diff_file(path, old.get(path), new.get(path))?);
    }
    Ok(patch)
}

/// The same for one file; none if both are the same.
///
/// # Errors
///
/// If it differs and is not text.
pub fn diff_file(
    path: &str,
    old: Option<&FileState>,
    new: Option<&FileState>,
) -> Result<Option<FilePatch>, NotText> {
    if old == new {
        return Ok(None);
    }
    let path = path.to_owned();
    for state in [old, new].into_iter().flatten() {
        is_text(&path, &state.bytes)?;
    }
    let bytes =
        |state: Option<&FileState>| state.map(|state| state.bytes.clone()).unwrap_or_default();
    let mode = |state: Option<&FileState>| state.map(|state| state.mode);
    let hunks = hunks(&bytes(old), &bytes(new));
    let executable = |mode: Option<Mode>| mode.filter(|mode| *mode == Mode::Executable);
    let (operation, old_mode, new_mode) = match (old, new) {
        (None, _) => (Operation::Create { path }, None, executable(mode(new))),
        (_, None) => (Operation::Delete { path }, executable(mode(old)), None),
        _ if mode(old) == mode(new) => (Operation::Modify { path }, None, None),
        _ => (Operation::Modify { path }, mode(old), mode(new)),
    };
    Ok(Some(FilePatch { line: 0, operation, old_mode, new_mode, hunks }))
}

fn is_text(path: &str, bytes: &[u8]) -> Result<(), NotText> {
    let found = if bytes.contains(&0) {
        "a NUL byte"
    } else if std::str::from_utf8(bytes).is_err() {
        "bytes that are not UTF-8"
    } else {
        return Ok(());
    };
    Err(NotText { path: path.to_owned(), found })
}

fn hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let length = lines(old).len().max(lines(new).len());
    let mut context = 3;
    loop {
        let hunks = with_context(old, new, context);
        let proven = is_proven(&hunks, old, new);
        if proven || context > length {
            return hunks;
        }
        context *= 2;
    }
}

/// Forwards from the old text, backwards from the new one, and found to be applied in the new one.
fn is_proven(hunks: &[Hunk], old: &[u8], new: &[u8]) -> bool {
    let makes = |hunks: &[Hunk], from, to| match fit(hunks, from) {
        HunksResult::Applies { bytes, places } => {
            bytes == to && places.iter().all(|place| place.by == 0)
        }
        _ => false,
    };
    let back: Vec<Hunk> = hunks.iter().map(reverse_hunk).collect();
    makes(hunks, old, new)
        && makes(&back, new, old)
        && matches!(fit(hunks, new), HunksResult::Applied { .. })
}

fn with_context(old: &[u8], new: &[u8], context: usize) -> Vec<Hunk> {
    let patch = DiffOptions::new().set_context_len(context).create_patch_bytes(old, new);
    let span = |range: diffy::HunkRange| LineRange { start: range.start(), count: range.len() };
    let line = |line: &diffy::Line<'_, [u8]>| {
        let (kind, text) = match line {
            diffy::Line::Context(text) => (LineKind::Context, text),
            diffy::Line::Delete(text) => (LineKind::Delete, text),
            diffy::Line::Insert(text) => (LineKind::Insert, text),
        };
        Line { kind, text: String::from_utf8_lossy(text).into_owned(), line: 0 }
    };
    let hunks = patch.hunks().iter().enumerate().map(|(index, hunk)| Hunk {
        number: index + 1,
        line: 0,
        old: span(hunk.old_range()),
        new: span(hunk.new_range()),
        section: String::new(),
        lines: hunk.lines().iter().map(line).collect(),
    });
    hunks.collect()
}
