//! Text to syntax tree, with guards in front of a parser that recurses.

use brush_parser::ast::Program;
use brush_parser::{Parser, ParserOptions};

/// The longest text that is read, in bytes. Longer steps are written by programs.
const LONGEST: usize = 64 << 10;
/// The deepest nesting that is read. The parser recurses, and its stack is ours.
const DEEPEST: usize = 24;

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than `LONGEST` bytes.
    #[error("its text is too long to be read")]
    TooLong,
    /// Nested deeper than `DEEPEST`.
    #[error("its text is nested too deeply to be read")]
    TooDeep,
    /// No shell text, or a kind of it that the parser does not know.
    #[error("its text is not understood as shell")]
    Syntax,
}

/// The options of the parser, for texts and words alike.
pub(super) fn options() -> ParserOptions {
    ParserOptions { enable_extended_globbing: false, ..ParserOptions::default() }
}

/// Reads a text as a shell program.
///
/// # Errors
///
/// Where it is too long, too deep, or no shell text.
pub fn parse(text: &str) -> Result<Program, Unreadable> {
    if text.len() > LONGEST {
        return Err(Unreadable::TooLong);
    }
    if depth(text) > DEEPEST {
        return Err(Unreadable::TooDeep);
    }
    Parser::new(text.as_bytes(), &options()).parse_program().map_err(|_| Unreadable::Syntax)
}

/// How deep brackets and compound commands nest at most. Brackets in quotes count too: rather refuse a
/// text than overflow the stack. The two are counted apart, because `case` has brackets that only close.
fn depth(text: &str) -> usize {
    let (mut brackets, mut compounds, mut deepest) = (0_usize, 0_usize, 0_usize);
    let mut backticks = 0;
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_alphabetic() {
            word.push(c);
            continue;
        }
        match word.as_str() {
            "if" | "for" | "while" | "until" | "case" | "select" => compounds += 1,
            "fi" | "done" | "esac" => compounds = compounds.saturating_sub(1),
            _ => {}
        }
        word.clear();
        match c {
            '(' | '{' | '[' => brackets += 1,
            ')' | '}' | ']' => brackets = brackets.saturating_sub(1),
            '`' => backticks += 1,
            _ => {}
        }
        deepest = deepest.max(brackets + compounds);
    }
    // Backticks nest by backslashes; each pair may be a level.
    deepest + if text.contains("\\`") { backticks / 2 } else { 0 }
}
