//! `@@ -12,7 +12,9 @@ section`.

use super::super::LineRange;

/// The two ranges and the section; none if it is no hunk header.
pub(super) fn parse(line: &str) -> Option<(LineRange, LineRange, String)> {
    let rest = line.strip_prefix("@@ -")?;
    let (old, rest) = span(rest)?;
    let (new, rest) = span(rest.strip_prefix(" +")?)?;
    let rest = rest.strip_prefix(" @@")?;
    let section = match rest.strip_prefix(' ') {
        Some(section) => section,
        None if rest.is_empty() => "",
        None => return None,
    };
    // Line 0 is only before the first line.
    let possible = |span: LineRange| span.start > 0 || span.count == 0;
    (possible(old) && possible(new)).then(|| (old, new, section.to_owned()))
}

/// As it is written, also in mended patches: a count of 1 is left out.
pub(crate) fn format(old: LineRange, new: LineRange, section: &str) -> String {
    let range = |span: LineRange| match span.count {
        1 => span.start.to_string(),
        count => format!("{},{count}", span.start),
    };
    let space = if section.is_empty() { "" } else { " " };
    format!("@@ -{} +{} @@{space}{section}", range(old), range(new))
}

fn span(text: &str) -> Option<(LineRange, &str)> {
    let (start, rest) = number(text)?;
    match rest.strip_prefix(',') {
        None => Some((LineRange { start, count: 1 }, rest)),
        Some(rest) => number(rest).map(|(count, rest)| (LineRange { start, count }, rest)),
    }
}

/// At most nine digits: no file has more lines, and no sum overflows.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let digits = text.get(..end).filter(|digits| digits.len() <= 9)?;
    Some((digits.parse().ok()?, &text[end..]))
}
