//! `mad schema`.

use anyhow::Result;

use crate::profile;

/// Print the JSON Schema of a profile, for editors
///
/// Save it and name it in the first line of a profile:
/// `# yaml-language-server: $schema=./profile.schema.json`.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> Result<()> {
    super::print(&format!("{:#}\n", profile::json_schema()))
}
