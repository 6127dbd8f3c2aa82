//! `mad logs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;

use crate::cli::error::{Context, Result};

use super::compose_call::{Placed, call};
use super::exit::CheckFailed;
use super::globals::Globals;
use super::profile_args::chosen;
use crate::compose::command_line;
use crate::render::SERVICE;
use crate::report::logs::html;

/// Show what the environment printed; or search what is kept of it
///
/// With words of a query, `level>=error service=worker since=2h "text"`, the lines that the key `logs` of a profile keeps are
/// searched. Without, it is what the engine has.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Words that must hold: `text`, `level>=error`, `service=NAME`, `since=2h`, `-- -not`
    #[arg(value_name = "QUERY", conflicts_with_all = ["tail", "since", "timestamps"])]
    query: Vec<String>,
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
    /// Write a page of what is kept: a timeline of levels, errors, new and frequent kinds of lines
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "follow", "tail", "since", "timestamps"])]
    page: Option<PathBuf>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profile = chosen(globals, &project, args.profile.as_deref())?;
    let placed = Placed::of(&project, &profile)?;
    if let Some(file) = &args.page {
        return page(globals, &placed, &profile, file);
    }
    let mut words = Vec::new();
    if args.query.is_empty() {
        words.push("logs".to_owned());
        words.extend(args.follow.then(|| "--follow".to_owned()));
        words.extend(args.timestamps.then(|| "--timestamps".to_owned()));
        words.extend(args.tail.map(|lines| format!("--tail={lines}")));
        words.extend(args.since.as_ref().map(|time| format!("--since={time}")));
    } else {
        words.extend(inside(&["query"]));
        words.extend(args.follow.then(|| "--follow".to_owned()));
        words.push("--".to_owned());
        words.extend(args.query.iter().cloned());
    }
    call(globals, &placed.call(&words)?)
}

/// `mad-runtime logs …` in the running environment.
fn inside(words: &[&str]) -> Vec<String> {
    let exec = ["exec", "--no-TTY", SERVICE, "mad-runtime", "logs"];
    exec.iter().chain(words).map(|word| (*word).to_owned()).collect()
}

fn page(globals: &Globals, placed: &Placed, profile: &str, file: &Path) -> Result<()> {
    let stats = answer(globals, placed, &["stats", "--format", "json"])?;
    let patterns = answer(globals, placed, &["patterns", "--limit", "0", "--format", "json"])?;
    std::fs::write(file, html(profile, &stats, &patterns))
        .with_context(|| format!("cannot write `{}`", file.display()))
}

fn answer<T: DeserializeOwned>(globals: &Globals, placed: &Placed, words: &[&str]) -> Result<T> {
    let words = placed.call(&inside(words))?;
    globals.note(&format!("$ {}", command_line(&words)));
    let output = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run `{}`", words[0]))?;
    if !output.status.success() {
        return Err(CheckFailed(format!("`{}` ended with {}", words[0], output.status)).into());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        CheckFailed(format!("`{}` gave no answer that this mad reads: {error}", words[0])).into()
    })
}
