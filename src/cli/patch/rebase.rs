//! `mad patch rebase`.

use std::path::{Path, PathBuf};

use crate::cli::error::{Context, Result};

use super::source::{PackageSelection, Source, SourceArgs};
use super::workspace::SeriesArgs;
use crate::cli::exit::{PatchFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::write_file;
use crate::patch::{Rebase, SeriesFiles, Upstream, explain, fits, proposal, rebase};
use npm::Version;

/// Rebase the series onto another version: write a proposal, and list the patches that need manual
/// resolution
///
/// The proposal is a folder with the new variants and a REPORT.md that shows, for each patch, what
/// changed in it and what upstream changed around it. The series itself is not changed. Exits with
/// 5 if manual resolution is needed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The version to rebase onto; or a folder (`./DIR`), or a .tgz
    #[arg(long, value_name = "VERSION|DIR|TGZ")]
    to: PackageSelection,
    /// The version to rebase from [default: the nearest published one that the series applies to]
    #[arg(long, value_name = "VERSION|DIR|TGZ")]
    from: Option<PackageSelection>,
    /// Write the proposal into this folder [default: patches/SERIES/rebase-VERSION]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    series: SeriesArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let files = args.series.load(&project)?;
    let source = args.source.open(globals, &project)?;
    let to = source.upstream(&files, &args.to)?;
    let from = match &args.from {
        Some(which) => source.upstream(&files, which)?,
        None => nearest(&source, &files, &to.version)?,
    };
    let rebase = match rebase(&files, &from, &to) {
        Ok(rebase) => rebase,
        Err(error) => return Err(PatchFailed(error.to_string()).into()),
    };
    let default = || args.series.folder(&project).join(format!("rebase-{}", to.version));
    let output = args.output.clone().unwrap_or_else(default);
    clear(&output)?;
    for (name, text) in proposal(&rebase) {
        write_file(&output.join(name), &text)?;
    }
    crate::cli::print(&explain::visible(&told(&rebase)))?;
    globals.note(&format!("wrote the proposal into {}", output.display()));
    let open: Vec<&str> = rebase.open().map(|patch| patch.id.as_str()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let message = format!("manual resolution needed for {}: see REPORT.md there", open.join(", "));
    Err(PatchFailed(message).into())
}

/// Takes an earlier proposal away; a folder with anything else in it is its owner's, and stays.
fn clear(folder: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.context("cannot read the folder of the proposal")?.path());
    }
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name == "REPORT.md" || name.ends_with(".patch") || name.ends_with(".diff")
    };
    let has_report = paths.iter().any(|path| path.ends_with("REPORT.md"));
    if !paths.is_empty() && (!has_report || !paths.iter().all(is_ours)) {
        return Err(UsageError {
            message: format!("`{}` has other files than a proposal's", folder.display()),
            hint: Some("name another folder with `-o DIR`".to_owned()),
        }
        .into());
    }
    for path in paths {
        std::fs::remove_file(&path)
            .with_context(|| format!("cannot remove `{}`", path.display()))?;
    }
    Ok(())
}

/// The nearest published version that the series fits: the newest before, else the oldest after.
fn nearest(source: &Source<'_>, files: &SeriesFiles, to: &Version) -> Result<Upstream> {
    let versions = source.versions(&files.series.package)?;
    let (before, after): (Vec<_>, Vec<_>) =
        versions.into_iter().filter(|version| version != to).partition(|version| version < to);
    for version in before.into_iter().rev().chain(after) {
        let upstream = source.upstream(files, &PackageSelection::version(version))?;
        if fits(files, &upstream)? {
            return Ok(upstream);
        }
    }
    Err(UsageError {
        message: "the series fits no other published version to start from".to_owned(),
        hint: Some("name one with `--from`".to_owned()),
    }
    .into())
}

fn told(rebase: &Rebase) -> String {
    let width = rebase.patches.iter().map(|patch| patch.id.len()).max().unwrap_or(0);
    let mut text = format!("{} from {} on {}:\n", rebase.package, rebase.from, rebase.to);
    for patch in &rebase.patches {
        let new = patch.new.as_ref().map(|new| format!("  {}", new.file)).unwrap_or_default();
        text += &format!("  {:width$}  {}{new}\n", patch.id, patch.how.word());
    }
    for (path, target) in &rebase.targets {
        let same = target.patched.is_some() && target.patched == target.today;
        if same {
            text += &format!("{path}: the same bytes as from the series as it is today\n");
        }
    }
    text
}
