//! One hunk: its header, its lines, and whether they are as many as the header states.
//!
//! Where the counts are wrong, the lines that look like the hunk's are taken for it:
//!
//! ```text
//! @@ -1,2 +1,2 @@      stated: 2 and 2
//!  a                   ─┐
//! -b                    │ read as stated
//! +B                   ─┘
//! +Y                   ─  in the body, and dropped by every tool: "new count too small"
//! ```

use std::ops::Range;

use super::super::{FaultKind, Hunk, Line, LineKind, LineRange};
use super::header;
use super::reader::{Reader, trim};

/// Reads the hunk at the cursor; none if its header is malformed.
pub(super) fn read(reader: &mut Reader<'_>, number: usize) -> Option<Hunk> {
    let line = reader.number();
    let text = reader.header();
    let start = reader.index();
    let Some((old, new, section)) = header::parse(text) else {
        let (kind, expected) = if text.starts_with("@@@") {
            (FaultKind::Format, "a unified diff of two files")
        } else {
            (FaultKind::HunkHeader, "`@@ -LINE,COUNT +LINE,COUNT @@`")
        };
        reader.fault(line, kind, format!("`{text}`"), expected);
        let end = looks_like_body(reader, start);
        reader.go(end);
        return None;
    };
    let body = match as_stated(reader, start, old.count, new.count) {
        Ok(end) => {
            reader.go(end);
            start..end
        }
        Err(end) => {
            reader.go(end);
            let body = start..without_tail(reader, start, end);
            count_faults(reader, line, (old, new), &body);
            body
        }
    };
    let (found_old, found_new) = counts(reader, &body);
    let lines = fold(reader, body);
    let old = LineRange { count: found_old, ..old };
    let new = LineRange { count: found_new, ..new };
    let hunk = Hunk { number, line, old, new, section, lines };
    if hunk.pre_image() == hunk.post_image() {
        let expected = "lines that begin with `-` or `+`";
        reader.fault(line, FaultKind::ChangesNothing, "the same before and after", expected);
    }
    Some(hunk)
}

/// What a line is by its first character; `None` within is the end-of-file marker.
fn kind(line: &str) -> Option<Option<LineKind>> {
    match line.as_bytes().first()? {
        b' ' => Some(Some(LineKind::Context)),
        // GNU diff's --suppress-blank-empty, and editors that strip trailing blanks.
        b'\n' => Some(Some(LineKind::Context)),
        b'-' => Some(Some(LineKind::Delete)),
        b'+' => Some(Some(LineKind::Insert)),
        b'\\' => Some(None),
        _ => None,
    }
}

/// Where the lines end that look like a hunk's.
fn looks_like_body(reader: &Reader<'_>, start: usize) -> usize {
    let mut end = start;
    while reader.get(end).is_some_and(|line| kind(line).is_some()) {
        let is_file = reader.is_names(end)
            && reader.get(end + 2).is_some_and(|third| third.starts_with("@@ -"));
        if is_file {
            break;
        }
        end += 1;
    }
    end
}

/// The end of the body, if the stated counts are those of the lines; else where they look to end.
fn as_stated(reader: &Reader<'_>, start: usize, old: usize, new: usize) -> Result<usize, usize> {
    let natural = looks_like_body(reader, start);
    let (mut seen_old, mut seen_new, mut end) = (0, 0, start);
    while seen_old < old || seen_new < new {
        match reader.get(end).and_then(kind) {
            Some(Some(LineKind::Context)) => (seen_old, seen_new) = (seen_old + 1, seen_new + 1),
            Some(Some(LineKind::Delete)) => seen_old += 1,
            Some(Some(LineKind::Insert)) => seen_new += 1,
            Some(None) => {}
            None => return Err(natural),
        }
        end += 1;
    }
    if reader.get(end).is_some_and(|line| kind(line) == Some(None)) {
        end += 1;
    }
    let complete = seen_old == old && seen_new == new && end <= natural;
    // The next file may begin directly; blank lines and a signature belong to nobody.
    let tail_is_empty = || without_tail(reader, end, natural) == end;
    if complete && tail_is_empty() { Ok(end) } else { Err(natural) }
}

