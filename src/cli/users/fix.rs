//! `mad users fix`.

mod facts;
mod progress;
mod proposer;
mod prove;
mod unproven;

use std::path::{Path, PathBuf};

use crate::cli::error::{CommandError, Result};
use clap::ValueEnum;

use super::bases;
use super::input::Input;
use crate::cli::build::inputs::SecretArgs;
use crate::cli::exit::{self, CheckFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::progress::ProgressMode;
use crate::cli::write_file;
use crate::proof::ProposalRequest;
use crate::report::users::fix as report;
use dockerfile::consolidate::Strategy;

/// Rewrite a Dockerfile with fewer user switches and the same image
///
/// Prints the diff and an explanation; writes only with `--write` or `--output`. `safe` removes
/// only redundant lines and needs no engine. Changes by `--strategy minimal` and `--merge` are
/// proven: both files are built on the engine and the images are compared path by path; where they
/// differ, moves and merges are undone until the images are the same. Exits with 1 if they never
/// are, and with 7 if no engine answers, unless `--unproven` is given.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The Dockerfile, its folder, or `-` for standard input [default: the project's Dockerfile]
    #[arg(value_name = "DOCKERFILE")]
    dockerfile: Option<PathBuf>,
    /// How much to change
    #[arg(long, value_name = "STRATEGY", default_value = "safe")]
    strategy: StrategyArg,
    /// Merge quick consecutive RUN steps of the same user into one RUN
    #[arg(long)]
    merge: bool,
    /// Write the Dockerfile in place, atomically
    #[arg(short, long, conflicts_with = "output")]
    write: bool,
    /// Write the result to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print only the diff; print nothing if the proof fails
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// Build nothing: show (or write) the unproven result of `minimal` and `--merge`, marked by a
    /// comment at the top of the file
    #[arg(long, conflicts_with = "prove")]
    unproven: bool,
    #[command(flatten)]
    proof: ProofArgs,
}

/// What is built, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Proof")]
struct ProofArgs {
    /// Build both files and compare the images for `safe` too; the others are always proven
    #[arg(long)]
    prove: bool,
    /// The build context [default: the Dockerfile's folder]
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// Set an ARG of the Dockerfile; without =VALUE, take the value from the environment
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    /// Build and compare this stage instead of the last
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    #[command(flatten)]
    secrets: SecretArgs,
    /// Do not use the build cache, so that build times can be compared
    #[arg(long)]
    no_cache: bool,
    /// Accept no difference at all: not even line order, timestamps in files or random names
    #[arg(long)]
    strict: bool,
    /// Maximum number of orders to try; each is a build [default: 8]
    #[arg(long, value_name = "N")]
    attempts: Option<usize>,
    /// Progress display of the builds
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: ProgressMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StrategyArg {
    /// Remove only `USER` lines that have no effect
    Safe,
    /// Also move instructions that have no visible dependency, if the proof confirms it
    Minimal,
}

impl StrategyArg {
    fn strategy(self) -> Strategy {
        match self {
            Self::Safe => Strategy::Safe,
            Self::Minimal => Strategy::Minimal,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
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
    let mut input = Input::read(globals, args.dockerfile.as_deref())?;
    // `safe` holds whatever the base is, and asks nobody.
    if args.strategy != StrategyArg::Safe || args.merge {
        input.file = bases::known(input.file);
    }
    let to = output(args, &input)?;
    let proposer = proposer::Consolidator {
        file: &input.file,
        strategy: args.strategy.strategy(),
        merge: args.merge,
        proven: (!args.unproven).then(|| {
            proposer::built(
                &input.file,
                args.proof.target.as_deref(),
                !args.proof.build_arg.is_empty(),
            )
        }),
    };
    args.proof.check(proposer.guesses() && !args.unproven || args.proof.prove)?;
    let mut chosen = proposer.consolidate(&ProposalRequest::default());
    // Where nothing but needless lines go, there is nothing to prove.
    let is_guess = proposer.guesses() && chosen.text != proposer.safe().text;
    let changes = chosen.text != input.file.text();
    let mut proving = None;
    if changes && (args.proof.prove || is_guess && !args.unproven) {
        let proven = prove::run(globals, &args.proof, &input, &proposer)
            .map_err(|error| without_engine(error, args.proof.prove))?;
        // Without an order that proves, what was asked for is shown and not written.
        if let Some(ask) = &proven.ask {
            chosen = proposer.consolidate(ask);
        }
        proving = Some(proven.proving);
    }
    let is_unproven = is_guess && proving.is_none();
    if is_unproven {
        chosen.text = unproven::marked(&input.file, &chosen.text);
    }
    let holds = proving.as_ref().is_none_or(|proving| proving.holds);
    let mut fix = facts::fix(&input, args.strategy.word(), &chosen, proving, is_unproven);
    match &fix.not_tried {
        // Whatever is proven, nothing else would be tried there.
        Some(not) if args.diff => globals.note(&format!("note: line {}: {}", not.line, not.text)),
        Some(_) => {}
        None => fix.left.extend(proposer.unbuilt()),
    }
    if let Some(path) = to.filter(|_| holds) {
        // A file of its own is written also where nothing changes: it was asked for.
        if changes || args.output.is_some() {
            write_file(&path, dockerfile::to_bytes(&chosen.text))?;
            fix.written = Some(path.display().to_string());
        }
    }
    crate::cli::print(&match (args.diff, args.format) {
        (true, _) if !holds => String::new(),
        (true, _) => fix.diff.clone(),
        (_, Format::Terminal) => report::terminal(&fix, globals.look()),
        (_, Format::Json) => report::json(&fix),
        (_, Format::Markdown) => report::markdown(&fix),
    })?;
    if holds {
        return Ok(());
    }
    Err(CheckFailed("no order could be proven; nothing was written".to_owned()).into())
}

impl ProofArgs {
    /// What says how to build means nothing where nothing is built.
    fn check(&self, proves: bool) -> Result<()> {
        if self.progress == ProgressMode::Json {
            return Err(UsageError {
                message: "`--progress json` writes to standard output, where the report goes"
                    .to_owned(),
                hint: Some("read the result with `--format json`".to_owned()),
            }
            .into());
        }
        let given = [
            ("--context", self.context.is_some()),
            ("--build-arg", !self.build_arg.is_empty()),
            ("--target", self.target.is_some()),
            ("--secret", !self.secrets.secret.is_empty()),
            ("--no-cache", self.no_cache),
            ("--strict", self.strict),
            ("--attempts", self.attempts.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given && !proves) {
            None => Ok(()),
            Some((option, _)) => Err(UsageError {
                message: format!(
                    "`{option}` is an option of the proof, and nothing is proven here"
                ),
                hint: Some("prove what `safe` does with `--prove`".to_owned()),
            }
            .into()),
        }
    }
}

/// Where a proof was not asked for but is needed, it is said what can be done without an engine.
fn without_engine(error: CommandError, is_asked: bool) -> CommandError {
    match error.code() {
        exit::ENGINE if !is_asked => exit::NoProof { source: error.into_error() }.into(),
        _ => error,
    }
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
