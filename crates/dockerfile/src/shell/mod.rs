//! Shell text, read as a shell reads it: a syntax tree, and words expanded as far as that is certain.
//!
//! The parser is `brush-parser` (MIT, kept up, bash and POSIX grammar with heredocs and word pieces).
//! Others that were looked at: `yash-syntax` is GPL, `conch-parser` is no longer kept up,
//! `tree-sitter-bash` gives a tree for anything, broken text too, where a refusal is wanted here.
//!
//! What is certain ends soon: a variable that the file does not set, a command substitution, a pattern
//! after an expansion. Such a word is [`Expansion::Opaque`], and whoever needs its value must take
//! the step for unknown.

mod dialect;
mod parse;
mod word;

#[cfg(test)]
mod tests;

pub use dialect::{Dialect, Invocation};
pub use parse::{Unreadable, parse};
pub use word::{Expanded, Expansion, Field, Names, Variable, expand, expand_heredoc};
