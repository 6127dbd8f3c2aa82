//! `mad users fix`.

mod proposer;
mod prove;
mod told;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

use super::input::Input;
use crate::build::CaBundle;
use crate::cli::exit::{CheckFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::write_file;
use crate::report::users::fix as report;
use dockerfile::consolidate::Strategy;

/// Rewrite a Dockerfile with the fewest switches of the user that keep its meaning
///
/// Prints the diff and what explains it, and writes nothing unless it is told to. With `--prove`
/// both files are built on the engine and the images compared, path by path; where they differ, other
/// orders are tried until one proves. Exits with 1 where none does.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The Dockerfile, the folder that it is in, or `-` for standard input; that of the project folder
    /// without
    #[arg(value_name = "DOCKERFILE")]
    dockerfile: Option<PathBuf>,
    /// How far to go
    #[arg(long, value_name = "STRATEGY", default_value = "balanced")]
    strategy: How,
    /// Make one RUN of the steps that one user runs in a row
    #[arg(long)]
    merge: bool,
    /// Write the file, as a whole or not at all
    #[arg(short, long, conflicts_with = "output")]
    write: bool,
    /// Write the new file here
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the diff and nothing else
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// Write what `minimal` guesses without a proof
    #[arg(long, conflicts_with = "prove")]
    unproven: bool,
    #[command(flatten)]
    proof: ProofArgs,
}

/// What is built, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Proof")]
struct ProofArgs {
    /// Build both files and compare the images
    #[arg(long)]
    prove: bool,
    /// The folder that the build copies from [default: the Dockerfile's]
    #[arg(long, value_name = "DIR", requires = "prove")]
    context: Option<PathBuf>,
    /// Set an ARG of the Dockerfile; without =VALUE it is taken from the environment
    #[arg(long, value_name = "NAME[=VALUE]", requires = "prove")]
    build_arg: Vec<String>,
    /// Build and compare this stage instead of the last one
    #[arg(long, value_name = "STAGE", requires = "prove")]
    target: Option<String>,
    /// Hand a file or a variable to the build steps that mount it, without a trace in the image
    #[arg(long, value_name = "id=ID,src=FILE|env=NAME", requires = "prove")]
    secret: Vec<String>,
    /// CA certificates that build steps trust: a PEM file, `host` or `none`
    #[arg(long, value_name = "FILE|host|none", default_value = "host")]
    ca_bundle: CaBundle,
    /// Run every step of every build, so that the build times can be compared
    #[arg(long, requires = "prove")]
    no_cache: bool,
    /// Let nothing pass: no order of lines in /etc/passwd, nothing that differs between two builds of one file
    #[arg(long, requires = "prove")]
    strict: bool,
    /// The most orders to try; each is a build
    #[arg(long, value_name = "N", default_value_t = 8, requires = "prove")]
    attempts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    /// Only `USER` lines that change nothing go
    Safe,
    /// Instructions move where nothing can change
    Balanced,
    /// Instructions move where no dependency shows, which a proof must confirm
    Minimal,
}

impl How {
    fn strategy(self) -> Strategy {
        match self {
            Self::Safe => Strategy::Safe,
            Self::Balanced => Strategy::Balanced,
            Self::Minimal => Strategy::Minimal,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Balanced => "balanced",
            Self::Minimal => "minimal",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Terminal,
    /// mad.users-fix/1
    Json,
    /// A job summary
    Markdown,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let input = Input::read(globals, args.dockerfile.as_deref())?;
    let to = output(args, &input)?;
    let proposer = proposer::Consolidator {
        file: &input.file,
        strategy: args.strategy.strategy(),
        merge: args.merge,
    };
    let mut chosen = proposer.consolidate(&Default::default());
    let changes = chosen.text != input.file.text();
    let is_guess = args.strategy == How::Minimal && !args.proof.prove && !args.unproven;
    if is_guess && changes && to.is_some() {
        return Err(UsageError {
            message: "`minimal` guesses, and a guess is not written without a proof".to_owned(),
            hint: Some(
                "build and compare with `--prove`, or take the risk with `--unproven`".to_owned(),
            ),
        }
        .into());
    }
    let mut proving = None;
    if args.proof.prove && changes {
        let proven = prove::run(globals, &args.proof, &input, &proposer)?;
        // Without an order that proves, what was asked for is shown and not written.
        if let Some(ask) = &proven.ask {
            chosen = proposer.consolidate(ask);
        }
        proving = Some(proven.proving);
    }
    let holds = proving.as_ref().is_none_or(|proving| proving.holds);
    let mut fix = told::fix(&input, args.strategy.word(), &chosen, proving);
    if let Some(path) = to.filter(|_| holds) {
        // A file of its own is written also where nothing changes: it was asked for.
        if changes || args.output.is_some() {
            write_file(&path, &chosen.text)?;
            fix.written = Some(path.display().to_string());
        }
    }
    crate::cli::print(&match (args.diff, args.format) {
        (true, _) => fix.diff.clone(),
        (_, Format::Terminal) => report::terminal(&fix, globals.look()),
        (_, Format::Json) => report::json(&fix),
        (_, Format::Markdown) => report::markdown(&fix),
    })?;
    if holds {
        return Ok(());
    }
    Err(CheckFailed("no order was found that proves; nothing was written".to_owned()).into())
}

/// Where the new file goes, if anywhere.
fn output(args: &Args, input: &Input) -> Result<Option<PathBuf>> {
    if args.write && args.dockerfile.as_deref() == Some(Path::new("-")) {
        return Err(UsageError {
            message: "standard input cannot be written to".to_owned(),
            hint: Some("name a file with `-o FILE`".to_owned()),
        }
        .into());
    }
    let own = args.write.then(|| input.path.clone());
    Ok(args.output.clone().or(own))
}
