//! `mad history`.

mod export;
mod import;
mod list;
mod prune;
mod rm;
mod show;

use crate::cli::error::Result;
use clap::Subcommand;

use super::globals::Globals;
use crate::project::Source;
use crate::timing::history::Filter;

/// List, export, import and prune the records of earlier builds
///
/// Records are in `$XDG_STATE_HOME/mad/history.db` (default `~/.local/state/mad/history.db`), or in
/// the file named by `MAD_HISTORY`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Export(export::Args),
    Import(import::Args),
    Prune(prune::Args),
    Rm(rm::Args),
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    match args.command {
        Command::List(args) => list::run(globals, &args),
        Command::Show(args) => show::run(globals, &args),
        Command::Export(args) => export::run(globals, &args),
        Command::Import(args) => import::run(globals, &args),
        Command::Prune(args) => prune::run(globals, &args),
        Command::Rm(args) => rm::run(globals, &args),
    }
}

/// Which builds.
#[derive(Debug, clap::Args)]
struct WhichArgs {
    /// Only builds of this profile
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Include the builds of all projects
    #[arg(long)]
    all_projects: bool,
}

impl WhichArgs {
    fn filter(&self, globals: &Globals) -> Result<Filter> {
        let project =
            if self.all_projects { None } else { Some(Source::name_of(&globals.project()?)) };
        Ok(Filter { project, profile: self.profile.clone(), ..Filter::default() })
    }
}
