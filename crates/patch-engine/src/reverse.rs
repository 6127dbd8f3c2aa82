//! The patch that undoes a patch.

use super::{FilePatch, Hunk, Line, LineKind, Operation, PatchFile};

/// Swaps before and after. The line numbers stay those of the patch that was read.
pub fn reverse(patch: &PatchFile) -> PatchFile {
    let files = patch.files.iter().map(reverse_file).collect();
    PatchFile { prose: patch.prose.clone(), files }
}

fn reverse_file(file: &FilePatch) -> FilePatch {
    FilePatch {
        line: file.line,
        operation: match file.operation.clone() {
            Operation::Modify { path } => Operation::Modify { path },
            Operation::Create { path } => Operation::Delete { path },
            Operation::Delete { path } => Operation::Create { path },
            Operation::Rename { from, to } => Operation::Rename { from: to, to: from },
        },
        old_mode: file.new_mode,
        new_mode: file.old_mode,
        hunks: file.hunks.iter().map(reverse_hunk).collect(),
    }
}

pub(super) fn reverse_hunk(hunk: &Hunk) -> Hunk {
    let lines = hunk.lines.iter().map(|line| Line {
        kind: match line.kind {
            LineKind::Context => LineKind::Context,
            LineKind::Delete => LineKind::Insert,
            LineKind::Insert => LineKind::Delete,
        },
        ..line.clone()
    });
    let lines = deletions_first(lines.collect());
    Hunk { old: hunk.new, new: hunk.old, lines, ..hunk.clone() }
}

/// Within each run of changes the deletions first, as diff tools write them. Both images stay.
pub(super) fn deletions_first(mut lines: Vec<Line>) -> Vec<Line> {
    for run in lines.chunk_by_mut(|a, b| a.kind != LineKind::Context && b.kind != LineKind::Context)
    {
        run.sort_by_key(|line| line.kind == LineKind::Insert);
    }
    lines
}
