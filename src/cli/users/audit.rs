//! `mad users audit`.

use std::path::PathBuf;

use crate::cli::error::Result;
use clap::ValueEnum;

use super::bases;
use super::input::Input;
use crate::cli::exit::CheckFailed;
use crate::cli::globals::Globals;
use crate::report::users::audit as report;
use dockerfile::audit::audit;

/// Explain which user runs what in a Dockerfile, how often the user switches, and what is risky
///
/// Reads the file and, if an engine answers, the configuration of the base images (user,
/// environment, shell, working directory, ONBUILD); it does not read image contents. With
/// `--max-switches`, exits with 1 if the file has more `USER` lines.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The Dockerfile, its folder, or `-` for standard input [default: the project's Dockerfile]
    #[arg(value_name = "DOCKERFILE")]
    dockerfile: Option<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// Do not ask an engine; use the file alone
    #[arg(long)]
    no_engine: bool,
    /// Maximum number of `USER` lines
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
    /// SARIF, for code scanning
    Sarif,
    /// GitHub Actions annotations
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
