//! `mad report`.

use std::path::PathBuf;

use crate::cli::error::Result;
use clap::ValueEnum;
use jiff::tz::TimeZone;

use super::builds::{existing, named};
use super::globals::Globals;
use super::{print, write_file};
use crate::profile::Profile;
use crate::project::Project;
use crate::report::build::{self as report, BuildReport, HistoryPoint};
use crate::timing::graph::breakdown;
use crate::timing::history::{History, JudgedRecord};
use crate::timing::judge::Judgement;
use crate::timing::record::Record;
use crate::timing::{Assessor, MOST_BUILDS};

/// Explain a build's time: verdict, causes, critical path
///
/// Reads the history and needs no engine. In CI, `last` is the last build of this job; if that
/// build left no record, nothing is reported.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The build: its ID or a prefix of it, `last`, or `last~2` for the second before it
    #[arg(value_name = "BUILD", default_value = "last")]
    build: String,
    /// Count `last` within the builds of this profile
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Terminal,
    /// mad.report/1; `mad schema report` prints its schema
    Json,
    /// A job summary or pull request comment
    Markdown,
    /// A self-contained page with charts
    Html,
    /// JUnit test cases, for CI
    Junit,
    /// SARIF, for code scanning
    Sarif,
    /// GitHub Actions annotations
    Github,
    /// A trace for Perfetto and Chrome
    Trace,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let history = existing()?;
    let entry = named(globals, &project, &history, &args.build, args.profile.as_deref())?;
    let report = gather(&project, &history, entry)?;
    let text = match args.format {
        Format::Terminal => report::terminal::long(&report, globals.look()),
        Format::Json => report::json(&report),
        Format::Markdown => report::markdown(&report),
        Format::Html => report::html(&report),
        Format::Junit => report::junit(&report),
        Format::Sarif => report::sarif(&report),
        Format::Github => report::github(&report),
        Format::Trace => report::trace(&report.record, &report.breakdown),
    };
    match &args.output {
        Some(path) => write_file(path, &text),
        None => print(&text),
    }
}

/// A build with what was found in it and the builds around it.
fn gather(project: &Project, history: &History, entry: JudgedRecord) -> Result<BuildReport> {
    let JudgedRecord { record, judgement } = entry;
    let judgement = match judgement {
        Some(judgement) => judgement,
        None => judge(project, history, &record)?,
    };
    let breakdown = breakdown(&record);
    let points = points(history, &record, &judgement)?;
    let promotion = super::builds::promotion(&record);
    let mut report = BuildReport::new(record, judgement, breakdown);
    report.history = points;
    report.promotion = promotion;
    Ok(report)
}

/// Judges a build that was not judged when it was built, say an imported one.
fn judge(project: &Project, history: &History, record: &Record) -> Result<Judgement> {
    let loaded = Profile::load(project, &record.series.profile, &[], None).ok();
    let locate = |key: &str| Some(loaded.as_ref()?.locate(key)?.to_string());
    let assessor = Assessor {
        history: Some(history),
        file: None,
        file_first: false,
        alerts: loaded.as_ref().map_or(&[], |loaded| &loaded.profile.alerts),
        today: record.started.to_zoned(TimeZone::UTC).date(),
        locate: &locate,
    };
    Ok(assessor.assess(record, &[])?)
}

/// The builds of the same place up to this one, the oldest first.
fn points(history: &History, record: &Record, judgement: &Judgement) -> Result<Vec<HistoryPoint>> {
    let before = history.comparable(&record.series, Some(&record.id), MOST_BUILDS)?;
    let mut points = Vec::new();
    for other in before.iter().rev() {
        let judged = history.find(&other.series.project, &other.id)?.judgement;
        points.push(HistoryPoint::of(other, judged.as_ref()));
    }
    points.push(HistoryPoint::of(record, Some(judgement)));
    Ok(points)
}
