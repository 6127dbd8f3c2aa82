//! `mad history import`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::Result;

use super::Format;
use crate::cli::builds::plain;
use crate::cli::environment;
use crate::cli::exit::UsageError;
use crate::cli::globals::Globals;
use crate::project::Source;
use crate::report::history as report;
use crate::timing::history::History;

/// Take over what `mad history export` wrote: all of it, or nothing where a line is bad
///
/// Builds that are known already stay as they are, so that a file may be imported again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Leave the builds with the project that they name, instead of making them builds of this one
    #[arg(long)]
    keep_project: bool,
    /// How to say what was imported; JSON is mad.history-import/1
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
