//! A Dockerfile that loses nothing: every byte of the file belongs to one part of the model, so that
//! an unedited file prints as it was and an edited one changes only where it was edited.
//!
//! ```text
//! head      BOM and parser directives (`# syntax=`, `# escape=`, `# check=`)
//! block 0   gap      blank lines, and comments with a blank line below them: they stay in place
//!           leading  comments directly above the instruction: they belong to it and move with it
//!           raw      the instruction: its lines, continuations, heredocs, line endings
//! block 1   …
//! tail      what follows the last instruction
//! ```
//!
//! The rules of lines, directives, flags and heredocs are BuildKit's (`frontend/dockerfile/parser`),
//! those of variables too (`frontend/dockerfile/shell`); where versions of it differ, the newest
//! counts. What no file can say (an image's own user, a `--build-arg`) is unknown, never guessed.
//!
//! Parser crates that were tried on 25 small files, and what each loses:
//!
//! - `parse-dockerfile` 0.1.9 has spans, but drops comments and blank lines, refuses
//!   `RUN cat <<'E O F'`, `3<<EOF` and `<<E.O-F`, and any instruction that it does not know;
//! - `dockerfile-parser` 0.9.0 has spans and comments, but no heredocs, no BOM, no `# escape=`;
//! - `dockerfile-parser-rs` 3.4.0 has neither spans nor heredocs, refuses `RUN x`, CRLF and what is
//!   not of two words, and prints what it understood instead of what was written.

mod assignments;
mod base_facts;
mod build_graph;
mod bytes;
mod directive;
mod error;
mod expand;
mod file;
mod lexer;
mod reading;
mod rebuild;
mod scan;
mod stage_view;
mod state;
mod user;

pub(super) use super::instruction::flags;
pub use assignments::{arg_words, env_pairs};
pub use base_facts::{BaseFacts, Bases};
pub use build_graph::NumberedStep;
pub use bytes::{readable, to_bytes};
pub use directive::Directive;
pub use error::ParseError;
pub use expand::{Expanded, expand};
pub(crate) use file::is_known;
pub use file::{Block, Eol, File, Heredoc, MAX_BYTES};
pub use rebuild::{Edit, rebuild};
pub(super) use scan::{
    Logical, before_continuation, is_comment_or_blank, is_json, scan, split_keyword,
};
pub use stage_view::{Base, StageView};
pub(crate) use state::clean_path;
pub use state::{State, Value, Workdir};
pub use user::UserRef;

#[cfg(test)]
mod properties;
