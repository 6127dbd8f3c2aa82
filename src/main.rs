//! The `mad` program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mad::cli::run(std::env::args_os())
}
