//! `mad image`.

mod verify;

use crate::cli::error::Result;
use clap::Subcommand;

use super::globals::Globals;

/// Try an image: start it, look through its files
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::Args),
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    match args.command {
        Command::Verify(args) => verify::run(globals, &args),
    }
}
