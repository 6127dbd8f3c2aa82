//! What Tab completes: commands and options by their grammar, names of profiles, stages and series by the
//! project of the folder that the shell is in.
//!
//! The script of `mad completions` calls mad again, with [`VARIABLE`] set; clap's engine answers.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, Command};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use super::{environment, exit, streams};
use crate::profile::{Profile, default_name, list};
use crate::project::Project;
use crate::render::render;
use engine::FrontendLevel;

/// Set by the script, to the name of the shell.
const VARIABLE: &str = "MAD_COMPLETE";

/// The script that a shell reads once.
pub(super) fn script(shell: &str) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(shell).expect("a shell that clap_complete knows");
    shell.write_registration(VARIABLE, "mad", "mad", "mad", &mut script)?;
    Ok(script)
}

/// The answer to a shell, where one asks.
pub(super) fn answer(arguments: &[OsString]) -> Option<ExitCode> {
    environment::set(VARIABLE)?;
    let here = std::env::current_dir().ok();
    let complete = CompleteEnv::with_factory(|| with_names(super::command())).var(VARIABLE);
    match complete.try_complete(arguments.iter().cloned(), here.as_deref()) {
        Ok(false) => None,
        Ok(true) => Some(ExitCode::from(exit::DONE)),
        Err(error) => {
            streams::say(&format!("error: {error}\n"));
            Some(ExitCode::from(exit::USAGE))
        }
    }
}

/// The grammar with who knows the names.
fn with_names(command: Command) -> Command {
    let command = command.mut_args(|argument: Arg| match argument.get_id().as_str() {
        "profile" => argument.add(ArgValueCompleter::new(profiles)),
        "target" => argument.add(ArgValueCompleter::new(stages)),
        "series" => argument.add(ArgValueCompleter::new(series)),
        _ => argument,
    });
    command.mut_subcommands(with_names)
}

fn project() -> Option<Project> {
    Project::around(Path::new(".")).ok()
}

fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let names = project().map(|project| list(&project)).unwrap_or_default();
    beginning(typed, names.into_iter().map(|listed| listed.name))
}

/// The stages of the profile that is meant where none is named.
fn stages(typed: &OsStr) -> Vec<CompletionCandidate> {
    let stages = || {
        let project = project()?;
        let name = default_name(&project).ok()?;
        let loaded = Profile::load(&project, &name, &[], None).ok()?;
        let plan = render(&project, &loaded, FrontendLevel::V1_2).ok()?;
        Some(plan.stage_names().collect::<Vec<_>>())
    };
    beginning(typed, stages().unwrap_or_default().into_iter())
}

fn series(typed: &OsStr) -> Vec<CompletionCandidate> {
    let assets = project().and_then(|project| project.assets("patches").ok()).unwrap_or_default();
    let name = |path: &str| {
        let folder = path.strip_prefix("patches/")?.strip_suffix("/series.yaml")?;
        Some(folder.to_owned())
    };
    let names: Vec<String> = assets.iter().filter_map(|asset| name(&asset.path)).collect();
    beginning(typed, names.into_iter())
}

fn beginning(typed: &OsStr, names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    names.filter(|name| name.starts_with(&*typed)).map(CompletionCandidate::new).collect()
}
