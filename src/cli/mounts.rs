//! `mad mounts`.

use crate::cli::error::Result;
use clap::Subcommand;

use super::globals::Globals;
use super::print;
use super::profile_args::ProfileArgs;
use crate::report::mounts;

/// What lies where in the container
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a table of the mounts, their life cycle and their backup, as Markdown
    Doc {
        #[command(flatten)]
        profile: ProfileArgs,
    },
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let Command::Doc { profile } = &args.command;
    let project = globals.project()?;
    let name = profile.name(globals, &project)?;
    let loaded = profile.load(&project, &name)?;
    print(&mounts::markdown(&loaded.name, &loaded.profile.mounts))
}
