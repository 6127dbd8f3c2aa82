//! Lines into logical lines: BuildKit's rules for comments, continuations and heredocs.
//!
//! Nothing is refused here; what is wrong is noted for whoever reads a file strictly.

use std::ops::Range;

use super::directive::{self, Directive};
use super::error::ParseError;
use super::lexer::{raw_words, unquoted_words};

/// A text cut into the lines that mean something.
#[derive(Debug)]
pub(crate) struct Scanned {
    /// Where BOM and directives end.
    pub head: usize,
    pub directives: Vec<Directive>,
    pub escape: char,
    pub logical: Vec<Logical>,
    /// The first thing that BuildKit refuses.
    pub fault: Option<ParseError>,
}

/// One instruction's lines.
#[derive(Debug)]
pub(crate) struct Logical {
    /// Its bytes, line endings and heredocs included.
    pub raw: Range<usize>,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// Continuations joined, comments and blank lines between them left out.
    pub line: String,
    pub heredocs: Vec<Heredoc>,
    /// Continuations that the end of the file cut off: where their escape characters stand.
    pub dangling: Vec<usize>,
}

/// A document within an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The word of its closing line.
    pub name: String,
    /// Whether variables in it are replaced: its name is not quoted.
    pub expands: bool,
    /// `<<-`: tabs at the start of lines do not count.
    pub strips_tabs: bool,
    /// The bytes between the opening and the closing line.
    pub body: Range<usize>,
}

/// Cuts a text into logical lines.
pub(crate) fn scan(text: &str) -> Scanned {
    let mut scanned = Scanned {
        head: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
        directives: Vec::new(),
        escape: '\\',
        logical: Vec::new(),
        fault: None,
    };
    let mut lines = Lines { text, at: scanned.head, number: 0 };
    read_directives(&mut lines, &mut scanned);
    while let Some(first) = lines.next() {
        if is_comment_or_blank(first.text) {
            continue;
        }
        let logical = read_logical(&mut lines, first, &mut scanned);
        scanned.logical.push(logical);
    }
    scanned
}

/// The arguments of a logical line, as its keyword and the rest.
pub(crate) fn split_keyword(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(['\t', '\x0b', '\x0c', '\r', ' ']).unwrap_or((line, ""))
}

/// Whether arguments are in the JSON form.
pub(crate) fn is_json(arguments: &str) -> bool {
    arguments.starts_with('[') && serde_json::from_str::<Vec<String>>(arguments).is_ok()
}

#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    /// With its ending.
    text: &'a str,
    start: usize,
    number: usize,
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let start = self.at;
        self.at += length;
        self.number += 1;
        Some(Line { text: &rest[..length], start, number: self.number })
    }
}

fn read_directives(lines: &mut Lines<'_>, scanned: &mut Scanned) {
    loop {
        let (at, number) = (lines.at, lines.number);
        let found = lines.next().and_then(|line| directive::read(line.text, line.number));
        let Some(found) = found else {
            (lines.at, lines.number) = (at, number);
            return;
        };
        scanned.head = lines.at;
        let fault = if scanned.directives.iter().any(|other| other.name == found.name) {
            Some(ParseError::RepeatedDirective { line: found.line, name: found.name.clone() })
        } else if found.name == "escape" {
            match found.value.as_str() {
                "\\" => None,
                "`" => {
                    scanned.escape = '`';
                    None
                }
                other => Some(ParseError::BadEscape { line: found.line, found: shown(other) }),
            }
        } else {
            None
        };
        scanned.fault = scanned.fault.take().or(fault);
        scanned.directives.push(found);
    }
}

fn read_logical(lines: &mut Lines<'_>, first: Line<'_>, scanned: &mut Scanned) -> Logical {
    let escape = scanned.escape;
    let (mut joined, mut dangling) = (String::new(), Vec::new());
    let mut last = first;
    let mut current = Some((first, first.text.trim_start()));
    while let Some((line, text)) = current.take() {
        last = line;
        let content = text.trim_end_matches(['\r', '\n']);
        let Some(head) = before_continuation(content, escape) else {
            joined.push_str(content);
            dangling.clear();
            break;
        };
        joined.push_str(head);
        let indent = line.text.len() - text.len();
        if !head.trim().is_empty() {
            dangling.clear();
        }
        dangling.push(line.start + indent + head.len());
        while let Some(next) = lines.next() {
            last = next;
            if !is_comment_or_blank(next.text) {
                current = Some((next, next.text));
                break;
            }
        }
    }
    let mut heredocs = Vec::new();
    for mut heredoc in opened(&joined) {
        let start = lines.at;
        let mut is_closed = false;
        while let Some(line) = lines.next() {
            last = line;
            let content = line.text.trim_end_matches(['\r', '\n']);
            let compared =
                if heredoc.strips_tabs { content.trim_start_matches('\t') } else { content };
            if compared == heredoc.name {
                heredoc.body = start..line.start;
                is_closed = true;
                break;
            }
        }
        if !is_closed {
            heredoc.body = start..lines.at;
            let name = shown(&heredoc.name);
            let fault = ParseError::OpenHeredoc { line: first.number, name };
            scanned.fault = scanned.fault.take().or(Some(fault));
        }
        heredocs.push(heredoc);
    }
    Logical {
        raw: first.start..lines.at,
        lines: (first.number, last.number),
        line: joined,
        heredocs,
        dangling,
    }
}

