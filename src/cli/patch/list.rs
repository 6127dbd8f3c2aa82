//! `mad patch list`.

use crate::cli::error::Result;

use super::workspace::SeriesArgs;
use crate::cli::globals::Globals;

/// List the patches of a series: purpose, and the state recorded in matrix.lock
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    series: SeriesArgs,
    /// Print JSON (mad.patch-list/1)
    #[arg(long)]
    json: bool,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let files = args.series.load(&globals.project()?)?;
    let proven = |id: &str| -> usize {
        let groups = files.matrix.iter().flat_map(|matrix| &matrix.groups);
        let proven = groups.filter(|group| group.entry(id).is_some_and(|e| e.probe.is_some()));
        proven.map(|group| group.versions.len()).sum()
    };
    if args.json {
        let patches: Vec<serde_json::Value> = files
            .series
            .patches
            .iter()
            .map(|patch| {
                serde_json::json!({
                    "id": patch.id,
                    "why": patch.why,
                    "upstream": patch.upstream,
                    "remove_when": patch.remove_when,
                    "target": patch.target,
                    "optional": patch.optional,
                    "variants": patch.variants.iter().map(|v| serde_json::json!({
                        "versions": v.versions.to_string(), "file": v.file,
                    })).collect::<Vec<_>>(),
                    "proven_versions": proven(&patch.id),
                })
            })
            .collect();
        let list = serde_json::json!({
            "schema": "mad.patch-list/1", "package": files.series.package, "patches": patches,
        });
        return crate::cli::print(&format!("{list:#}\n"));
    }
    let mut text = String::new();
    for patch in &files.series.patches {
        let optional = if patch.optional { ", optional" } else { "" };
        text.push_str(&format!(
            "{}: {}\n  proven in {} versions{optional}; may go when {}\n",
            patch.id,
            patch.why.trim(),
            proven(&patch.id),
            patch.remove_when
        ));
        for variant in &patch.variants {
            text.push_str(&format!("  {}  for {}\n", variant.file, variant.versions));
        }
    }
    crate::cli::print(&text)
}
