//! `mad patch`.

mod import;
mod refresh;
#[allow(dead_code)]
mod source;
mod workspace;

use anyhow::Result;
use clap::Subcommand;

use super::globals::Globals;

/// Verify and change the patches of a package
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Args),
    Refresh(refresh::Args),
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    match args.command {
        Command::Import(args) => import::run(globals, &args),
        Command::Refresh(args) => refresh::run(globals, &args),
    }
}
