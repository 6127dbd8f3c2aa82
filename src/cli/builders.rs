//! `mad builders`.

mod list;
mod manifest;

use crate::cli::error::Result;
use crate::cli::globals::Globals;

/// Builders beyond this machine
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Manifest(manifest::Args),
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    match &args.command {
        Command::List(args) => list::run(globals, args),
        Command::Manifest(args) => manifest::run(args),
    }
}
