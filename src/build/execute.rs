//! Has the engine run the steps of a plan, and keeps what was heard of it.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::error::{BuildError, FailedStep};
use super::notes::Notes;
use super::options::{BuildOptions, Event, Observer};
use super::record::Facts;
use super::surroundings::{host, image_ids, steal_ms};
use crate::redact::Redactor;
use crate::render::Plan;
use crate::timing::record::{Ending, Failure, PhaseKind, Record, TimeSpan};
use crate::timing::{BuildStart, PlannedStep, Tracker, WatchEvent, WorkKind, watch};
use engine::{
    Archive, Builder, CANDIDATES, Host, HostLoad, PROOFS, SolveError, SolveRequest, TarOutput,
    owned_name, sweep,
};

/// A build that the engine is done with.
pub(super) struct Executed {
    pub build_ref: String,
    /// The image's name until its tags move.
    pub name: String,
    pub tracker: Tracker,
    pub notes: Notes,
    redactor: Redactor,
    /// How it ended.
    pub ended: Result<(), BuildError>,
    solve: TimeSpan,
    host: Host,
    pub images: BTreeMap<String, String>,
    steal_ms: Option<u64>,
    load_before: Option<f64>,
}

/// What is made of the steps' result.
pub(super) enum Wanted {
    /// An image, under its candidate name.
    Image,
    /// Nothing: the steps run, and that is all.
    Nothing,
    /// Its files.
    Files(TarOutput),
}

/// Runs the steps.
pub(super) async fn execute(
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    wanted: Wanted,
    cancel: &CancellationToken,
    observer: &mut Observer<'_>,
) -> Executed {
    let build_ref = uuid::Uuid::new_v4().simple().to_string();
    let name = owned_name(CANDIDATES, &build_ref);
    let host_load = HostLoad::now();
    let mut notes = Notes::begin();
    let mut tracker = Tracker::new(planned(plan, options));
    tracker.begin(notes.started);
    let redactor = redactor_of(plan, options);
    tracker.hide(redactor.logs());
    let packed = pack(plan, cancel);
    notes.phase(PhaseKind::Pack, 0);
    let begun_ms = notes.elapsed_ms();
    let load_before = host_load.map(|host_load| host_load.load);
    let context = match packed {
        Ok(context) => context,
        Err(error) => {
            return Executed {
                build_ref,
                name,
                tracker,
                notes,
                redactor,
                ended: Err(if cancel.is_cancelled() {
                    BuildError::Interrupted
                } else {
                    BuildError::Context(error)
                }),
                solve: TimeSpan { start_ms: begun_ms, end_ms: begun_ms },
                host: Host::default(),
                images: BTreeMap::new(),
                steal_ms: None,
                load_before,
            };
        }
    };
    let start = BuildStart {
        profile: plan.profile.clone(),
        build_ref: build_ref.clone(),
        engine: engine.describe(),
        plan_hash: plan.hash.clone(),
        steps: tracker.steps().count(),
        context_bytes: context.bytes(),
    };
    observer(Event::Started(&start), &tracker);

    let request = SolveRequest {
        build_ref: build_ref.clone(),
        candidate: matches!(wanted, Wanted::Image).then(|| name.clone()),
        context,
        context_key: context_key(plan, options),
        files: match wanted {
            Wanted::Files(out) => Some(out),
            Wanted::Image | Wanted::Nothing => None,
        },
        target: options.target.clone(),
        build_args: options.build_args.clone(),
        no_cache: options.no_cache.clone(),
        secrets: options.secrets.clone(),
        dockerfile: "Dockerfile".to_owned(),
        options: options.solve.clone(),
    };
    let over = CancellationToken::new();
    let solving = async {
        let solved = followed(engine, request, cancel, &mut tracker, &mut notes, observer).await;
        let solve = notes.phase(PhaseKind::Solve, begun_ms);
        over.cancel();
        (solved, solve)
    };
    // What others left behind goes while the engine builds.
    let ((solved, solve), host, ()) =
        tokio::join!(solving, host(engine, &over), sweep(engine, &[CANDIDATES, PROOFS], &over));
    // What breaks once it was cancelled broke for that, or is nobody's concern any more.
    let solved = solved.map_err(|error| match error {
        SolveError::Engine(_) if cancel.is_cancelled() => SolveError::Canceled,
        error => error,
    });
    let steal_ms = steal_ms(&host, host_load);
    // An engine that is gone has nothing to tell.
    let images = match &solved {
        Err(SolveError::Engine(_)) => BTreeMap::new(),
        _ => {
            let names = plan.images(options.target.as_deref(), &options.build_args);
            image_ids(engine, names, &tracker).await
        }
    };
    let ended = solved.map_err(|error| build_error(error, plan, &tracker, &redactor));
    Executed {
        build_ref,
        name,
        tracker,
        notes,
        redactor,
        ended,
        solve,
        host,
        images,
        steal_ms,
        load_before,
    }
}

