//! `mad patch`.

#[allow(dead_code)]
mod source;

use anyhow::Result;

use super::globals::Globals;

/// Verify and change the patches of a package
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: source::SourceArgs,
}

pub fn run(_: &Globals, _: Args) -> Result<()> {
    Ok(())
}
