//! `mad compare`.

use std::slice;

use crate::cli::error::Result;
use clap::ValueEnum;
use jiff::tz::TimeZone;

use super::builds::{existing, named};
use super::globals::Globals;
use super::print;
use crate::profile::Profile;
use crate::report::compare::{self as report, Compare, RecordComparison};
use crate::timing::graph::breakdown;
use crate::timing::judge::{Baseline, Context, Gate, NOTHING_INHERITED, judge};

/// Compare two builds step by step: what took longer, what ran again, and which input changed
///
/// In CI, `last` is the last build of this job, and `last~1` the one before that, whoever built it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The earlier build: its ID or a prefix of it, `last`, or `last~2`
    #[arg(value_name = "A", default_value = "last~1")]
    a: String,
    /// The later build
    #[arg(value_name = "B", default_value = "last")]
    b: String,
    /// Count `last` within the builds of this profile
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Terminal,
    /// mad.compare/1
    Json,
    /// A table for a pull request
    Markdown,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let history = existing()?;
    let profile = args.profile.as_deref();
    let find = |build: &str| named(globals, &project, &history, build, profile);
    let (a, b) = (find(&args.a)?.record, find(&args.b)?.record);

    let loaded = Profile::load(&project, &b.series.profile, &[], None).ok();
    let locate = |key: &str| Some(loaded.as_ref()?.locate(key)?.to_string());
    let context = Context {
        today: b.started.to_zoned(TimeZone::UTC).date(),
        locate: &locate,
        repeats: &[],
        inherited: &NOTHING_INHERITED,
        gate: Gate::default(),
    };
    // Judged against one build there is no verdict; its causes and its pairs of steps are wanted.
    let judgement = judge(&b, &Baseline::of_records(slice::from_ref(&a)), Some(&a), &[], &context);
    let edited =
        judgement.steps.iter().filter_map(|step| Some((step.step.clone(), step.was.clone()?)));
    let between = RecordComparison {
        a_parts: breakdown(&a).parts,
        b_parts: breakdown(&b).parts,
        edited: edited.collect(),
        causes: judgement.misses,
    };
    let compare = Compare::of(&a, &b, between);
    print(&match args.format {
        Format::Terminal => report::terminal(&compare, globals.look()),
        Format::Json => report::json(&compare),
        Format::Markdown => report::markdown(&compare),
    })
}