impl Executed {
    /// The record, without an image; `ended` says how the build ended.
    pub fn record(
        &self,
        engine: &dyn Builder,
        plan: &Plan,
        options: &BuildOptions,
        ended: Result<(), &BuildError>,
    ) -> Record {
        let (ending, failure) = match ended {
            Ok(()) => (Ending::Built, None),
            Err(error) => ending_of(error, &self.tracker),
        };
        let facts = Facts {
            engine,
            plan,
            options,
            build_ref: &self.build_ref,
            tracker: &self.tracker,
            notes: &self.notes,
            host: self.host.clone(),
            steal_ms: self.steal_ms,
            load_before: self.load_before,
            images: self.images.clone(),
            solve: self.solve,
            ending,
            failure,
            redactor: &self.redactor,
        };
        facts.record()
    }
}

/// How a build ended that came to no image, and what went wrong.
pub(super) fn ending_of(error: &BuildError, tracker: &Tracker) -> (Ending, Option<Failure>) {
    match error {
        error if error.is_interrupted() => (Ending::Interrupted, None),
        BuildError::Failed { message, .. } => {
            let step = culprit(tracker).map(|work| work.id.clone());
            (Ending::Failed, Some(Failure { step, message: message.clone() }))
        }
        _ => (Ending::Failed, Some(Failure { step: None, message: error.to_string() })),
    }
}

/// The step at fault. The engine's own work is no step: its words say what it was about.
fn culprit(tracker: &Tracker) -> Option<&crate::timing::Work> {
    tracker.culprit().filter(|work| work.kind == WorkKind::Step)
}

fn build_error(
    error: SolveError,
    plan: &Plan,
    tracker: &Tracker,
    redactor: &Redactor,
) -> BuildError {
    match error {
        SolveError::Canceled => BuildError::Interrupted,
        SolveError::Engine(error) => error.into(),
        SolveError::Failed { message } => {
            let step = culprit(tracker).map(|work| FailedStep {
                profile: plan.profile.clone(),
                stage: work.stage.clone(),
                position: format!("{}/{}", work.ordinal, work.of),
                label: work.label.clone(),
                origin: origin_of(plan, &work.id),
            });
            // It may name what the instruction was given.
            BuildError::Failed { step, message: redactor.logs().hide(&message).into_owned() }
        }
    }
}

/// The template line that wrote a step.
pub(super) fn origin_of(plan: &Plan, step: &str) -> Option<String> {
    let step = plan.steps.iter().find(|planned| planned.id == step)?;
    step.origin.as_ref().map(ToString::to_string)
}

/// All values that the build gets, hidden once so that they are found in what it says.
pub(super) fn redactor_of(plan: &Plan, options: &BuildOptions) -> Redactor {
    let mut redactor = options.redactor.clone();
    for (key, value) in &plan.values {
        redactor.profile_value(key, value);
    }
    for (name, value) in &options.build_args {
        redactor.variable(name, value);
    }
    let inputs = plan.inputs(options.target.as_deref(), &options.build_args);
    for inputs in inputs.into_values() {
        for (name, value) in &inputs.args {
            redactor.variable(name, value);
        }
        for line in &inputs.state {
            if let Some((name, value)) =
                line.strip_prefix("ENV ").and_then(|rest| rest.split_once('='))
            {
                redactor.variable(name, value);
            }
        }
    }
    options.secrets.values().for_each(|secret| redactor.secret(secret));
    redactor
}

fn planned(plan: &Plan, options: &BuildOptions) -> Vec<PlannedStep> {
    plan.steps_for(options.target.as_deref())
        .into_iter()
        .map(|step| PlannedStep {
            id: step.id.clone(),
            stage: step.stage.clone(),
            ordinal: step.ordinal,
            label: step.label.clone(),
        })
        .collect()
}

/// One for each profile of a project: what its last build sent, the next one need not.
fn context_key(plan: &Plan, options: &BuildOptions) -> String {
    let project = &options.source.project;
    hash::sha256(format!("mad build\n{project}\n{}", plan.profile))
}

/// The context as an archive, in a temporary file that has no name and so cannot stay behind.
fn pack(plan: &Plan, cancel: &CancellationToken) -> std::io::Result<Archive> {
    let out = Cancellable { out: std::io::BufWriter::new(tempfile::tempfile()?), cancel };
    let file = plan.pack(out)?.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    Archive::new(file)
}

/// A file that is not written on once the build is cancelled.
struct Cancellable<'a, W> {
    out: W,
    cancel: &'a CancellationToken,
}

impl<W: std::io::Write> std::io::Write for Cancellable<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(std::io::Error::other("interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Solves; notes what happens meanwhile and passes it on.
async fn followed(
    engine: &dyn Builder,
    request: SolveRequest,
    cancel: &CancellationToken,
    tracker: &mut Tracker,
    notes: &mut Notes,
    observer: &mut Observer<'_>,
) -> Result<(), SolveError> {
    let mut listener = |watched: WatchEvent<'_>, tracker: &Tracker| {
        let event = match watched {
            WatchEvent::Uploaded(bytes, total) => {
                notes.uploaded();
                Event::Uploaded(bytes, total)
            }
            WatchEvent::Changed(changes) => {
                notes.changed(changes, tracker);
                Event::Changed(changes)
            }
            WatchEvent::Tick => Event::Tick,
        };
        observer(event, tracker);
    };
    let solved = watch(engine, request, cancel, tracker, &mut listener).await;
    notes.upload_ended();
    solved
}
