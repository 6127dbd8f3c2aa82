//! `mad patch`.

mod bisect;
mod import;
mod list;
mod new;
mod rebase;
mod refresh;
mod show;
mod source;
mod verify;
mod workspace;

use crate::cli::error::Result;
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
    New(new::Args),
    Import(import::Args),
    Refresh(refresh::Args),
    Rebase(rebase::Args),
    Bisect(bisect::Args),
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    match args.command {
        Command::Verify(args) => verify::run(globals, &args),
        Command::List(args) => list::run(globals, &args),
        Command::Show(args) => show::run(globals, &args),
        Command::New(args) => new::run(globals, &args),
        Command::Import(args) => import::run(globals, &args),
        Command::Refresh(args) => refresh::run(globals, &args),
        Command::Rebase(args) => rebase::run(globals, &args),
        Command::Bisect(args) => bisect::run(globals, &args),
    }
}
