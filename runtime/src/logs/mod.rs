//! What the programs write: collected, kept within a budget, searched, and passed on.
//!
//! ```text
//!   exec ▶ program ──pipe──▶ collect ▶ queue ▶ writer ▶ store (segments) ▶ pack (zstd, index)
//!                              │                            ▲
//!            stream, lines, join, parse, level              └── query, patterns
//! ```

pub mod bench;
mod card;
mod collect;
mod exec;
mod forward;
mod index;
mod join;
mod level;
pub mod lines;
mod pack;
mod parse;
pub mod patterns;
pub mod query;
mod queue;
mod record;
mod store;
mod stream;
#[cfg(test)]
mod tests;
mod time;
mod writer;

pub use collect::{CollectError, collect};
pub use exec::{ExecError, exec};
pub use level::{LEVELS, Level};
pub use record::Head;
pub use time::{now, text as time_text};
