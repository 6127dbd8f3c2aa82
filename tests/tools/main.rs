//! The tests that need other programs than mad's own (shellcheck, xmllint), or an npm registry. `scripts/test`
//! installs the programs; without one its test fails and says so.

// Tests read what they are to run with, and say what they saw.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

mod benchmarks;
mod junit;
mod npm;
mod scripts;
