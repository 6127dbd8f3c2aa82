//! `mad compare`.

use anyhow::Result;
use clap::ValueEnum;

use super::globals::Globals;
use super::{environment, print};
use crate::profile::Profile;
use crate::project::Source;
use crate::report::compare::{self as report, Compare};
use crate::timing::history::History;
use crate::timing::judge::misses;

/// Compare two builds step by step: what took longer, what ran again, and which input changed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The earlier build: its id or the beginning of it, `last`, or `last~2`
    #[arg(value_name = "A", default_value = "last~1")]
    a: String,
    /// The later build
    #[arg(value_name = "B", default_value = "last")]
    b: String,
    /// How to report
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
