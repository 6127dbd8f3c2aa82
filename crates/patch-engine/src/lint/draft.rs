//! The files of a patch, and what stands between them.

use super::reader::Reader;
use super::{consistency, file};
use crate::{Fault, FaultKind, PatchFile};

/// Reads a patch file.
///
/// # Errors
///
/// All its faults, by line. A fault hides those that only follow from it.
pub fn lint(patch: &[u8]) -> Result<PatchFile, Vec<Fault>> {
    let draft = draft(patch);
    if draft.faults.is_empty() { Ok(draft.patch) } else { Err(draft.faults) }
}

/// What a faulty patch may have meant: counts as they are, names as they stand.
pub(crate) struct Draft {
    pub(crate) patch: PatchFile,
    /// By line.
    pub(crate) faults: Vec<Fault>,
}

/// Reads as much as there is to read.
pub(crate) fn draft(patch: &[u8]) -> Draft {
    let mut reader = match Reader::new(patch) {
        Ok(reader) => reader,
        Err(fault) => return Draft { patch: PatchFile::default(), faults: vec![fault] },
    };
    let mut draft = PatchFile::default();
    let mut in_mail = true;
    let mut told = false;
    while let Some(line) = reader.line() {
        if reader.at_file() {
            if let Some(file) = file::read(&mut reader) {
                draft.files.push(file);
            }
            (in_mail, told) = (false, false);
        } else {
            in_mail |= is_mail_separator(line);
            // Of lines in a row that look like a hunk's, the first is told.
            told = stray(&mut reader, in_mail || told) || told && is_hunk_line(line);
            if draft.files.is_empty() && reader.faults.is_empty() {
                draft.prose.push_str(line);
            }
            reader.skip();
        }
    }
    consistency::across_files(&draft, &mut reader);
    if draft.files.is_empty() && reader.faults.is_empty() {
        let found = if draft.prose.is_empty() { "an empty file" } else { "prose" };
        reader.fault(1, FaultKind::NoHunk, found, "`--- a/…`, `+++ b/…` and `@@ … @@`");
    }
    reader.end_of_file();
    let mut faults = reader.faults;
    faults.sort_by_key(|fault| fault.line);
    Draft { patch: draft, faults }
}

/// A line between files, and whether it is a fault. Before the first file and in a mail's head
/// (`is_free`), lines may look like a hunk's.
fn stray(reader: &mut Reader<'_>, is_free: bool) -> bool {
    use FaultKind as F;
    let line = reader.shown();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| line.starts_with(prefix));
    let is_binary = line == "GIT binary patch"
        || line.starts_with("Binary files ") && line.ends_with(" differ");
    let (kind, expected) = if starts(&["diff --cc ", "diff --combined ", "@@@ "]) {
        (F::Format, "a unified diff of two files")
    } else if starts(&["***************"]) {
        (F::Format, "a unified diff: `diff -u`")
    } else if is_binary {
        (F::Binary, "a patch of text")
    } else if starts(&["@@ -"]) {
        (F::OrphanHunk, "`--- a/…` and `+++ b/…` before it")
    } else if starts(&["--- a/", "--- /dev/null"]) {
        (F::FileHeader, "`+++ b/…` in the next line")
    } else if starts(&["+++ b/", "+++ /dev/null"]) {
        (F::FileHeader, "`--- a/…` in the line before")
    } else if !is_free && is_hunk_line(line) && !reader.at_signature() {
        (F::TrailingLine, "the next file or the end of the patch")
    } else {
        return false;
    };
    reader.fault(reader.number(), kind, format!("`{line}`"), expected);
    true
}

fn is_hunk_line(line: &str) -> bool {
    line.starts_with([' ', '+', '-', '\\'])
}

/// `From 0123…` as `git format-patch --stdout` begins each mail.
fn is_mail_separator(line: &str) -> bool {
    line.strip_prefix("From ").is_some_and(|rest| {
        rest.len() > 40 && rest.bytes().take(40).all(|byte| byte.is_ascii_hexdigit())
    })
}
