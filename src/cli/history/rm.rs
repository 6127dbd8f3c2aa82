//! `mad history rm`.

use crate::cli::error::Result;

use crate::cli::builds::{existing, named};
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::report::history as report;

/// Remove single builds from the history
///
/// Their promotions are removed too, except those that `mad rollback` needs. No copy is kept.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The builds: their IDs or prefixes of them
    #[arg(value_name = "BUILD", required = true)]
    builds: Vec<String>,
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Output format; JSON is mad.history-rm/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let history = existing()?;
    // All are found before any goes.
    let found = args.builds.iter().map(|build| named(globals, &project, &history, build, None));
    let ids = found.map(|entry| Ok(entry?.record.id)).collect::<Result<Vec<String>>>()?;
    let removed = if args.dry_run { history.would_remove(&ids)? } else { history.remove(&ids)? };
    match args.format {
        Format::Json => {
            crate::cli::print(&report::gone_json("mad.history-rm/1", &removed, args.dry_run))
        }
        Format::Terminal => {
            globals.note(&report::gone(&removed, args.dry_run));
            Ok(())
        }
    }
}
