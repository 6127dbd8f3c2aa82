//! The parser's places as ours, and what they are needed for: widths, and likely causes.

use std::sync::Arc;

use yaml_rust2::scanner::{Marker, ScanError, TScalarStyle};

use super::{Cause, Fault, Located, Mark, Source};

/// A value, or the fault that keeps a text from being one.
pub(super) type Fallible<T> = Result<T, Box<Located<Fault>>>;

/// Turns the parser's places into ours.
pub(super) struct Places<'a> {
    source: &'a Arc<Source>,
    from: usize,
    lines: Vec<String>,
}

impl<'a> Places<'a> {
    /// The places of `source`, whose YAML starts at the character `from`.
    pub(super) fn new(source: &'a Arc<Source>, from: usize) -> Self {
        Self { source, from, lines: source.text().lines().map(str::to_owned).collect() }
    }

    /// The text that the places are in.
    pub(super) fn source(&self) -> &'a Arc<Source> {
        self.source
    }

    /// The parser counts lines from one and columns from zero.
    pub(super) fn mark(&self, marker: Marker, width: usize) -> Mark {
        let shift = if marker.line() <= 1 { self.from } else { 0 };
        Mark::new(self.source, marker.line(), marker.col() + 1 + shift, width)
    }

    pub(super) fn fail<T>(&self, marker: Marker, fault: Fault) -> Fallible<T> {
        Err(Box::new(Located::new(&self.mark(marker, 1), fault)))
    }

    /// The parser's error, at the end of the text where it ran past it, with its likely cause.
    pub(super) fn syntax<'b>(
        &self,
        error: &ScanError,
        open: impl DoubleEndedIterator<Item = &'b Mark>,
    ) -> Box<Located<Fault>> {
        let marker = *error.marker();
        let mut mark = self.mark(marker, 1);
        if self.line(marker).trim().is_empty() {
            let ends = self.lines[..marker.line().min(self.lines.len())].iter().enumerate();
            if let Some((index, text)) = ends.rev().find(|(_, text)| !text.trim().is_empty()) {
                mark = Mark::new(self.source, index + 1, text.trim_end().chars().count() + 1, 1);
            }
        }
        let indent = self.line(marker).chars().take_while(|c| c.is_whitespace());
        let cause = match self.at(&mark) {
            _ if indent.into_iter().any(|c| c == '\t') => Some(Cause::Tab),
            Some('"' | '\'') => Some(Cause::OpenQuote),
            Some('@' | '`' | '%') => Some(Cause::Reserved),
            _ => open.rev().find_map(|place| {
                // On the line at fault, the bracket is more likely right than wrong.
                let past = place.line() < mark.line() || self.at(&mark).is_none();
                let bracket = self.at(place).filter(|_| past).filter(|c| matches!(c, '[' | '{'))?;
                Some(Cause::OpenBracket { bracket, line: place.line(), column: place.column() })
            }),
        };
        Box::new(Located::new(&mark, Fault::Syntax { info: error.info().to_owned(), cause }))
    }

    fn line(&self, marker: Marker) -> &str {
        self.lines.get(marker.line().max(1) - 1).map_or("", String::as_str)
    }

    /// The character at a place.
    pub(super) fn at(&self, mark: &Mark) -> Option<char> {
        self.lines.get(mark.line() - 1)?.chars().nth(mark.column() - 1)
    }

    /// The last character before a place that is no blank: the `-` or `,` that nothing follows.
    pub(super) fn before(&self, marker: Marker) -> Mark {
        let at = self.mark(marker, 1);
        let this: String = self.line(marker).chars().take(at.column() - 1).collect();
        let above = self.lines.iter().take(at.line() - 1).map(String::as_str);
        let lines: Vec<&str> = above.chain([this.as_str()]).collect();
        let last = lines.iter().enumerate().rev().find(|(_, line)| !line.trim().is_empty());
        last.map_or(at, |(index, line)| {
            Mark::new(self.source, index + 1, line.trim_end().chars().count(), 1)
        })
    }

    /// How wide a scalar is drawn: to its closing quote, or as long as its text.
    pub(super) fn width(&self, marker: Marker, text: &str, style: TScalarStyle) -> usize {
        let shift = if marker.line() <= 1 { self.from } else { 0 };
        let line = self.line(marker);
        let quote = match style {
            TScalarStyle::Plain => return text.chars().count(),
            TScalarStyle::SingleQuoted => '\'',
            TScalarStyle::DoubleQuoted => '"',
            TScalarStyle::Literal | TScalarStyle::Folded => return 1,
        };
        let mut escaped = false;
        let after = line.chars().skip(marker.col() + shift + 1);
        for (index, c) in after.enumerate() {
            if c == quote && !escaped {
                return index + 2;
            }
            escaped = c == '\\' && !escaped && quote == '"';
        }
        1
    }
}
