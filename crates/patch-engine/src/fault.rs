//! What can be wrong with a patch file by itself.

use serde::Serialize;
use thiserror::Error;

/// One fault, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("line {line}: {kind}: found {found}, expected {expected}")]
pub struct Fault {
    /// In the patch file, from 1.
    pub line: usize,
    /// What it is.
    pub kind: FaultKind,
    /// What stands there.
    pub found: String,
    /// What a sound patch has there.
    pub expected: String,
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Error)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Bytes that are not UTF-8, or a NUL.
    #[error("not text")]
    NotText,
    /// Nothing that changes anything: empty, prose, or a file header alone.
    #[error("no hunk")]
    NoHunk,
    /// The last line has no line ending: tools glue it to what follows, or refuse.
    #[error("no newline at the end of the patch")]
    MissingFinalNewline,
    /// Headers end in CRLF: the patch file itself was converted, so its lines prove nothing.
    #[error("CRLF line endings in headers")]
    CrlfHeaders,
    /// A hunk header states more old lines than follow.
    #[error("old count too big")]
    OldCountTooBig,
    /// A hunk header states fewer old lines than follow.
    #[error("old count too small")]
    OldCountTooSmall,
    /// A hunk header states more new lines than follow.
    #[error("new count too big")]
    NewCountTooBig,
    /// A hunk header states fewer new lines than follow.
    #[error("new count too small")]
    NewCountTooSmall,
    /// Lines after a hunk that look like hunk lines; tools drop them in silence.
    #[error("line after the end of the hunk")]
    TrailingLine,
    /// An `@@` line that is no hunk header.
    #[error("malformed hunk header")]
    HunkHeader,
    /// A hunk header that belongs to no file.
    #[error("hunk without a file")]
    OrphanHunk,
    /// A hunk that leaves everything as it was.
    #[error("hunk changes nothing")]
    ChangesNothing,
    /// An insertion without context or deleted lines fits everywhere.
    #[error("insertion without context")]
    NoContext,
    /// A hunk before its predecessor.
    #[error("hunks out of order")]
    OutOfOrder,
    /// A hunk that shares lines with its predecessor.
    #[error("hunks overlap")]
    Overlap,
    /// The `-` and the `+` start cannot both be right; tools differ on which they believe.
    #[error("`-` and `+` starts disagree")]
    StartsDisagree,
    /// `\ No newline at end of file` where the file cannot end.
    #[error("misplaced end-of-file marker")]
    Marker,
    /// A `---` without its `+++`, or the other way round.
    #[error("incomplete file header")]
    FileHeader,
    /// A name without `a/` or `b/`.
    #[error("name without prefix")]
    NamePrefix,
    /// An absolute name.
    #[error("absolute name")]
    NameAbsolute,
    /// A name that leaves the folder, or has empty parts.
    #[error("name leaves the folder")]
    NameEscapes,
    /// A name in `.git`.
    #[error("name in `.git`")]
    NameGit,
    /// Characters that tools read differently.
    #[error("name with special characters")]
    NameCharacters,
    /// The old and the new name differ, and no rename is stated.
    #[error("names differ")]
    NamesDiffer,
    /// The same path in two places of the patch.
    #[error("file twice in the patch")]
    Repeated,
    /// `/dev/null` on both sides, or with hunks that contradict it.
    #[error("`/dev/null` misused")]
    DevNull,
    /// git's headers contradict each other, or lack their partner.
    #[error("contradicting git headers")]
    GitHeader,
    /// A mode other than 100644 and 100755: links and submodules.
    #[error("unsupported mode")]
    Mode,
    /// A copy.
    #[error("copies are not supported")]
    Copy,
    /// A binary patch, or the note that binary files differ.
    #[error("binary patches are not supported")]
    Binary,
    /// Something else than lines of its target, in a patch of a series.
    #[error("more than the target")]
    NotTheTarget,
    /// `diff --cc`, context diffs.
    #[error("not a unified diff")]
    Format,
}

impl Fault {
    /// What to do about it; a command where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        use FaultKind as F;
        match self.kind {
            F::MissingFinalNewline
            | F::CrlfHeaders
            | F::OldCountTooBig
            | F::OldCountTooSmall
            | F::NewCountTooBig
            | F::NewCountTooSmall
            | F::StartsDisagree
            | F::NamePrefix => {
                Some("`mad patch import FILE` repairs this if the base file proves it")
            }
            F::NoContext => Some("recreate the patch with context: `diff -U3`"),
            F::Binary | F::Copy | F::Mode => Some("ship the file through `files` in the profile"),
            _ => None,
        }
    }
}
