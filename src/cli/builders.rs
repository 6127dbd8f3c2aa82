//! `mad builders`.

mod manifest;

use crate::cli::error::Result;

/// Builders beyond this machine
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Manifest(manifest::Args),
}

pub fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::Manifest(args) => manifest::run(args),
    }
}
