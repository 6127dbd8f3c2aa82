//! The rules that values must keep, each at the place of the value.
//!
//! Most values end in a Dockerfile or a command line. The rules are the grammars of the tools that
//! read them, so that no value can be taken for something else there. `mod.rs` says which value has
//! which rule; a file here has the grammar of one tool.

mod debian;
mod gates;
mod npm;
mod paths;
mod pypi;
mod rule;
mod runtime;
mod values;
mod words;

pub use rule::Rule;
pub(super) use values::check;
pub use values::parse_image;
