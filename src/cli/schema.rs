//! `mad schema`.

use crate::cli::error::Result;
use clap::ValueEnum;

use crate::{profile, report, status, verify};

/// Print the JSON Schema of profiles or of mad's JSON output
///
/// Editors use it to complete and check profiles, for example with the first line `#
/// yaml-language-server: $schema=./profile.schema.json`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which schema
    #[arg(value_name = "WHAT", default_value = "profile")]
    what: SchemaName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SchemaName {
    /// profiles/*.yaml
    Profile,
    /// `mad report --format json`
    Report,
    /// `mad compare --format json`
    Compare,
    /// `mad image verify --format json`
    Image,
    /// `mad status --format json`
    Status,
}

pub fn run(args: &Args) -> Result<()> {
    let schema = match args.what {
        SchemaName::Profile => profile::json_schema(),
        SchemaName::Report => report::build::json_schema(),
        SchemaName::Compare => report::compare::json_schema(),
        SchemaName::Image => verify::json_schema(),
        SchemaName::Status => status::json_schema(),
    };
    super::print(&format!("{schema:#}\n"))
}
