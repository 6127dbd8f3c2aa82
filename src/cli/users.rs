//! `mad users`.

mod audit;
mod bases;
mod fix;
mod input;

use crate::cli::error::Result;
use clap::Subcommand;

use super::globals::Globals;

/// Audit and reduce the USER instructions of a Dockerfile
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Audit(audit::Args),
    Fix(fix::Args),
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    match args.command {
        Command::Audit(args) => audit::run(globals, &args),
        Command::Fix(args) => fix::run(globals, &args),
    }
}
