//! `mad history list`.

use crate::cli::error::Result;

use super::WhichArgs;
use crate::cli::builds::existing;
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::report::history as report;
use crate::timing::history::Filter;
use crate::timing::record::Ending;

/// List the builds of this project, newest first
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: WhichArgs,
    /// Maximum number of builds; 0 for all
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Only builds that failed
    #[arg(long)]
    failed: bool,
    /// Output format; JSON is mad.history-list/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let filter = Filter {
        ending: args.failed.then_some(Ending::Failed),
        limit: Some(args.limit).filter(|limit| *limit > 0),
        ..args.which.filter(globals)?
    };
    let builds = existing()?.list(&filter)?;
    crate::cli::print(&match args.format {
        Format::Json => report::list_json(&builds),
        Format::Terminal => {
            let look = globals.table_look(args.which.all_projects);
            report::list(&builds, &look)
        }
    })
}
