//! `mad patch show`.

use std::io::IsTerminal;

use crate::cli::error::{Context, Result};

use super::workspace::SeriesArgs;
use crate::cli::exit::UsageError;
use crate::cli::globals::Globals;
use crate::patch::explain;
use npm::Version;

/// Print a patch for a version, with its header
#[derive(Debug, clap::Args)]
pub struct Args {
    /// ID of the patch, see `mad patch list`
    id: String,
    /// The version to print it for [default: the newest in matrix.lock]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    #[command(flatten)]
    series: SeriesArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let files = args.series.load(&globals.project()?)?;
    let usage = |message: String, hint: Option<String>| UsageError { message, hint };
    let Some(patch) = files.series.patches.iter().find(|patch| patch.id == args.id) else {
        let ids: Vec<&str> = files.series.patches.iter().map(|patch| patch.id.as_str()).collect();
        let message = format!("no patch `{}`, expected one of `{}`", args.id, ids.join("`, `"));
        return Err(usage(message, None).into());
    };
    let newest = || {
        files
            .matrix
            .as_ref()?
            .groups
            .iter()
            .filter_map(|group| group.versions.last())
            .max_by_key(|v| Version::parse(v).ok())
            .cloned()
    };
    let Some(text) = args.version.clone().or_else(newest) else {
        let hint = Some("name one with `--version`".to_owned());
        return Err(usage("matrix.lock has no version".to_owned(), hint).into());
    };
    let version = Version::parse(&text)
        .map_err(|_| usage(format!("found `{text}`, expected a version like `2.7.47`"), None))?;
    let variant = patch
        .variant(&version)
        .with_context(|| format!("patches/{}/series.yaml contradicts itself", files.name))?;
    match variant.and_then(|variant| files.patches.get(&variant.file)) {
        // A person sees it as it is safe to see; a program gets its bytes.
        Some(patch) if std::io::stdout().is_terminal() => {
            crate::cli::print(&explain::visible(&patch.text))
        }
        Some(patch) => crate::cli::print(&patch.text),
        None => {
            globals.note(&format!("{version} needs no patch `{}`: fixed upstream", patch.id));
            Ok(())
        }
    }
}
