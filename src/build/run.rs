//! Runs one build: the plan goes to the engine under a candidate name, and the tag moves last.
//!
//! ```text
//! plan -> context.tar -> solve ─┬─ failed, interrupted -> the tag stays where it was
//!                               └─ candidate -> tag moves, in one step -> candidate name goes
//! ```

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::engine::{Builder, EngineError, Image, SolveError, SolveEvent, SolveRequest};
use crate::render::Plan;
use crate::timing::{BuildEnd, BuildStart, Change, Outcome, PlannedStep, Tracker};

/// How often an observer is asked to redraw.
const TICK: Duration = Duration::from_millis(80);

/// What to do with a plan.
#[derive(Clone, Default)]
pub struct BuildOptions {
    /// Names that the image gets when it is good; none leaves it without a name.
    pub tags: Vec<String>,
    /// Stage to stop at.
    pub target: Option<String>,
    /// `ARG` values.
    pub build_args: BTreeMap<String, String>,
    /// Whether to ignore the engine's cache.
    pub no_cache: bool,
    /// Secrets by id.
    pub secrets: HashMap<String, Vec<u8>>,
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
}

/// Whoever watches a build.
pub type Observer<'a> = dyn FnMut(Event<'_>, &Tracker) + Send + 'a;

/// A good build.
#[derive(Debug, Clone)]
pub struct Built {
    /// The image.
    pub image: Image,
    /// The names it got.
    pub tags: Vec<String>,
    /// The engine's name for the build.
    pub build_ref: String,
}

/// How a build can end without an image.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The plan cannot be sent.
    #[error("cannot pack the context: {0}")]
    Context(std::io::Error),
    /// A step or the engine's frontend failed.
    #[error("the build failed{}", failed_in(.step.as_deref(), .message))]
    Failed {
        /// The step at fault, for people.
        step: Option<String>,
        /// The engine's words.
        message: String,
    },
    /// It was interrupted.
    #[error("interrupted; the step was stopped in the engine, and no tag was moved")]
    Interrupted,
    /// The engine could not be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Builds `plan` on `engine`.
pub async fn run(
    engine: &dyn Builder,
    plan: &Plan,
    options: BuildOptions,
    cancel: CancellationToken,
    observer: &mut Observer<'_>,
) -> Result<Built, BuildError> {
    let begun = Instant::now();
    let context = Bytes::from(plan.context.tar().map_err(BuildError::Context)?);
    let planned: Vec<PlannedStep> = plan
        .steps_for(options.target.as_deref())
        .into_iter()
        .map(|step| PlannedStep {
            id: step.id.clone(),
            stage: step.stage.clone(),
            ordinal: step.ordinal,
            label: step.label.clone(),
        })
        .collect();
    let build_ref = uuid::Uuid::new_v4().simple().to_string();
    let candidate = format!("mad/candidate:{build_ref}");
    let start = BuildStart {
        profile: plan.profile.clone(),
        build_ref: build_ref.clone(),
        engine: engine.describe(),
        plan_hash: plan.hash.clone(),
        steps: planned.len(),
        context_bytes: context.len() as u64,
    };
    let mut tracker = Tracker::new(planned);
    observer(Event::Started(&start), &tracker);

    let request = SolveRequest {
        build_ref: build_ref.clone(),
        candidate: candidate.clone(),
        context,
        target: options.target,
        build_args: options.build_args,
        no_cache: options.no_cache,
        secrets: options.secrets,
    };
    let solved = watch(engine, request, &cancel, &mut tracker, observer).await;
    let promoted = match solved {
        Ok(()) => promote(engine, &candidate, &options.tags, &cancel).await,
        Err(error) => Err(error),
    };

    let (result, outcome) = match promoted {
        Ok((image, tags)) => {
            let outcome = Outcome::Built {
                image_id: image.id.clone(),
                tags: tags.clone(),
                size_bytes: image.size_bytes,
            };
            (Ok(Built { image, tags, build_ref }), outcome)
        }
        Err(SolveError::Canceled) => (Err(BuildError::Interrupted), Outcome::Interrupted),
        Err(SolveError::Engine(error)) => (Err(error.into()), Outcome::Failed),
        Err(SolveError::Failed { message }) => {
            let step = tracker.culprit().map(|work| format!("`{}`: {}", work.stage, work.label));
            (Err(BuildError::Failed { step, message }), Outcome::Failed)
        }
    };
    let failed = matches!(outcome, Outcome::Failed);
    let culprit = tracker.culprit().filter(|_| failed).map(|work| work.id.clone());
    let failure_origin = culprit
        .and_then(|id| plan.steps.iter().find(|step| step.id == id)?.origin.as_ref())
        .map(ToString::to_string);
    let end = BuildEnd { outcome, wall: begun.elapsed(), failure_origin };
    observer(Event::Finished(&end), &tracker);
    result
}

