//! A patch as text, always the same bytes for the same patch.
//!
//! Prose, then the files in their order; `diff --git` only where a mode, a name or an empty file
//! needs it; no sections, no index lines, no times; counts of 1 left out; deletions before
//! insertions; a blank before every context line, empty ones too.

use super::lint::format_header;
use super::reverse::deletions_first;
use super::{FilePatch, LineRange, Mode, Operation, PatchFile};

/// The whole patch; it ends in a newline unless there is nothing in it.
pub fn normalise(patch: &PatchFile) -> String {
    let prose = patch.prose.trim_end();
    let mut text = if prose.is_empty() { String::new() } else { format!("{prose}\n\n") };
    // A file without lines would take the `---` of the next file for its own.
    let with_git = patch.files.iter().any(|file| !git_headers(file).is_empty());
    text.extend(patch.files.iter().map(|file| written(file, with_git)));
    text
}

/// One file of it.
pub fn normalise_file(file: &FilePatch) -> String {
    written(file, false)
}

fn written(file: &FilePatch, with_git: bool) -> String {
    let mut text = headers(file, with_git);
    let mut shift = 0;
    for hunk in &file.hunks {
        // From the lines, so that a hunk built by hand cannot state anything else.
        let (old, new) = (hunk.pre_image().len(), hunk.post_image().len());
        let index = hunk.old.index();
        let new_index = usize::try_from(index as i64 + shift).unwrap_or(0);
        shift += new as i64 - old as i64;
        text += &format_header(LineRange::at(index, old), LineRange::at(new_index, new), "");
        text.push('\n');
        for line in deletions_first(hunk.lines.clone()) {
            text.push(line.kind.sign());
            text += &line.text;
            if !line.text.ends_with('\n') {
                text += "\n\\ No newline at end of file\n";
            }
        }
    }
    text
}

fn headers(file: &FilePatch, with_git: bool) -> String {
    let (old, new) = match &file.operation {
        Operation::Modify { path } => (Some(path), Some(path)),
        Operation::Create { path } => (None, Some(path)),
        Operation::Delete { path } => (Some(path), None),
        Operation::Rename { from, to } => (Some(from), Some(to)),
    };
    let name = |path: Option<&String>, prefix: &str| match path {
        // As GNU diff does, a tab ends a name with blanks in it.
        Some(path) if path.contains(' ') => format!("{prefix}/{path}\t"),
        Some(path) => format!("{prefix}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let mut text = String::new();
    let git = git_headers(file);
    if (with_git || !git.is_empty())
        && let (Some(a), Some(b)) = (old.or(new), new.or(old))
    {
        text += &format!("diff --git a/{a} b/{b}\n");
        // git does not read a creation or deletion below `diff --git` without its mode.
        let mode = |mode: Option<Mode>| mode.unwrap_or_default().as_str();
        match (old, new, git.is_empty()) {
            (None, _, true) => text += &format!("new file mode {}\n", mode(file.new_mode)),
            (_, None, true) => text += &format!("deleted file mode {}\n", mode(file.old_mode)),
            _ => text.extend(git.iter().map(|line| format!("{line}\n"))),
        }
    }
    if !file.hunks.is_empty() {
        text += &format!("--- {}\n+++ {}\n", name(old, "a"), name(new, "b"));
    }
    text
}

/// What only git's headers can say.
fn git_headers(file: &FilePatch) -> Vec<String> {
    let mode = |mode: Option<Mode>| mode.unwrap_or_default().as_str();
    let mut lines = Vec::new();
    match &file.operation {
        Operation::Create { .. } if file.new_mode.is_some() || file.hunks.is_empty() => {
            lines.push(format!("new file mode {}", mode(file.new_mode)));
        }
        Operation::Delete { .. } if file.old_mode.is_some() || file.hunks.is_empty() => {
            lines.push(format!("deleted file mode {}", mode(file.old_mode)));
        }
        Operation::Create { .. } | Operation::Delete { .. } => {}
        Operation::Modify { .. } | Operation::Rename { .. } => {
            if let (Some(old), Some(new)) = (file.old_mode, file.new_mode)
                && old != new
            {
                lines.push(format!("old mode {}", old.as_str()));
                lines.push(format!("new mode {}", new.as_str()));
            }
        }
    }
    if let Operation::Rename { from, to } = &file.operation {
        lines.push(format!("rename from {from}"));
        lines.push(format!("rename to {to}"));
    }
    lines
}