/// What stands before the escape character that ends a line; an escaped one ends none.
pub(crate) fn before_continuation(line: &str, escape: char) -> Option<&str> {
    let head = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!head.ends_with(escape)).then_some(head)
}

pub(crate) fn is_comment_or_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The heredocs that a logical line opens, their bodies not yet found.
fn opened(line: &str) -> Vec<Heredoc> {
    if !line.contains("<<") {
        return Vec::new();
    }
    let (mut keyword, mut rest) = split_keyword(line);
    if keyword.eq_ignore_ascii_case("ONBUILD") {
        (keyword, rest) = split_keyword(rest);
    }
    let takes_heredocs = ["RUN", "COPY", "ADD"].iter().any(|k| keyword.eq_ignore_ascii_case(k));
    if !takes_heredocs || is_json(super::super::instruction::flags(rest).1.trim()) {
        return Vec::new();
    }
    let words = raw_words(line).unwrap_or_default();
    words.iter().filter_map(|word| heredoc(word)).collect()
}

/// `<<EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF`; `<<<` is a here-string.
fn heredoc(word: &str) -> Option<Heredoc> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (strips_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let words = unquoted_words(rest).ok()?;
    let [name] = words.as_slice() else { return None };
    Some(Heredoc { name: name.clone(), expands: name == rest, strips_tabs, body: 0..0 })
}

/// Text of the file in a message: not more than what a line holds.
pub(super) fn shown(text: &str) -> String {
    let text = &*super::bytes::readable(text);
    const MOST: usize = 40;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        scan(text).logical.into_iter().map(|logical| logical.line).collect()
    }

    #[test]
    fn continuations_are_joined_without_a_space() {
        assert_eq!(lines("RUN ec\\\nho \\  \n# no\n\n\t x\nUSER a\n"), ["RUN echo \t x", "USER a"]);
        assert_eq!(lines("RUN a \\\\\nRUN b"), ["RUN a \\\\", "RUN b"]);
        assert_eq!(lines("\\\nRUN a"), ["RUN a"]);
        assert_eq!(lines("# escape=`\nRUN a `\r\n b\r\n"), ["RUN a  b"]);
        assert_eq!(lines("# c\n# escape=`\nRUN a `\nRUN b"), ["RUN a `", "RUN b"]);
    }

    #[test]
    fn heredocs_are_where_the_engine_sees_them() {
        let bodies = |text: &str| -> Vec<Vec<String>> {
            let scanned = scan(text);
            let of =
                |l: &Logical| l.heredocs.iter().map(|h| text[h.body.clone()].to_owned()).collect();
            scanned.logical.iter().map(of).collect()
        };
        for (text, found) in [
            ("RUN <<A cat <<-'B'\nx\nA\n\ty\n\tB\nUSER u", vec![vec!["x\n", "\ty\n"], vec![]]),
            ("RUN cat <<'E O F' >/x\nhi\nE O F\n", vec![vec!["hi\n"]]),
            ("RUN x 3<<E.O-F\r\nhi\r\nE.O-F\r\n", vec![vec!["hi\r\n"]]),
            ("onbuild copy <<EOF /x\nhi\nEOF\n", vec![vec!["hi\n"]]),
            ("RUN cat \\\n  <<EOF\nhi\nEOF\n", vec![vec!["hi\n"]]),
            ("RUN cat <<<EOF\nUSER x", vec![vec![], vec![]]),
            ("RUN echo \"<<EOF\"\nUSER x", vec![vec![], vec![]]),
            ("RUN [\"echo\", \"x\", \"<<EOF\"]\nUSER x", vec![vec![], vec![]]),
            ("RUN it's <<EOF\nUSER x", vec![vec![], vec![]]),
            ("ENV A=<<EOF\nUSER x", vec![vec![], vec![]]),
        ] {
            assert_eq!(bodies(text), found, "{text}");
        }
        let scanned = scan("RUN <<A <<\"B\"\nA\nB\n");
        let expands: Vec<bool> = scanned.logical[0].heredocs.iter().map(|h| h.expands).collect();
        assert_eq!(expands, [true, false]);
    }

    #[test]
    fn what_is_wrong_is_noted() {
        let fault = |text: &str| scan(text).fault;
        assert_eq!(
            fault("FROM a\nRUN <<EOF\nx\n"),
            Some(ParseError::OpenHeredoc { line: 2, name: "EOF".to_owned() })
        );
        assert!(matches!(fault("# escape=x\n"), Some(ParseError::BadEscape { line: 1, .. })));
        assert!(matches!(
            fault("# escape=`\n# escape=`\n"),
            Some(ParseError::RepeatedDirective { line: 2, .. })
        ));
        assert_eq!(scan("FROM a\nRUN x \\  \n# c\n").logical[1].dangling, [13]);
        assert_eq!(scan("FROM a\nRUN x\\\n \\\n").logical[1].dangling, [12, 15]);
        assert!(scan("FROM a\nRUN x \\\n y").logical[1].dangling.is_empty());
    }
}
