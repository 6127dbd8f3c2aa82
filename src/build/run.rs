//! Runs one build: the plan goes to the engine under a candidate name, and the tag moves last.
//!
//! ```text
//! plan -> context.tar -> solve ─┬─ failed, interrupted -> the tag stays where it was
//!                               └─ candidate -> tag moves, in one step -> candidate name goes
//! ```

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::error::{BuildError, FailedStep};
use super::promote::promote;
use crate::engine::{Archive, Builder, Image, SolveError, SolveEvent, SolveRequest};
use crate::render::Plan;
use crate::timing::{BuildEnd, BuildStart, Change, Outcome, PlannedStep, Tracker, WorkKind};

/// How often an observer is asked to redraw.
const TICK: Duration = Duration::from_millis(80);

/// What to do with a plan.
#[derive(Clone, Default)]
pub struct BuildOptions {
    /// Names that the image gets when it is good; without any it keeps its candidate name.
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

/// Builds `plan` on `engine`.
pub async fn run(
    engine: &dyn Builder,
    plan: &Plan,
    options: BuildOptions,
    cancel: CancellationToken,
    observer: &mut Observer<'_>,
) -> Result<Built, BuildError> {
    let begun = Instant::now();
    let context = pack(plan).map_err(BuildError::Context)?;
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
        context_bytes: context.bytes(),
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
        dockerfile: "Dockerfile".to_owned(),
    };
    let solved = watch(engine, request, &cancel, &mut tracker, observer).await;
    let promoted = match solved {
        Ok(()) => promote(engine, &candidate, &options.tags, &cancel).await,
        Err(error) => {
            // An export that could not be stopped may have named it all the same. That it was
            // interrupted is what counts, whatever comes of this.
            if matches!(error, SolveError::Canceled) {
                let _ = engine.untag(&candidate).await;
            }
            Err(error)
        }
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
            // The engine's own work is no step: its words say what it was about.
            let culprit = tracker.culprit().filter(|work| work.kind == WorkKind::Step);
            let step = culprit.map(|work| FailedStep {
                profile: plan.profile.clone(),
                base: plan.base.clone(),
                stage: work.stage.clone(),
                label: work.label.clone(),
                stage_before: plan.stage_before(&work.stage).map(str::to_owned),
            });
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

/// The context as an archive, in a temporary file that has no name and so cannot stay behind.
fn pack(plan: &Plan) -> std::io::Result<Archive> {
    let out = std::io::BufWriter::new(tempfile::tempfile()?);
    let file = plan.context.tar(out)?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    Archive::new(file)
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
    let handle = |event: SolveEvent, tracker: &mut Tracker, observer: &mut Observer<'_>| match event
    {
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

#[cfg(test)]
mod tests;
