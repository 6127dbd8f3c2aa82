//! `mad shell`.

use std::io::IsTerminal;

use crate::cli::error::Result;

use super::compose_call::{Placed, call};
use super::globals::Globals;
use super::profile_args::chosen;
use crate::render::SERVICE;

/// Open a shell in the running environment, or run a command there
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile [default: as for `mad build`]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// The command [default: bash, else sh]
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profile = chosen(globals, &project, args.profile.as_deref())?;
    let mut words = vec!["exec".to_owned()];
    let has_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    words.extend((!has_terminal).then(|| "--no-TTY".to_owned()));
    words.push(SERVICE.to_owned());
    if args.command.is_empty() {
        let shell = ["sh", "-c", "exec $(command -v bash || echo sh)"];
        words.extend(shell.map(str::to_owned));
    } else {
        words.extend(args.command.iter().cloned());
    }
    call(globals, &Placed::of(&project, &profile)?.call(&words)?)
}
