//! `mad completions`.

use clap_complete::Shell;

use super::complete;
use crate::cli::error::Result;

/// Print a completion script for a shell
///
/// For example `mad completions bash > /etc/bash_completion.d/mad`. It asks mad when Tab is pressed, so
/// that names of profiles, stages and patch series are those of the project one is in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Result<()> {
    let script = complete::script(&args.shell.to_string())?;
    super::print(&String::from_utf8_lossy(&script))
}
