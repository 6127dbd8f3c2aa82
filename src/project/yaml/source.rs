//! A text that values come from, and a place in it.
//!
//! A text is a file or one argument of the command line. Places count lines and columns from one,
//! columns in characters, as editors do.

use std::fmt;
use std::sync::Arc;

/// Where the text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Argument,
}

/// One text, shared by all the places in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    kind: Kind,
}

impl Source {
    /// A file; `name` is its path relative to the project.
    pub fn file(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), kind: Kind::File })
    }

    /// An argument; `name` is the flag (`--set`), `text` what was typed after it.
    pub fn argument(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), kind: Kind::Argument })
    }

    /// Path of the file, or the flag.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it was typed on the command line, where quotes are hard to write.
    pub fn is_argument(&self) -> bool {
        self.kind == Kind::Argument
    }
}

/// A place in a [`Source`], as wide as what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    source: Arc<Source>,
    line: usize,
    column: usize,
    width: usize,
}

impl Mark {
    /// A place; `line` and `column` count from one, `width` is in characters.
    pub fn new(source: &Arc<Source>, line: usize, column: usize, width: usize) -> Self {
        Self {
            source: Arc::clone(source),
            line: line.max(1),
            column: column.max(1),
            width: width.max(1),
        }
    }

    /// The first character of the text.
    pub fn start(source: &Arc<Source>) -> Self {
        Self::new(source, 1, 1, 1)
    }

    /// The first place of `word`, as a whole word, from here to the end of the line.
    pub fn find(&self, word: &str) -> Option<Self> {
        let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let line = self.source.text.lines().nth(self.line - 1)?;
        let (from, _) = line.char_indices().nth(self.column - 1)?;
        let (at, _) = line.match_indices(word).find(|(at, found)| {
            *at >= from
                && is_end(line[..*at].chars().next_back())
                && is_end(line[at + found.len()..].chars().next())
        })?;
        let column = line[..at].chars().count() + 1;
        Some(Self::new(&self.source, self.line, column, word.chars().count()))
    }

    /// The text that the place is in.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Line, from one.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column in characters, from one.
    pub fn column(&self) -> usize {
        self.column
    }

    /// How many characters stand there.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The place without its text, for records and annotations.
    pub fn position(&self) -> Position {
        Position { file: self.source.name.clone(), line: self.line, column: self.column }
    }

    /// The line of the text with a caret under the place, as compilers show it. Control
    /// characters are shown as `\u{fffd}`, so that a file cannot steer the terminal.
    pub fn excerpt(&self) -> String {
        const SHOWN: usize = 100;
        let line: Vec<char> = self
            .source
            .text
            .lines()
            .nth(self.line - 1)
            .unwrap_or_default()
            .chars()
            .map(|c| match c {
                '\t' => ' ',
                c if c.is_control() => '\u{fffd}',
                c => c,
            })
            .collect();
        // A caret past the end is right for "something is missing here", but not by more than one.
        let at = (self.column - 1).min(line.len());
        let from = if at < SHOWN { 0 } else { at - SHOWN / 2 };
        let shown: String = line.iter().skip(from).take(SHOWN).collect();
        let room = line.len().saturating_sub(at).clamp(1, SHOWN);
        let width = self.width.min(room);
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        format!(
            "{gutter} |\n{number} | {}\n{gutter} | {}{}",
            shown.trim_end(),
            " ".repeat(at - from),
            "^".repeat(width)
        )
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source.kind {
            Kind::File => write!(f, "{}:{}:{}", self.source.name, self.line, self.column),
            Kind::Argument => write!(f, "{} {}", self.source.name, super::shown(&self.source.text)),
        }
    }
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Path relative to the project, or the flag (`--set`) for an argument.
    pub file: String,
    /// From one.
    pub line: usize,
    /// In characters, from one.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
