//! One build of a text, and what came of it from inside.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::facts::milliseconds;
use super::steps::Steps;
use super::{BuildFolder, ProofError, StepRef, Timing};
use crate::image::{Contents, Sha256};
use crate::timing::{BuildStart, Tracker, WatchEvent, WorkKind, WorkState, watch};
use engine::{
    Engine, NoCache, PROOFS, SolveError, SolveOptions, SolveRequest, or_cancelled, owned_name,
};

/// Which build it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The file as it was.
    Before,
    /// The file as it was, once more.
    Again,
    /// A rewritten file.
    After,
}

impl Side {
    /// The letter in the candidate's name.
    fn letter(self) -> &'static str {
        match self {
            Self::Before => "a",
            Self::Again => "a2",
            Self::After => "b",
        }
    }
}

/// Builds texts. The edge that tests replace.
#[async_trait]
pub trait Bench: Send + Sync {
    /// Builds a text and reads the image, which is kept.
    async fn build(&self, text: &str, side: Side, no_cache: bool) -> Result<Built, ProofError>;

    /// Contents of a build's files by hash and size, as far as it has them and they are not too
    /// large.
    async fn files(
        &self,
        built: &Built,
        wanted: &BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ProofError>;

    /// The image of a build is not asked for any more.
    async fn release(&self, built: &Built) -> Result<(), ProofError>;
}

/// What came of a build.
#[derive(Debug)]
pub struct Built {
    /// The text.
    pub text: String,
    /// The engine's name of the image.
    pub image: String,
    /// The image from inside.
    pub contents: Contents,
    /// For every layer the instruction that wrote it.
    pub wrote: Vec<Option<StepRef>>,
    /// How long it took.
    pub timing: Timing,
}

/// How long a step took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepTime {
    /// First line of the instruction.
    pub line: usize,
    /// The instruction on one line.
    pub label: String,
    /// Whether it came from the cache.
    pub cached: bool,
    /// Time spent, by the engine's clock.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
}

/// What an observer sees, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// A build begins.
    Started(Side, &'a BuildStart),
    /// Something happened in it.
    Watched(WatchEvent<'a>, &'a Tracker),
    /// It is over, whatever came of it.
    Ended(Side, &'a Tracker, Duration),
}

/// Told what a build does while it does it.
pub type Observer = dyn Fn(Event<'_>) + Send + Sync;

/// All that a build needs besides the text, and the engine that builds.
pub struct Recipe<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// The context.
    pub folder: BuildFolder,
    /// `ARG` values.
    pub build_args: BTreeMap<String, String>,
    /// Stage to stop at.
    pub target: Option<String>,
    /// Secrets by id.
    pub secrets: HashMap<String, Vec<u8>>,
    /// Stops the build in the engine.
    pub cancel: CancellationToken,
    /// Told of every build and change.
    pub observer: Box<Observer>,
}

#[async_trait]
impl Bench for Recipe<'_> {
    async fn build(&self, text: &str, side: Side, no_cache: bool) -> Result<Built, ProofError> {
        let steps = Steps::read(text, self.target.as_deref())?;
        let build_ref = uuid::Uuid::new_v4().simple().to_string();
        let candidate = owned_name(PROOFS, &format!("{build_ref}-{}", side.letter()));
        let request = SolveRequest {
            build_ref,
            candidate: Some(candidate.clone()),
            context: self.folder.pack(text)?,
            context_key: self.folder.key(),
            files: None,
            target: self.target.clone(),
            build_args: self.build_args.clone(),
            no_cache: if no_cache { NoCache::Always } else { NoCache::Never },
            secrets: self.secrets.clone(),
            dockerfile: self.folder.dockerfile().to_owned(),
            options: SolveOptions::default(),
        };
        let mut tracker = Tracker::new(steps.planned());
        let start = BuildStart {
            profile: String::new(),
            build_ref: request.build_ref.clone(),
            engine: self.engine.describe(),
            plan_hash: String::new(),
            steps: tracker.steps().count(),
            context_bytes: request.context.bytes(),
        };
        (self.observer)(Event::Started(side, &start));
        let begun = Instant::now();
        tracker.begin(jiff::Timestamp::now());
        let mut listener = |watched: WatchEvent<'_>, tracker: &Tracker| {
            (self.observer)(Event::Watched(watched, tracker));
        };
        let solved = watch(self.engine, request, &self.cancel, &mut tracker, &mut listener).await;
        let wall = begun.elapsed();
        (self.observer)(Event::Ended(side, &tracker, wall));
        let read = match solved {
            Ok(()) => tokio::select! {
                read = Contents::of_image(self.engine, &candidate) => read.map_err(Into::into),
                () = self.cancel.cancelled() => Err(ProofError::Interrupted),
            },
            Err(SolveError::Canceled) => Err(ProofError::Interrupted),
            Err(SolveError::Engine(error)) => Err(error.into()),
            Err(SolveError::Failed { message }) => Err(failed(&steps, &tracker, message)),
        };
        let contents = match read {
            Ok(contents) => contents,
            Err(error) => {
                // An export that could not be stopped may have named it all the same.
                let _ = or_cancelled(&self.cancel, self.engine.untag(&candidate)).await;
                return Err(error);
            }
        };
        let lines = steps.lines(&contents.history);
        let wrote = contents.layers.iter().map(|layer| {
            let line = lines.get(layer.history?).copied().flatten()?;
            Some(StepRef { line, label: steps.label(line) })
        });
        let wrote = wrote.collect();
        Ok(Built {
            text: text.to_owned(),
            image: candidate,
            wrote,
            timing: timing(&tracker, wall, no_cache),
            contents,
        })
    }

    async fn files(
        &self,
        built: &Built,
        wanted: &BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ProofError> {
        tokio::select! {
            read = Contents::files_of_image(self.engine, &built.image, wanted.clone()) => Ok(read?),
            () = self.cancel.cancelled() => Err(ProofError::Interrupted),
        }
    }

    async fn release(&self, built: &Built) -> Result<(), ProofError> {
        Ok(self.engine.untag(&built.image).await?)
    }
}

fn failed(steps: &Steps, tracker: &Tracker, message: String) -> ProofError {
    let culprit = tracker.culprit().filter(|work| work.kind == WorkKind::Step);
    let line = culprit.and_then(|work| work.id.parse().ok());
    ProofError::Build {
        line,
        label: line.map(|line| steps.label(line)).unwrap_or_default(),
        message,
        log: culprit.into_iter().flat_map(|work| work.log_tail.iter().cloned()).collect(),
    }
}

/// The wall time is this side's: work that the engine shares with another build may have begun before.
fn timing(tracker: &Tracker, wall: Duration, no_cache: bool) -> Timing {
    let latest = tracker.latest().unwrap_or_default();
    let steps = tracker.steps().map(|work| StepTime {
        line: work.id.parse().unwrap_or(0),
        label: work.label.clone(),
        cached: work.state == WorkState::Cached,
        duration: tracker.duration(work, latest),
    });
    Timing { wall, no_cache, steps: steps.collect() }
}
