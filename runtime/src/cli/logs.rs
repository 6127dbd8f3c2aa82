//! `mad-runtime logs`: what is kept of the programs' output.

mod patterns;

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use runtime_config::{LOG_DIRECTORY, RuntimeConfig};

use super::Place;
use crate::logs::{self, Head, query};

#[derive(Subcommand)]
pub enum Logs {
    /// Collect what the programs write, until SIGTERM
    Collect(Place),
    /// Print the lines for which all words hold: `level>=error service=a since=2h "text" -not key=value`
    Query(Query),
    /// Show which kinds of lines there are: how often, since when, which are new or came in bursts
    Patterns(patterns::Patterns),
    /// Show how many lines there are, by program and level, and what room they take
    Stats(patterns::Stats),
    /// Become COMMAND, whose output the collector reads
    #[command(hide = true)]
    Exec {
        /// The name of the program
        #[arg(long, value_name = "NAME")]
        service: String,
        /// Leave standard output as it is
        #[arg(long)]
        stderr_only: bool,
        #[command(flatten)]
        place: Place,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(clap::Args)]
pub struct Query {
    /// The words of the query; none: every line
    words: Vec<String>,
    /// Go on with lines as they come
    #[arg(short, long)]
    follow: bool,
    /// How lines are printed
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// End after as many lines
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    /// Say on standard error what was looked at
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    kept: Kept,
}

#[derive(clap::Args)]
pub struct Kept {
    /// Where the lines are; as the configuration has it
    #[arg(long = "from", value_name = "DIR")]
    kept: Option<PathBuf>,
}

impl Kept {
    pub fn directory(&self, config: &RuntimeConfig) -> PathBuf {
        let configured = || config.logs.as_ref().map(|logs| logs.directory.clone());
        self.kept.clone().or_else(configured).unwrap_or_else(|| LOG_DIRECTORY.into())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Time, level, program and message
    Text,
    /// JSON lines, as they are kept
    Json,
}

pub fn run(config: &RuntimeConfig, command: Logs) -> Result<ExitCode> {
    match command {
        Logs::Collect(place) => {
            let settings = config.logs.as_ref().context("the configuration has no `logs`")?;
            logs::collect(settings, &config.services, &place.directory)?;
        }
        Logs::Query(args) => print(&args.kept.directory(config), &args)?,
        Logs::Patterns(args) => patterns::patterns(config, &args)?,
        Logs::Stats(args) => patterns::stats(config, &args)?,
        Logs::Exec { .. } => unreachable!("handled before the configuration is read"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Only comes back with an error.
pub fn exec(place: &Path, service: &str, stderr_only: bool, command: &[OsString]) -> ExitCode {
    match logs::exec(place, service, !stderr_only, command) {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(127)
        }
    }
}

fn print(directory: &Path, args: &Query) -> Result<()> {
    let query = query::Query::parse(&args.words.join(" "), logs::now())?;
    let snapshot = query::snapshot(directory)
        .with_context(|| format!("the kept lines in `{}`", directory.display()))?;
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let mut left = args.limit.unwrap_or(u64::MAX);
    let mut failed = None;
    let mut one = |out: &mut BufWriter<io::StdoutLock<'_>>, line: &[u8]| {
        if left == 0 {
            return false;
        }
        left -= 1;
        let written = match args.format {
            Format::Json => out.write_all(line),
            Format::Text => text(out, line),
        };
        failed = written.err();
        failed.is_none() && left > 0
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let begin = std::time::Instant::now();
    let mut going_on = true;
    let scanned = query::scan(directory, &snapshot, &query, threads, |line| {
        going_on = one(&mut out, line);
        going_on
    })?;
    out.flush().ok();
    if args.explain {
        eprintln!(
            "{} segments, {} frames read, {} skipped, {:.1} MB of lines, {:.3} s",
            scanned.segments,
            scanned.frames,
            scanned.skipped_frames,
            scanned.raw_bytes as f64 / 1e6,
            begin.elapsed().as_secs_f64(),
        );
    }
    if args.follow && going_on {
        query::follow(directory, &query, snapshot.end(), |line| {
            one(&mut out, line) && out.flush().is_ok()
        })?;
    }
    match failed {
        // Who reads has gone, and has what it wanted.
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => {
            anyhow::ensure!(
                scanned.unreadable == 0,
                "{} frames or segments cannot be read",
                scanned.unreadable
            );
            Ok(())
        }
    }
}

/// `2026-11-29T11:02:03.123456Z error mcp-gateway  message  {"ms":3}`, further lines below it.
fn text(out: &mut impl Write, line: &[u8]) -> io::Result<()> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let Some(head) = Head::of(line) else { return Ok(()) };
    out.write_all(head.time)?;
    write!(out, " {:<5} ", head.level.name())?;
    out.write_all(head.service)?;
    out.write_all(b"  ")?;
    let (_, fields) = head.parts();
    out.write_all(printable(&head.message()).as_bytes())?;
    if !fields.is_empty() {
        out.write_all(b"  {")?;
        out.write_all(fields)?;
        out.write_all(b"}")?;
    }
    out.write_all(b"\n")
}

/// A program's bytes must not command the terminal.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\n    "),
            '\t' => out.push('\t'),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}
