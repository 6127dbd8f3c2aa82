//! `mad down`.

use crate::cli::error::Result;

use super::compose_call::{Placed, call};
use super::globals::Globals;
use super::profile_args::chosen;

/// Stop the environment of a profile, and remove its containers
///
/// What is persistent stays: the folders of the project and the volumes. What is ephemeral is gone with the
/// container.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile [default: as for `mad build`]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Remove the volumes too, with what is in them; folders of the project stay
    #[arg(long)]
    volumes: bool,
    /// How long a program may take to end
    #[arg(short, long, value_name = "SECONDS")]
    timeout: Option<u32>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profile = chosen(globals, &project, args.profile.as_deref())?;
    let mut words = vec!["down".to_owned()];
    words.extend(args.volumes.then(|| "--volumes".to_owned()));
    words.extend(args.timeout.map(|seconds| format!("--timeout={seconds}")));
    call(globals, &Placed::of(&project, &profile)?.call(&words)?)
}
