//! `mad templates list`.

use serde_json::json;

use super::FOLDER;
use crate::cli::error::Result;
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::cli::print;
use crate::project::{Asset, Origin, Project};
use crate::timing::clean_line;

/// List the templates, and say which of them a project has of its own
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Output format; JSON is mad.templates/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let assets = globals.project()?.assets(FOLDER)?;
    print(&match args.format {
        Format::Terminal => terminal(&assets),
        Format::Json => format!("{:#}\n", to_json(&assets)),
    })
}

/// What a template is, in a word or two.
fn state(asset: &Asset) -> &'static str {
    match (asset.origin, Project::built_in(&asset.path)) {
        (Origin::Embedded, _) => "built in",
        (Origin::Project, None) => "own",
        (Origin::Project, Some(bytes)) if *bytes == *asset.bytes => "own, the same as built in",
        (Origin::Project, Some(_)) => "own, instead of the built-in one",
    }
}

fn terminal(assets: &[Asset]) -> String {
    let name = |asset: &Asset| clean_line(&asset.path);
    let width = assets.iter().map(|asset| console::measure_text_width(&name(asset))).max();
    let width = width.unwrap_or(0);
    assets.iter().map(|asset| format!("{:<width$}  {}\n", name(asset), state(asset))).collect()
}

fn to_json(assets: &[Asset]) -> serde_json::Value {
    let one = |asset: &Asset| {
        let built_in = Project::built_in(&asset.path);
        json!({
            "path": asset.path,
            "origin": if asset.origin == Origin::Project { "project" } else { "mad" },
            "built_in": built_in.is_some(),
            "differs": built_in.is_some_and(|bytes| *bytes != *asset.bytes),
        })
    };
    json!({"schema": "mad.templates/1", "templates": assets.iter().map(one).collect::<Vec<_>>()})
}