/// `end` without blank lines and a mail's signature before it.
fn without_tail(reader: &Reader<'_>, start: usize, end: usize) -> usize {
    let is_blank = |index: usize| reader.get(index).is_some_and(|line| trim(line).is_empty());
    let peel = |mut end: usize| {
        while end > start && is_blank(end - 1) {
            end -= 1;
        }
        end
    };
    let peeled = peel(end);
    if peeled > start && reader.is_signature(peeled - 1) { peel(peeled - 1) } else { peeled }
}

/// How many old and new lines there are.
fn counts(reader: &Reader<'_>, body: &Range<usize>) -> (usize, usize) {
    let kinds = body.clone().filter_map(|index| reader.get(index).and_then(kind).flatten());
    kinds.fold((0, 0), |(old, new), kind| match kind {
        LineKind::Context => (old + 1, new + 1),
        LineKind::Delete => (old + 1, new),
        LineKind::Insert => (old, new + 1),
    })
}

fn count_faults(
    reader: &mut Reader<'_>,
    line: usize,
    (old, new): (LineRange, LineRange),
    body: &Range<usize>,
) {
    use FaultKind as F;
    let (found_old, found_new) = counts(reader, body);
    let before = reader.faults.len();
    let sides = [
        ('-', "context and `-`", old, found_old, F::OldCountTooBig, F::OldCountTooSmall),
        ('+', "context and `+`", new, found_new, F::NewCountTooBig, F::NewCountTooSmall),
    ];
    for (sign, what, stated, count, too_big, too_small) in sides {
        if stated.count != count {
            let kind = if stated.count > count { too_big } else { too_small };
            let found = format!("`{sign}{},{}`", stated.start, stated.count);
            let expected = format!("`{sign}{},{count}` for its {what} lines", stated.start);
            reader.fault(line, kind, found, expected);
        }
    }
    if reader.faults.len() == before {
        // Counts that are right, and something after them: a marker without its line.
        let at = body.end;
        let found = format!("`{}`", trim(reader.get(at - 1).unwrap_or("")));
        reader.fault(at, F::TrailingLine, found, "the end of the hunk");
    }
}

/// The lines of the body, end-of-file markers folded into the lines that they follow.
fn fold(reader: &mut Reader<'_>, body: Range<usize>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::with_capacity(body.len());
    for index in body {
        let Some(text) = reader.get(index) else { continue };
        let number = index + 1;
        let Some(kind) = kind(text).flatten() else {
            let last = lines.last_mut().filter(|last| last.text.ends_with('\n'));
            match last {
                Some(last) => {
                    last.text.pop();
                }
                None => {
                    let expected = "a line of the file before it";
                    let found = format!("`{}`", trim(text));
                    reader.fault(number, FaultKind::Marker, found, expected);
                }
            }
            continue;
        };
        let mut content = if text == "\n" { text } else { &text[1..] }.to_owned();
        if !content.ends_with('\n') {
            content.push('\n');
        }
        lines.push(Line { kind, text: content, line: number });
    }
    misplaced_markers(reader, &lines);
    lines
}

/// A line without an ending must be the last of its side.
fn misplaced_markers(reader: &mut Reader<'_>, lines: &[Line]) {
    for (index, line) in lines.iter().enumerate() {
        let same_side = |other: &Line| {
            line.kind == LineKind::Context
                || other.kind == LineKind::Context
                || other.kind == line.kind
        };
        let after = lines[index + 1..].iter().find(|other| same_side(other));
        if let (false, Some(after)) = (line.text.ends_with('\n'), after) {
            let found = format!("line {} after it", after.line);
            reader.fault(line.line + 1, FaultKind::Marker, found, "the end of the file");
        }
    }
}
