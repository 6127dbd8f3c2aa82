//! A patch as text, always the same bytes for the same patch.
//!
//! Prose, then the files in their order; `diff --git` only where a mode, a name or an empty file
//! needs it; no sections, no index lines, no times; counts of 1 left out; deletions before
//! insertions; a blank before every context line, empty ones too.

use super::lint::format_header;
use super::reverse::deletions_first;
use super::{FilePatch, Operation, PatchFile, Span};

/// The whole patch; it ends in a newline unless there is nothing in it.
pub fn normalise(patch: &PatchFile) -> String {
    let prose = patch.prose.trim_end();
    let mut text = if prose.is_empty() { String::new() } else { format!("{prose}\n\n") };
    text.extend(patch.files.iter().map(normalise_file));
    text
}

/// One file of it.
pub fn normalise_file(file: &FilePatch) -> String {
    let mut text = headers(file);
    let mut shift = 0;
    for hunk in &file.hunks {
        // From the lines, so that a hunk built by hand cannot state anything else.
        let (old, new) = (hunk.pre_image().len(), hunk.post_image().len());
        let index = hunk.old.index();
        let new_index = usize::try_from(index as i64 + shift).unwrap_or(0);
        shift += new as i64 - old as i64;
        text += &format_header(Span::at(index, old), Span::at(new_index, new), "");
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

fn headers(file: &FilePatch) -> String {
    let mut git = Vec::new();
    let (old, new) = match &file.operation {
        Operation::Modify { path } => {
            modes(file, &mut git);
            (Some(path), Some(path))
        }
        Operation::Create { path } => {
            if file.new_mode.is_some() || file.hunks.is_empty() {
                let mode = file.new_mode.unwrap_or_default();
                git.push(format!("new file mode {}", mode.as_str()));
            }
            (None, Some(path))
        }
        Operation::Delete { path } => {
            if file.old_mode.is_some() || file.hunks.is_empty() {
                let mode = file.old_mode.unwrap_or_default();
                git.push(format!("deleted file mode {}", mode.as_str()));
            }
            (Some(path), None)
        }
        Operation::Rename { from, to } => {
            modes(file, &mut git);
            git.push(format!("rename from {from}"));
            git.push(format!("rename to {to}"));
            (Some(from), Some(to))
        }
    };
    let name = |path: Option<&String>, prefix: &str| match path {
        // As GNU diff does, a tab ends a name with blanks in it.
        Some(path) if path.contains(' ') => format!("{prefix}/{path}\t"),
        Some(path) => format!("{prefix}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let mut text = String::new();
    if !git.is_empty() {
        let (a, b) = (old.or(new), new.or(old));
        let path = |path: Option<&String>| path.cloned().unwrap_or_default();
        text += &format!("diff --git a/{} b/{}\n{}\n", path(a), path(b), git.join("\n"));
    }
    if !file.hunks.is_empty() {
        text += &format!("--- {}\n+++ {}\n", name(old, "a"), name(new, "b"));
    }
    text
}

fn modes(file: &FilePatch, git: &mut Vec<String>) {
    if let (Some(old), Some(new)) = (file.old_mode, file.new_mode)
        && old != new
    {
        git.push(format!("old mode {}", old.as_str()));
        git.push(format!("new mode {}", new.as_str()));
    }
}
