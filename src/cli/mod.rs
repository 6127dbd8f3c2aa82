//! What was typed: one file a command (its doc comment is its help, then `Args`, then a function).
//!
//! Only this module reads the environment, prints and decides on the exit code.

mod base;
mod baseline;
mod baseline_choice;
mod build;
mod builds;
mod compare;
mod completions;
mod doctor;
mod environment;
mod error;
mod exit;
mod format;
mod globals;
mod history;
mod interrupt;
mod man;
mod output;
mod patch;
mod plugin;
mod profile_args;
mod progress;
mod render;
mod report;
mod rollback;
mod schema;
mod streams;
mod users;

use crate::cli::error::{CommandError, Result};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::ALL as EXIT_CODES;
use globals::Globals;
use output::write_file;
use tokio_util::sync::CancellationToken;

use engine::DockerEngine;

/// Builds the container image for coding agents, and proves what is in it.
#[derive(Debug, Parser)]
#[command(name = "mad", version, max_term_width = 100, after_help = after_help())]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(build::Args),
    Report(report::Args),
    Compare(compare::Args),
    Rollback(rollback::Args),
    Render(render::Args),
    Patch(patch::Args),
    Users(users::Args),
    History(history::Args),
    Baseline(baseline::Args),
    Base(base::Args),
    Doctor(doctor::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Parses `arguments` (the program's name first) and runs the command.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match plugin::resolve(arguments.into_iter().collect()) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and version come this way too, and are no errors.
        Err(error) if error.use_stderr() => {
            let _ = error.print();
            return ExitCode::from(exit::USAGE);
        }
        Err(text) => {
            let failed = text.print().is_err_and(|error| error.kind() != ErrorKind::BrokenPipe);
            return ExitCode::from(if failed { exit::FAILED } else { exit::DONE });
        }
    };
    let globals = cli.globals;
    let done = match cli.command {
        Command::Build(args) => build::run(&globals, args),
        Command::Report(args) => report::run(&globals, &args),
        Command::Compare(args) => compare::run(&globals, &args),
        Command::Rollback(args) => rollback::run(&globals, &args),
        Command::Render(args) => render::run(&globals, &args),
        Command::Patch(args) => patch::run(&globals, args),
        Command::Users(args) => users::run(&globals, args),
        Command::History(args) => history::run(&globals, args),
        Command::Baseline(args) => baseline::run(&globals, args),
        Command::Base(args) => base::run(&globals, args),
        Command::Doctor(args) => doctor::run(&globals, &args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match done {
        Ok(()) => ExitCode::from(exit::DONE),
        // A reader that has seen enough (`mad render | head`) is no failure of ours.
        Err(error) if is_closed_pipe(&error) => ExitCode::from(exit::DONE),
        Err(error) => {
            globals.print_error(error.error(), error.hint());
            ExitCode::from(error.code())
        }
    }
}

/// The command line as clap knows it, for completions and for tests of the documentation.
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// Only our own output: a pipe to the engine or to a probe that breaks is a failure.
fn is_closed_pipe(error: &CommandError) -> bool {
    let cause = error.downcast_ref::<streams::StdoutError>();
    cause.is_some_and(streams::StdoutError::is_closed_pipe)
}

fn after_help() -> String {
    let codes = exit::ALL.map(|(code, meaning)| format!("  {code:<4} {meaning}\n"));
    format!("Exit codes:\n{}", codes.concat())
}

/// Prints a result to standard output.
fn print(text: &str) -> Result<()> {
    Ok(streams::print(text)?)
}

/// A runtime for the commands that talk to the engine. One thread: the work is elsewhere.
fn runtime() -> Result<tokio::runtime::Runtime> {
    use crate::cli::error::Context;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the event loop")
}

/// The engine of this machine's settings; an interrupt ends the waiting.
async fn engine(cancel: &CancellationToken) -> Result<DockerEngine> {
    interrupt::or(cancel, DockerEngine::connect(&environment::docker_settings())).await
}