/// Solves, and passes on what happens meanwhile.
async fn watch(
    engine: &dyn Builder,
    request: SolveRequest,
    cancel: &CancellationToken,
    tracker: &mut Tracker,
    observer: &mut Observer<'_>,
) -> Result<(), SolveError> {
    let (sender, mut events) = mpsc::unbounded_channel();
    let mut solving = engine.solve(request, sender, cancel.clone());
    let mut tick = tokio::time::interval(TICK);
    let handle = |event: SolveEvent, tracker: &mut Tracker, observer: &mut Observer<'_>| match event {
        SolveEvent::Uploaded { bytes, total } => observer(Event::Uploaded(bytes, total), tracker),
        SolveEvent::Status(update) => {
            let changes = tracker.update(&update);
            observer(Event::Changed(&changes), tracker);
        }
    };
    let solved = loop {
        tokio::select! {
            solved = &mut solving => break solved,
            Some(event) = events.recv() => handle(event, tracker, observer),
            _ = tick.tick() => observer(Event::Tick, tracker),
        }
    };
    while let Ok(event) = events.try_recv() {
        handle(event, tracker, observer);
    }
    solved.map(drop)
}

/// Moves the tags to the candidate, then takes the candidate's own name away. Returns the image
/// and the names that it has now.
async fn promote(
    engine: &dyn Builder,
    candidate: &str,
    tags: &[String],
    cancel: &CancellationToken,
) -> Result<(Image, Vec<String>), SolveError> {
    let promoted = async {
        let image = engine.image(candidate).await?.ok_or_else(|| SolveError::Failed {
            message: format!("the engine built `{candidate}` and does not have it"),
        })?;
        if cancel.is_cancelled() {
            return Err(SolveError::Canceled);
        }
        for tag in tags {
            engine.tag(&image.id, tag).await?;
        }
        Ok(image)
    };
    let promoted = promoted.await;
    // Without a tag the candidate's name is all that holds the image, so it stays.
    if tags.is_empty() && promoted.is_ok() {
        return promoted.map(|image| (image, vec![candidate.to_owned()]));
    }
    engine.untag(candidate).await?;
    promoted.map(|image| (image, tags.to_vec()))
}

/// The step says enough: its exit code and its output were shown. Without one it is the engine's
/// words that count.
fn failed_in(step: Option<&str>, message: &str) -> String {
    match step {
        Some(step) => format!(" in stage {step}"),
        None => format!(": {message}"),
    }
}

impl BuildError {
    /// One command or change that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Failed { step: None, message } if names_registry(message) => Some(
                "where no registry answers, make a base image: `mad base bootstrap --suite trixie --default`".to_owned(),
            ),
            Self::Failed { step: Some(_), .. } => Some(
                "look around where it failed: build with `--target STAGE` up to the stage before, and run that image".to_owned(),
            ),
            Self::Engine(error) => error.hint(),
            _ => None,
        }
    }
}

/// Whether the engine failed at a registry, before any step ran.
fn names_registry(message: &str) -> bool {
    ["failed to resolve", "failed to do request", "pull access denied", "no such host", "failed to authorize"]
        .iter()
        .any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests;
