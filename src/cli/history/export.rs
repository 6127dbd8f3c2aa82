//! `mad history export`.

use std::io::{BufWriter, IntoInnerError, Write};
use std::path::PathBuf;

use crate::cli::error::{Context, Result};

use super::WhichArgs;
use crate::cli::builds::existing;
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use crate::cli::streams::Stdout;
use crate::ui::count;

/// Write builds, verdicts and promotions as JSON lines (mad.history/1)
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: WhichArgs,
    /// Maximum number of builds, newest first
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let mut filter = args.which.filter(globals)?;
    filter.limit = args.limit;
    let history = existing()?;
    let file = args.output.as_ref().filter(|path| path.as_os_str() != "-");
    let Some(output) = file else {
        let stdout = Stdout::default();
        let mut out = BufWriter::new(stdout.clone());
        history.export(&filter, &mut out)?;
        out.flush()?;
        return Ok(stdout.check()?);
    };
    let cannot = || format!("cannot write `{}`", output.display());
    // Not in memory: a history may be large.
    let mut file = BufWriter::new(Output::create(output).with_context(cannot)?);
    let exported = history.export(&filter, &mut file)?;
    let file = file.into_inner().map_err(IntoInnerError::into_error).with_context(cannot)?;
    file.finish().with_context(cannot)?;
    let (builds, promotions) =
        (count(exported.builds, "build"), count(exported.promotions, "promotion"));
    globals.note(&format!("exported {builds} and {promotions} to {}", output.display()));
    Ok(())
}
