//! `mad history export`.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::WhichArgs;
use crate::cli::builds::existing;
use crate::cli::globals::Globals;
use crate::cli::streams::Stdout;
use crate::ui::count;

/// Write builds, their verdicts and promotions as text, one JSON a line (mad.history/1)
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: WhichArgs,
    /// No more than this many, the newest
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// Write to this file, not to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let mut filter = args.which.filter(globals)?;
    filter.limit = args.limit;
    let history = existing()?;
    let Some(output) = &args.output else {
        let stdout = Stdout::default();
        let mut out = BufWriter::new(stdout.clone());
        history.export(&filter, &mut out)?;
        out.flush()?;
        return Ok(stdout.check()?);
    };
    let cannot = || format!("cannot write `{}`", output.display());
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    // As a whole or not at all, and not in memory: a history may be large.
    let mut file = BufWriter::new(
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).with_context(cannot)?,
    );
    let exported = history.export(&filter, &mut file)?;
    file.flush().with_context(cannot)?;
    file.into_inner().map_err(|error| error.into_error()).with_context(cannot)?.persist(output)?;
    let (builds, promotions) =
        (count(exported.builds, "build"), count(exported.promotions, "promotion"));
    globals.note(&format!("exported {builds} and {promotions} to {}", output.display()));
    Ok(())
}
