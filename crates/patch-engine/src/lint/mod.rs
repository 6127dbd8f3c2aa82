//! Reads a patch file, or lists all its faults.
//!
//! Stricter than diffy, GNU patch and git apply on purpose: each of them takes some inputs that say
//! something else than what is done (a count too small drops lines, a missing last newline glues
//! two lines together, prose is a patch that does nothing). Format: GNU diffutils manual, "Detailed
//! Description of Unified Format"; git-diff(1), "Generating patch text with -p".

mod body;
mod consistency;
mod draft;
mod file;
mod git;
mod header;
mod name;
mod reader;

pub(super) use draft::draft;
pub use draft::lint;
pub(super) use header::format as format_header;

#[cfg(test)]
mod tests;
