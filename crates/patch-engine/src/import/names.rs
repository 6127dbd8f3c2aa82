//! File names in the spelling of other tools, against the files of the base: other prefixes than `a/`
//! and `b/` or none, `.orig`, `node_modules/PACKAGE/`, a byte order mark before the first line.
//!
//! A name stands for the files of the base that it ends in, up to three folders cut off (more below
//! `node_modules`). Where it can be several, nothing is guessed: the hunks have to fit one only.

use std::collections::BTreeSet;

use super::super::Tree;

/// Folders that `patch -pN` would cut off, at most.
const MOST_CUT: usize = 3;

/// A file's headers: lines from 0.
struct Header {
    git: Option<usize>,
    old: usize,
    new: usize,
}

/// Every path that a name of the patch may stand for.
pub(super) fn candidates(patch: &[u8]) -> BTreeSet<String> {
    let Ok(text) = std::str::from_utf8(patch) else { return BTreeSet::new() };
    let lines = lines(text);
    headers(&lines).iter().flat_map(|header| paths_of(&lines, header)).collect()
}

/// The patch with names as they are in the base, once for each way to read them.
pub(super) fn spellings(patch: &[u8], base: &Tree) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(patch) else { return Vec::new() };
    let lines = lines(text);
    let headers = headers(&lines);
    let known: Vec<Vec<String>> = headers
        .iter()
        .map(|header| {
            let paths = paths_of(&lines, header);
            paths.into_iter().filter(|path| base.contains_key(path)).collect()
        })
        .collect();
    match known.as_slice() {
        [one] => one.iter().map(|path| written(&lines, &headers, &[path])).collect(),
        many if many.is_empty() || many.iter().any(|paths| paths.len() != 1) => Vec::new(),
        many => {
            let paths: Vec<&String> = many.iter().flatten().collect();
            vec![written(&lines, &headers, &paths)]
        }
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.strip_prefix('\u{feff}').unwrap_or(text).split_inclusive('\n').collect()
}

/// Changes of files that are there: `---`, `+++` and `@@` in a row.
fn headers(lines: &[&str]) -> Vec<Header> {
    let starts = |at: usize, start: &str| lines.get(at).is_some_and(|line| line.starts_with(start));
    let mut found: Vec<Header> = Vec::new();
    for old in 0..lines.len() {
        let is_header = starts(old, "--- ") && starts(old + 1, "+++ ") && starts(old + 2, "@@ -");
        if is_header && ![old, old + 1].iter().any(|at| name(lines[*at]) == "/dev/null") {
            let after = found.last().map_or(0, |last| last.new + 1);
            let git = (after..old).rev().find(|at| starts(*at, "diff --git "));
            found.push(Header { git, old, new: old + 1 });
        }
    }
    found
}

/// The name after `--- ` and `+++ `; a tab ends it.
fn name(line: &str) -> &str {
    line[4..].trim_end_matches(['\n', '\r']).split('\t').next().unwrap_or("")
}

/// The paths that both names may stand for; where there is none, those of the new name.
fn paths_of(lines: &[&str], header: &Header) -> BTreeSet<String> {
    let (old, new) = (cut(name(lines[header.old])), cut(name(lines[header.new])));
    let both: BTreeSet<String> = old.intersection(&new).cloned().collect();
    if both.is_empty() { new } else { both }
}

fn cut(name: &str) -> BTreeSet<String> {
    let below = match name.rsplit_once("node_modules/") {
        // `PACKAGE` or `@SCOPE/PACKAGE`.
        Some((_, rest)) => {
            let folders = if rest.starts_with('@') { 2 } else { 1 };
            rest.splitn(folders + 1, '/').nth(folders)
        }
        None => None,
    };
    let mut paths = BTreeSet::new();
    for name in [Some(name), below].into_iter().flatten() {
        let parts: Vec<&str> = name.split('/').filter(|part| *part != ".").collect();
        // An absolute or a climbing name is nobody's.
        if parts.iter().any(|part| matches!(*part, "" | ".." | ".git")) {
            continue;
        }
        for skipped in 0..=MOST_CUT.min(parts.len() - 1) {
            let path = parts[skipped..].join("/");
            for suffix in [".orig", ".old", ".bak", "~"] {
                paths.extend(path.strip_suffix(suffix).map(str::to_owned));
            }
            paths.insert(path);
        }
    }
    paths.remove("");
    paths
}

fn written(lines: &[&str], headers: &[Header], paths: &[&String]) -> String {
    let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    for (header, path) in headers.iter().zip(paths) {
        let ending = |line: &str| if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        let mut set = |at: usize, text: String| lines[at] = text + ending(&lines[at]);
        set(header.old, format!("--- a/{path}"));
        set(header.new, format!("+++ b/{path}"));
        if let Some(git) = header.git {
            set(git, format!("diff --git a/{path} b/{path}"));
        }
    }
    lines.concat()
}
