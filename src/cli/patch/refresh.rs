//! `mad patch refresh`.

use crate::cli::error::Result;

use super::workspace::SeriesArgs;
use crate::cli::exit::PatchFailed;
use crate::cli::globals::Globals;
use crate::cli::write_file;
use crate::patch::{Refreshed, explain, refresh};
use crate::ui::count;

/// Normalize the patch files of a series
///
/// Keeps the header; drops timestamps, section names and index lines, and corrects hunk positions.
/// A file is rewritten only if the result is proven to be the same patch.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only list the files that would change; exit with 5 if there are any
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    series: SeriesArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let files = args.series.load(&project)?;
    let folder = args.series.folder(&project);
    let (mut rewritten, mut refused) = (0, 0);
    let mut text = String::new();
    for (name, refreshed) in refresh(&files) {
        match refreshed {
            Refreshed::Same => {}
            Refreshed::Rewritten { text: new } => {
                rewritten += 1;
                let old = &files.patches[&name].text;
                if args.check {
                    text += &explain::difference(&name, &format!("{name} (refreshed)"), old, &new);
                } else {
                    write_file(&folder.join(&name), &new)?;
                    text += &format!("rewrote {name}\n");
                }
            }
            Refreshed::Malformed { faults } => {
                refused += 1;
                text += &format!("{name}: {}\n", count(faults.len(), "fault"));
                for line in explain::faults(&faults) {
                    text += &format!("  {line}\n");
                }
            }
            Refreshed::Unproven => {
                refused += 1;
                text += &format!("{name}: its new bytes would be another patch; left as it is\n");
            }
        }
    }
    crate::cli::print(&explain::visible(&text))?;
    if refused > 0 {
        let message = format!("{} cannot be refreshed", count(refused, "patch file"));
        return Err(PatchFailed(message).into());
    }
    match (rewritten, args.check) {
        (0, _) => globals.note("all patch files are normalized"),
        (_, true) => {
            let message = format!("{} would change", count(rewritten, "patch file"));
            return Err(PatchFailed(message).into());
        }
        (_, false) => globals.note(&format!(
            "the patches are the same, their hashes are not: `mad patch verify --update{option}`",
            option = args.series.option()
        )),
    }
    Ok(())
}
