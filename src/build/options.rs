//! What is asked of a build, and what its observer is told.

use std::collections::{BTreeMap, HashMap};

use super::error::BuildError;
use crate::project::Source;
use crate::redact::Redactor;
use crate::timing::{BuildEnd, BuildStart, Change, Tracker};
use engine::{NoCache, SolveOptions};

/// What to do with a plan.
#[derive(Clone, Default)]
pub struct BuildOptions {
    /// Names that the image gets when it is good; without any it keeps its candidate name.
    pub tags: Vec<String>,
    /// Stage to stop at.
    pub target: Option<String>,
    /// `ARG` values.
    pub build_args: BTreeMap<String, String>,
    /// Where to ignore the engine's cache.
    pub no_cache: NoCache,
    /// Secrets by id.
    pub secrets: HashMap<String, Vec<u8>>,
    /// What is asked of the engine beside the Dockerfile.
    pub solve: SolveOptions,
    /// Where the plan is from, for the record.
    pub source: Source,
    /// The job of a CI service that builds.
    pub ci_run: Option<String>,
    /// What may be written down of values.
    pub redactor: Redactor,
}

/// What an observer sees, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// The build is about to begin.
    Started(&'a BuildStart),
    /// Bytes of the context sent, and in all.
    Uploaded(u64, u64),
    /// The tracker has moved.
    Changed(&'a [Change]),
    /// Time has passed.
    Tick,
    /// The build is over, whatever came of it.
    Finished(&'a BuildEnd),
    /// Steps that look slower are about to be run again.
    Repeating {
        /// What they do.
        steps: &'a [String],
        /// Which time it is, from 1.
        again: usize,
        /// How many times there will be.
        of: usize,
    },
    /// They did not run again.
    NotRepeated(&'a BuildError),
    /// The image is about to be tried.
    Trying,
}

/// Whoever watches a build.
pub type Observer<'a> = dyn FnMut(Event<'_>, &Tracker) + Send + 'a;
