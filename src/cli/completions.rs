//! `mad completions`.

use crate::cli::error::Result;
use clap_complete::Shell;

/// Print a completion script for a shell
///
/// For example `mad completions bash > /etc/bash_completion.d/mad`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "mad", &mut script);
    super::print(&String::from_utf8_lossy(&script))
}
