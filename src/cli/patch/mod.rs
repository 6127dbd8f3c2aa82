//! `mad patch`.

mod list;
mod show;
mod source;
mod verify;

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
    Verify(verify::Args),
    List(list::Args),
    Show(show::Args),
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    match args.command {
        Command::Verify(args) => verify::run(globals, &args),
        Command::List(args) => list::run(globals, &args),
        Command::Show(args) => show::run(globals, &args),
    }
}
