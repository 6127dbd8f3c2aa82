//! Reads a patch file, or lists all its faults.
//!
//! Stricter than diffy, GNU patch and git apply on purpose: each of them takes some inputs that say
//! something else than what is done (a count too small drops lines, a missing last newline glues
//! two lines together, prose is a patch that does nothing). Format: GNU diffutils manual, "Detailed
//! Description of Unified Format"; git-diff(1), "Generating patch text with -p".

mod body;
mod consistency;
mod file;
mod git;
mod header;
mod name;
mod reader;
#[cfg(test)]
mod tests;

pub(super) use header::format as format_header;

use super::{Fault, FaultKind, PatchFile};
use reader::Reader;

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
pub(super) struct Draft {
    pub(super) patch: PatchFile,
    /// By line.
    pub(super) faults: Vec<Fault>,
}

/// Reads as much as there is to read.
pub(super) fn draft(patch: &[u8]) -> Draft {
    let mut reader = match Reader::new(patch) {
        Ok(reader) => reader,
        Err(fault) => return Draft { patch: PatchFile::default(), faults: vec![fault] },
    };
    let mut draft = PatchFile::default();
    let mut in_mail = true;
    while let Some(line) = reader.line() {
        if reader.at_file() {
            if let Some(file) = file::read(&mut reader) {
                draft.files.push(file);
            }
            in_mail = false;
        } else {
            in_mail |= is_mail_separator(line);
            stray(&mut reader, in_mail);
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

/// Faults of a line between files. In a mail, before the first file, anything may stand.
fn stray(reader: &mut Reader<'_>, in_mail: bool) {
    let at = reader.number();
    let line = reader.shown();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| line.starts_with(prefix));
    if starts(&["diff --cc ", "diff --combined ", "@@@ "]) {
        reader.fault(at, FaultKind::Format, line, "a unified diff of two files");
    } else if line == "GIT binary patch"
        || line.starts_with("Binary files ") && line.ends_with(" differ")
    {
        reader.fault(at, FaultKind::Binary, line, "a patch of text");
    } else if starts(&["@@ -"]) {
        reader.fault(at, FaultKind::OrphanHunk, line, "`--- a/…` and `+++ b/…` before it");
    } else if starts(&["--- a/", "--- /dev/null"]) {
        reader.fault(at, FaultKind::FileHeader, line, "`+++ b/…` in the next line");
    } else if starts(&["+++ b/", "+++ /dev/null"]) {
        reader.fault(at, FaultKind::FileHeader, line, "`--- a/…` in the line before");
    } else if !in_mail && starts(&[" ", "+", "-", "\\"]) && !reader.at_signature() {
        reader.fault(at, FaultKind::TrailingLine, line, "the next file or the end of the patch");
    }
}

/// `From 0123…` as `git format-patch --stdout` begins each mail.
fn is_mail_separator(line: &str) -> bool {
    line.strip_prefix("From ").is_some_and(|rest| {
        rest.len() > 40 && rest.bytes().take(40).all(|byte| byte.is_ascii_hexdigit())
    })
}
