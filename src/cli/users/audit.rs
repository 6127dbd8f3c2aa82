//! `mad users audit`.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use super::bases;
use super::input::Input;
use crate::cli::exit::CheckFailed;
use crate::cli::globals::Globals;
use crate::report::users::audit as report;
use dockerfile::audit::audit;

/// Explain who runs what in a Dockerfile: its runs of users, its switches, what is risky
///
/// Reads the file, and asks the engine at hand, where there is one, how the images that it starts from are
/// configured (user, variables, shell, folder, ONBUILD); no image is looked into. With `--max-switches` it
/// judges the number of `USER` lines in the file, and exits with 1 where there are more.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The Dockerfile, the folder that it is in, or `-` for standard input; that of the project folder
    /// without
    #[arg(value_name = "DOCKERFILE")]
    dockerfile: Option<PathBuf>,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// Ask no engine: the file alone counts
    #[arg(long)]
    no_engine: bool,
    /// The most `USER` lines that the file may have
    #[arg(long, value_name = "N")]
    max_switches: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Terminal,
    /// mad.users-audit/1
    Json,
    /// A job summary
    Markdown,
    /// Findings on their lines, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let Input { file, name, .. } = Input::read(globals, args.dockerfile.as_deref())?;
    let file = if args.no_engine { file } else { bases::known(file) };
    let audit = audit(&file, &name, args.max_switches);
    crate::cli::print(&match args.format {
        Format::Terminal => report::terminal(&audit, globals.look()),
        Format::Json => report::json(&audit),
        Format::Markdown => report::markdown(&audit),
        Format::Sarif => report::sarif(&audit),
        Format::Github => report::github(&audit),
    })?;
    match args.max_switches {
        Some(limit) if audit.is_over() => {
            let found = audit.user_lines;
            Err(CheckFailed(format!("`{name}` has {found} `USER` lines; {limit} are allowed"))
                .into())
        }
        _ => Ok(()),
    }
}
