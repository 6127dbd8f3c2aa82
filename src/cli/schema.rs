//! `mad schema`.

use anyhow::Result;
use clap::ValueEnum;

use crate::{profile, report};

/// Print the JSON Schema of a profile, or of what mad prints as JSON
///
/// Editors complete and check profiles with it, for example by a first line
/// `# yaml-language-server: $schema=./profile.schema.json`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of what
    #[arg(value_name = "WHAT", default_value = "profile")]
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// profiles/*.yaml
    Profile,
    /// `mad report --format json`
    Report,
    /// `mad compare --format json`
    Compare,
}

pub fn run(args: &Args) -> Result<()> {
    let schema = match args.what {
        What::Profile => profile::json_schema(),
        What::Report => report::build::json_schema(),
        What::Compare => report::compare::json_schema(),
    };
    super::print(&format!("{schema:#}\n"))
}
