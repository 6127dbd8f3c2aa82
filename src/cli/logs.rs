//! `mad logs`.

use crate::cli::error::Result;

use super::compose_call::{Placed, call};
use super::globals::Globals;
use super::profile_args::chosen;

/// Show what the environment printed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile [default: as for `mad build`]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Show what follows too
    #[arg(short, long)]
    follow: bool,
    /// How many lines from the end
    #[arg(short = 'n', long, value_name = "LINES")]
    tail: Option<u64>,
    /// From when on: `2027-01-31T12:00:00Z`, or `2h` ago
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// With the time of each line
    #[arg(short, long)]
    timestamps: bool,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profile = chosen(globals, &project, args.profile.as_deref())?;
    let mut words = vec!["logs".to_owned()];
    words.extend(args.follow.then(|| "--follow".to_owned()));
    words.extend(args.timestamps.then(|| "--timestamps".to_owned()));
    words.extend(args.tail.map(|lines| format!("--tail={lines}")));
    words.extend(args.since.as_ref().map(|time| format!("--since={time}")));
    call(globals, &Placed::of(&project, &profile)?.call(&words)?)
}
