//! The command line: parsed, and the command run.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::error::CommandError;
use super::globals::Globals;
use super::{
    add, bake, base, baseline, build, builders, compare, complete, completions, doctor, down, exit,
    explain, history, image, init, interrupt, lock, logs, man, mounts, patch, plugin, profiles,
    remove, render, report, rollback, schema, shell, show, status, streams, templates, up, users,
};

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
    Init(init::Args),
    Add(add::Args),
    Remove(remove::Args),
    Lock(lock::Args),
    Build(Box<build::Args>),
    Report(report::Args),
    Compare(compare::Args),
    Rollback(rollback::Args),
    Render(render::Args),
    Bake(Box<bake::Args>),
    Builders(builders::Args),
    Up(up::Args),
    Down(down::Args),
    Shell(shell::Args),
    Logs(logs::Args),
    Mounts(mounts::Args),
    Profiles(profiles::Args),
    Show(show::Args),
    Templates(templates::Args),
    Explain(explain::Args),
    Patch(patch::Args),
    Users(users::Args),
    History(history::Args),
    Baseline(baseline::Args),
    Image(image::Args),
    Base(base::Args),
    Status(status::Args),
    Doctor(doctor::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Parses `arguments` (the program's name first) and runs the command.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(answered) = complete::answer(&arguments) {
        return answered;
    }
    let arguments = match plugin::resolve(arguments) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let is_build = arguments.iter().any(|argument| argument == "build");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and version come this way too, and are no errors.
        Err(error) if error.use_stderr() => {
            let _ = error.print();
            if let Some(hint) = is_build.then(|| build::instead::hint(&error)).flatten() {
                streams::say(&format!("\nhint: {hint}\n"));
            }
            return ExitCode::from(exit::USAGE);
        }
        Err(text) => {
            let printed = streams::expect_stdout().and_then(|()| text.print());
            let failed = printed.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe);
            return ExitCode::from(if failed { exit::FAILED } else { exit::DONE });
        }
    };
    let globals = cli.globals;
    if let Err(error) = globals.begin_log() {
        let error = CommandError::from(error);
        globals.print_error(error.error(), error.hint());
        return ExitCode::from(error.code());
    }
    let done = match cli.command {
        Command::Init(args) => init::run(&globals, &args),
        Command::Add(args) => add::run(&globals, &args),
        Command::Remove(args) => remove::run(&globals, &args),
        Command::Lock(args) => lock::run(&globals, &args),
        Command::Build(args) => build::run(&globals, *args),
        Command::Report(args) => report::run(&globals, &args),
        Command::Compare(args) => compare::run(&globals, &args),
        Command::Rollback(args) => rollback::run(&globals, &args),
        Command::Render(args) => render::run(&globals, &args),
        Command::Bake(args) => bake::run(&globals, &args),
        Command::Builders(args) => builders::run(&globals, &args),
        Command::Up(args) => up::run(&globals, &args),
        Command::Down(args) => down::run(&globals, &args),
        Command::Shell(args) => shell::run(&globals, &args),
        Command::Logs(args) => logs::run(&globals, &args),
        Command::Mounts(args) => mounts::run(&globals, &args),
        Command::Profiles(args) => profiles::run(&globals, &args),
        Command::Show(args) => show::run(&globals, &args),
        Command::Templates(args) => templates::run(&globals, &args),
        Command::Explain(args) => explain::run(&globals, &args),
        Command::Patch(args) => patch::run(&globals, args),
        Command::Users(args) => users::run(&globals, args),
        Command::History(args) => history::run(&globals, args),
        Command::Baseline(args) => baseline::run(&globals, args),
        Command::Image(args) => image::run(&globals, args),
        Command::Base(args) => base::run(&globals, args),
        Command::Status(args) => status::run(&globals, &args),
        Command::Doctor(args) => doctor::run(&globals, &args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match done.map_err(interrupt::prevails) {
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
