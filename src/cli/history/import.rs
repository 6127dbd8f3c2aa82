//! `mad history import`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use crate::cli::error::Result;

use crate::cli::builds::plain;
use crate::cli::environment;
use crate::cli::exit::UsageError;
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::project::Source;
use crate::report::history as report;
use crate::timing::history::History;

/// Import what `mad history export` wrote: all of it, or nothing if any line is invalid
///
/// Builds that are already in the history stay as they are, so a file can be imported again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Keep each build's own project name instead of importing it into this project
    #[arg(long)]
    keep_project: bool,
    /// Output format; JSON is mad.history-import/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = if args.keep_project { None } else { Some(Source::name_of(&globals.project()?)) };
    let lines: Box<dyn BufRead> = if args.file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(&args.file).map_err(|error| UsageError {
            message: format!("cannot read `{}`: {error}", args.file.display()),
            hint: None,
        })?;
        Box::new(BufReader::new(file))
    };
    let history =
        History::open(&environment::history_file()?)?.with_plain(plain(&globals.project()?));
    let imported = history.import(lines, project.as_deref())?;
    match args.format {
        Format::Json => crate::cli::print(&report::import_json(&imported)),
        Format::Terminal => {
            globals.note(&report::import(&imported));
            Ok(())
        }
    }
}
