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
    /// As characters, because columns count them.
    lines: Vec<Vec<char>>,
}

impl<'a> Places<'a> {
    /// The places of `source`, whose YAML starts at the character `from`.
    pub(super) fn new(source: &'a Arc<Source>, from: usize) -> Self {
        Self {
            source,
            from,
            lines: source.text().lines().map(|line| line.chars().collect()).collect(),
        }
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
        if last_sign(self.line(marker)).is_none() {
            let ends = self.lines[..marker.line().min(self.lines.len())].iter().enumerate();
            let last = ends.rev().find_map(|(index, line)| Some((index, last_sign(line)?)));
            if let Some((index, column)) = last {
                mark = Mark::new(self.source, index + 1, column + 1, 1);
            }
        }
        let indent = self.line(marker).iter().copied().take_while(|c| c.is_whitespace());
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

    fn line(&self, marker: Marker) -> &[char] {
        self.lines.get(marker.line().max(1) - 1).map_or(&[], Vec::as_slice)
    }

    /// The character at a place.
    pub(super) fn at(&self, mark: &Mark) -> Option<char> {
        self.lines.get(mark.line() - 1)?.get(mark.column() - 1).copied()
    }

    /// The last character before a place that is no blank: the `-` or `,` that nothing follows.
    pub(super) fn before(&self, marker: Marker) -> Mark {
        let at = self.mark(marker, 1);
        let this = self.line(marker);
        let this = &this[..this.len().min(at.column() - 1)];
        let above = self.lines[..self.lines.len().min(at.line() - 1)].iter().map(Vec::as_slice);
        let mut lines = std::iter::once((at.line() - 1, this)).chain(above.enumerate().rev());
        let last = lines.find_map(|(index, line)| Some((index, last_sign(line)?)));
        last.map_or(at, |(index, column)| Mark::new(self.source, index + 1, column, 1))
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
        let after = line.get(marker.col() + shift + 1..).unwrap_or_default();
        for (index, &c) in after.iter().enumerate() {
            if c == quote && !escaped {
                return index + 2;
            }
            escaped = c == '\\' && !escaped && quote == '"';
        }
        1
    }
}

/// The column of the last character that is no blank, from one.
fn last_sign(line: &[char]) -> Option<usize> {
    line.iter().rposition(|c| !c.is_whitespace()).map(|index| index + 1)
}
