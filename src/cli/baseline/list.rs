//! `mad baseline list`.

use crate::cli::error::{Context, Result};

use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::report::baseline as report;

/// List the baselines of this project
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Output format; JSON is mad.baseline-list/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let folder = project.root().join("baselines");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let entries = entries.with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut profiles: Vec<String> = entries
        .into_iter()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".yaml")?.to_owned()))
        .collect();
    profiles.sort();
    let mut files = Vec::new();
    for profile in profiles {
        files.extend(super::read(&project, &profile)?);
    }
    let today = super::today();
    crate::cli::print(&match args.format {
        Format::Json => report::list_json(&files),
        Format::Terminal => report::list(&files, today),
    })
}
