//! `mad show config`.

use clap::ValueEnum;
use serde_json::{Map, Value as Json, json};

use crate::cli::error::Result;
use crate::cli::globals::Globals;
use crate::cli::print;
use crate::cli::profile_args::ProfileArgs;
use crate::profile::{Loaded, ValueOrigin};

/// Print a profile in full: what it extends merged, defaults filled in, the origin of each value
///
/// As YAML it is a profile of its own that says the same.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A profile, with each value's origin in a comment
    Yaml,
    /// mad.config/1
    Json,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let name = args.profile.name(globals, &project)?;
    let loaded = args.profile.load(&project, &name)?;
    print(&match args.format {
        Format::Yaml => loaded.origins().yaml(),
        Format::Json => format!("{:#}\n", to_json(&loaded)),
    })
}

fn to_json(loaded: &Loaded) -> Json {
    let origins = loaded.origins();
    let origin = |ValueOrigin { key, at }: &ValueOrigin| {
        let at =
            at.as_ref().map(|at| json!({"file": at.file, "line": at.line, "column": at.column}));
        (key.clone(), at.unwrap_or(Json::Null))
    };
    json!({
        "schema": "mad.config/1",
        "profile": loaded.name,
        "files": loaded.layers.iter().map(|layer| &layer.path).collect::<Vec<_>>(),
        "config": origins.profile,
        "origins": origins.values.iter().map(origin).collect::<Map<_, _>>(),
    })
}
