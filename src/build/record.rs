//! The record of a build, put together from the plan, the tracker and what the engine tells.

use super::notes::Notes;
use super::options::BuildOptions;
use crate::redact::Redactor;
use crate::render::Plan;
use crate::timing::Tracker;
use crate::timing::record::{
    BuildEnvironment, CacheMode, Clock, Ending, Failure, Machine, PlanFacts, RECORD_SCHEMA, Record,
    SeriesKey, TimeSpan, steps, works,
};
use engine::{Builder, Host, NoCache};

/// All that a record is made from, once the engine is done.
pub(super) struct Facts<'a> {
    pub engine: &'a dyn Builder,
    pub plan: &'a Plan,
    pub options: &'a BuildOptions,
    pub build_ref: &'a str,
    pub tracker: &'a Tracker,
    pub notes: &'a Notes,
    pub host: Host,
    /// See [`BuildEnvironment`].
    pub steal_ms: Option<u64>,
    /// See [`BuildEnvironment`].
    pub load_before: Option<f64>,
    /// Ids of the images that the plan names.
    pub images: std::collections::BTreeMap<String, String>,
    /// While the engine had the build.
    pub solve: TimeSpan,
    pub ending: Ending,
    pub failure: Option<Failure>,
    /// Knows what was handed to the build.
    pub redactor: &'a Redactor,
}

impl Facts<'_> {
    /// The record; an image is filled in by whoever has it.
    pub fn record(self) -> Record {
        let Self { plan, options, tracker, notes, host, ending, .. } = self;
        let target = options.target.as_deref();
        let clock = Clock::new(notes.started, self.solve, tracker, host.is_here);
        let mut inputs = plan.inputs(target, &options.build_args);
        let described = |id: &str| {
            let step = plan.steps.iter().find(|step| step.id == id);
            let origin = step.and_then(|step| step.origin.clone());
            let mut inputs = inputs.remove(id).unwrap_or_default();
            if inputs.text.starts_with("RUN ") {
                inputs.state.extend(options.solve.seen_by_steps());
            }
            (origin, inputs)
        };
        let steps = steps(tracker, &clock, ending, described);
        let target =
            target.filter(|target| !plan.is_whole(Some(target))).map(str::to_ascii_lowercase);
        let builder = [&self.engine.describe(), &host.storage_driver, plan.level.as_str()]
            .map(|part: &str| part.to_owned())
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        let machine = Machine {
            // Emulated steps are no measure for native ones.
            platform: match &options.solve.platform {
                Some(platform) if *platform != host.platform => {
                    format!("{platform} on {}", host.platform)
                }
                _ => host.platform,
            },
            cpus: host.cpus,
            memory_bytes: host.memory_bytes,
            cpu_model: host.cpu_model,
            builder: host.builder,
        };
        let cache = match options.no_cache {
            NoCache::Always => CacheMode::Ignore,
            NoCache::Never | NoCache::Stages(_) => CacheMode::Use,
        };
        let mut record = Record {
            schema: RECORD_SCHEMA.to_owned(),
            id: self.build_ref.to_owned(),
            started: notes.started,
            wall_ms: notes.elapsed_ms(),
            ending,
            series: SeriesKey {
                project: options.source.project.clone(),
                profile: plan.profile.clone(),
                target,
                builder,
                machine: machine.class(),
                cache,
            },
            environment: BuildEnvironment {
                mad: env!("CARGO_PKG_VERSION").to_owned(),
                machine,
                engine_id: host.engine_id,
                steal_ms: self.steal_ms,
                load_before: self.load_before.filter(|_| host.is_here),
                commit: options.source.commit.clone(),
                branch: options.source.branch.clone(),
                ci_run: options.ci_run.clone(),
            },
            plan: PlanFacts {
                hash: plan.hash.clone(),
                images: self.images,
                templates: plan.templates.clone(),
                values: plan.values.clone(),
                set: plan.set.clone(),
                build_args: options.build_args.keys().cloned().collect(),
            },
            phases: notes.phases.clone(),
            steps,
            works: works(tracker, &clock, ending),
            image: None,
            failure: self.failure,
            permission_errors: notes.permission_errors,
            trial: None,
        };
        record.hide(&mut self.redactor.clone());
        record
    }
}
