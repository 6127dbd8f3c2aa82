//! `mad show`.

mod config;

use clap::Subcommand;

use super::globals::Globals;
use crate::cli::error::Result;

/// Show what a profile comes to
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Config(config::Args),
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    match &args.command {
        Command::Config(args) => config::run(globals, args),
    }
}
