//! `mad profiles`.

use serde_json::json;

use super::format::Format;
use super::globals::Globals;
use crate::cli::error::Result;
use crate::profile::{ListedProfile, Profile, default_name, list};
use crate::project::Project;
use crate::timing::clean_line;

/// List the profiles that `-p` can name
///
/// Those of the project and those inside mad; `*` marks the one that is used where none is named.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Output format; JSON is mad.profiles/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

/// A profile, and what it says of itself.
struct Row {
    listed: ListedProfile,
    is_default: bool,
    /// What it is for, or that it has faults.
    about: Result<String, &'static str>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let rows = rows(&project);
    super::print(&match args.format {
        Format::Terminal => terminal(&rows),
        Format::Json => format!("{:#}\n", to_json(&rows)),
    })
}

fn rows(project: &Project) -> Vec<Row> {
    let default = default_name(project).ok();
    let row = |listed: ListedProfile| {
        let loaded = Profile::load(project, &listed.name, &[], None);
        let about = loaded.map(|loaded| loaded.profile.description);
        let is_default = default.as_ref() == Some(&listed.name);
        Row {
            listed,
            is_default,
            about: about.map_err(|_| "it has faults: `mad render` tells them"),
        }
    };
    list(project).into_iter().map(row).collect()
}

fn terminal(rows: &[Row]) -> String {
    let width = |text: fn(&Row) -> String| {
        rows.iter().map(|row| console::measure_text_width(&text(row))).max().unwrap_or(0)
    };
    let name = |row: &Row| clean_line(&row.listed.name);
    let from = |row: &Row| match row.listed.extends.as_slice() {
        [] => String::new(),
        names => format!("extends {}", clean_line(&names.join(", "))),
    };
    let (names, origins) = (width(name), width(from));
    let line = |row: &Row| {
        let mark = if row.is_default { '*' } else { ' ' };
        let place = if row.listed.is_own { "project" } else { "mad" };
        let about =
            row.about.as_ref().map_or_else(|fault| (*fault).to_owned(), |text| clean_line(text));
        let (name, from) = (name(row), from(row));
        let line = format!("{mark} {name:<names$}  {place:<7}  {from:<origins$}  {about}");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

fn to_json(rows: &[Row]) -> serde_json::Value {
    let row = |row: &Row| {
        json!({
            "name": row.listed.name,
            "default": row.is_default,
            "origin": if row.listed.is_own { "project" } else { "mad" },
            "extends": row.listed.extends,
            "description": row.about.as_ref().ok(),
            "loads": row.about.is_ok(),
        })
    };
    json!({"schema": "mad.profiles/1", "profiles": rows.iter().map(row).collect::<Vec<_>>()})
}
