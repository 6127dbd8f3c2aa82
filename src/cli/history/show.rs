//! `mad history show`.

use crate::cli::error::Result;

use crate::cli::builds::{existing, named};
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::report::history as report;

/// Show one build: where it ran, its steps and their times, its verdict
///
/// In CI, `last` is the last build of this job.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its ID or a prefix of it; `last` for the newest of this project, `last~1` for the one before
    #[arg(value_name = "BUILD", default_value = "last")]
    build: String,
    /// Output format; JSON is mad.history/1, as `mad history export` writes it
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let entry = named(globals, &globals.project()?, &existing()?, &args.build, None)?;
    crate::cli::print(&match args.format {
        Format::Json => report::show_json(&entry),
        Format::Terminal => {
            let look = globals.table_look(true);
            report::show(&entry, &look)
        }
    })
}
