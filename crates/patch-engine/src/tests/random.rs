//! Random files, changes of them, and changes of patches, for proptest.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Lines that are hard on readers of patches: often the same, or like the syntax of a patch.
const LINES: [&str; 18] = [
    "",
    "",
    "}",
    "}",
    "a",
    "a",
    "b",
    "c",
    "  return x;",
    " ",
    "-",
    "+",
    "-- a/x",
    "++ b/x",
    "@@ -1 +1 @@",
    "\\ No newline at end of file",
    "diff --git a/x b/x",
    "ä€\t",
];

pub(super) fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(LINES.as_slice()).prop_map(str::to_owned),
        1 => (0..60u32).prop_map(|number| format!("line {number}")),
    ]
}

fn ending() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just("\n"), 1 => Just("\r\n")]
}

/// A text: mostly LF, or all CRLF, or mixed; with or without its last newline.
pub(super) fn text() -> impl Strategy<Value = String> {
    let lf = vec(line().prop_map(|line| line + "\n"), 0..30);
    let crlf = vec(line().prop_map(|line| line + "\r\n"), 0..30);
    let mixed = vec((line(), ending()).prop_map(|(line, end)| line + end), 0..30);
    let lines = prop_oneof![4 => lf, 1 => crlf, 1 => mixed];
    (lines, prop::bool::weighted(0.3)).prop_map(|(mut lines, cut)| {
        if cut && let Some(last) = lines.last_mut().filter(|last| last.len() > 1) {
            last.pop();
        }
        lines.concat()
    })
}

/// A text and a changed one.
pub(super) fn change() -> impl Strategy<Value = (String, String)> {
    let edit = (any::<Index>(), 0..4usize, vec(line(), 0..3));
    (text(), vec(edit, 1..5), any::<bool>()).prop_map(|(old, edits, cut)| {
        let mut lines: Vec<String> = old.split_inclusive('\n').map(str::to_owned).collect();
        for (index, removed, added) in edits {
            let at = index.index(lines.len() + 1);
            let until = lines.len().min(at + removed);
            lines.splice(at..until, added.into_iter().map(|line| line + "\n"));
        }
        if let Some((last, lines)) = lines.split_last_mut() {
            for line in lines.iter_mut().filter(|line| !line.ends_with('\n')) {
                line.push('\n');
            }
            if cut && last.len() > 1 && last.ends_with('\n') {
                last.pop();
            }
        }
        (old, lines.concat())
    })
}

/// A change of a patch file that leaves the `+` lines as they are.
#[derive(Debug, Clone)]
pub(super) enum Mutation {
    /// Another digit in a hunk header.
    Header(Index, Index, char),
    /// Another context or `-` line, a file name included.
    Line(Index, String),
    /// Without a line.
    Delete(Index),
    /// A line twice.
    Repeat(Index),
}

pub(super) fn mutation() -> impl Strategy<Value = Mutation> {
    let digit = prop::char::range('0', '9');
    prop_oneof![
        (any::<Index>(), any::<Index>(), digit)
            .prop_map(|(line, at, digit)| Mutation::Header(line, at, digit)),
        (any::<Index>(), line()).prop_map(|(line, text)| Mutation::Line(line, text)),
        any::<Index>().prop_map(Mutation::Delete),
        any::<Index>().prop_map(Mutation::Repeat),
    ]
}

/// The patch with the mutation.
pub(super) fn mutate(patch: &str, mutation: &Mutation) -> String {
    let mut lines: Vec<String> = patch.split_inclusive('\n').map(str::to_owned).collect();
    let of = |lines: &[String], prefixes: &[&str], index: &Index| {
        let is = |line: &String| prefixes.iter().any(|prefix| line.starts_with(prefix));
        let found: Vec<usize> = (0..lines.len()).filter(|&at| is(&lines[at])).collect();
        (!found.is_empty()).then(|| found[index.index(found.len())])
    };
    match mutation {
        Mutation::Header(index, at, digit) => {
            let Some(line) = of(&lines, &["@@"], index) else { return patch.to_owned() };
            let digits: Vec<usize> = lines[line]
                .char_indices()
                .filter(|(_, character)| character.is_ascii_digit())
                .map(|(at, _)| at)
                .collect();
            let at = digits[at.index(digits.len())];
            lines[line].replace_range(at..=at, &digit.to_string());
        }
        Mutation::Line(index, text) => {
            let Some(line) = of(&lines, &[" ", "-"], index) else { return patch.to_owned() };
            lines[line].replace_range(1.., &format!("{text}\n"));
        }
        Mutation::Delete(index) => {
            lines.remove(index.index(lines.len()));
        }
        Mutation::Repeat(index) => {
            let at = index.index(lines.len());
            lines.insert(at, lines[at].clone());
        }
    }
    lines.concat()
}

/// The patch with counts that are those of its lines, and starts that agree: what is left of a
/// mutation is then a question to the file.
pub(super) fn recounted(patch: &str) -> String {
    let mut lines: Vec<String> = patch.split_inclusive('\n').map(str::to_owned).collect();
    let headers: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].starts_with("@@ ")).collect();
    let mut shift = 0;
    for (number, &at) in headers.iter().enumerate() {
        let end = headers.get(number + 1).copied().unwrap_or(lines.len());
        let count = |sides: &str| {
            let body = lines[at + 1..end].iter();
            body.filter(|line| line.starts_with(|first| sides.contains(first))).count()
        };
        let (old, new) = (count(" -"), count(" +"));
        let start = lines[at][4..].split(|c: char| !c.is_ascii_digit()).next();
        let start: i64 = start.and_then(|start| start.parse().ok()).unwrap_or(1);
        // With a count of 0 the start is the line before.
        let index = if old == 0 { start } else { start.max(1) - 1 };
        let of = |index: i64, count: usize| index + i64::from(count > 0);
        lines[at] = format!("@@ -{},{old} +{},{new} @@\n", of(index, old), of(index + shift, new));
        shift += new as i64 - old as i64;
    }
    lines.concat()
}
