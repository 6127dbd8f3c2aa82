//! What a build is judged against: earlier builds, as much of each as judging needs.
//!
//! There is one form for both sources. From the history each [`EarlierBuild`] is a build that was; from
//! a committed file, which keeps times by step and not by build, the k-th times of all steps stand
//! for the k-th build.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::file::{BaselineFile, BaselinePlace};
use super::path::StepPath;
use super::{Accepted, BaselineFacts, robust};
use crate::timing::WorkState;
use crate::timing::record::{Ending, PlanFacts, Record, SeriesKey, StepRecord};

/// What a build is judged against.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    pub(super) facts: BaselineFacts,
    /// The newest first.
    pub(super) builds: Vec<EarlierBuild>,
    pub(super) accepted: Vec<Accepted>,
    /// Places of the same profile that have builds, but not this build's place.
    pub(super) others: Vec<SeriesKey>,
}

/// An earlier build.
#[derive(Debug, Clone, Default)]
pub(super) struct EarlierBuild {
    /// In the order of its Dockerfile.
    pub steps: Vec<EarlierStep>,
    /// Which of them waited for which; `None` where that is not kept.
    pub path: Option<StepPath>,
    /// What sets it apart from builds of the profile as it stands, see [`series`]; 0 for those.
    pub series: u64,
    /// What the build took beside its steps, in milliseconds.
    pub overhead_ms: Option<u64>,
    /// Size of its image.
    pub image_bytes: Option<u64>,
    /// Share of the processors' time that the host took, 0 to 1.
    pub steal_share: Option<f64>,
    /// Load average per processor when it began.
    pub load_per_cpu: Option<f64>,
}

/// A step of an earlier build.
#[derive(Debug, Clone)]
pub(super) struct EarlierStep {
    pub id: String,
    pub stage: String,
    pub label: String,
    /// Fingerprint of its inputs; `None` where they are not known.
    pub inputs: Option<u64>,
    /// How long it ran, in milliseconds; `None` where it came from the cache or was not needed.
    pub ran_ms: Option<u64>,
}

impl Baseline {
    /// These builds of one place. Those that failed or were interrupted judge nobody and are left
    /// out.
    pub fn of_records(records: &[Record]) -> Self {
        let mut built: Vec<&Record> =
            records.iter().filter(|record| record.ending == Ending::Built).collect();
        built.sort_by_key(|record| std::cmp::Reverse(record.started));
        let facts = BaselineFacts {
            source: "history".to_owned(),
            builds: built.len(),
            oldest: built.last().map(|record| record.started),
            newest: built.first().map(|record| record.started),
            missing: None,
        };
        let builds = built.into_iter().map(EarlierBuild::of_record).collect();
        Self { facts, builds, ..Self::default() }
    }

    /// What a committed file says of builds at `place`. `source` names the file and its revision.
    pub fn of_file(file: &BaselineFile, place: &SeriesKey, source: &str) -> Self {
        let source = source.to_owned();
        let Some(found) = file.place(place) else {
            let others = file.places.iter().map(|other| other.in_project_of(place)).collect();
            let facts = BaselineFacts { source, ..BaselineFacts::default() };
            return Self { facts, ..Self::default() }.among(others, place);
        };
        let facts = BaselineFacts {
            source,
            builds: found.builds,
            oldest: found.oldest,
            newest: found.newest,
            missing: None,
        };
        let accepted = found.accepted.clone();
        Self { facts, builds: EarlierBuild::of_place(found), accepted, others: Vec::new() }
    }

    /// With these accepted slowdowns beside its own.
    #[must_use]
    pub fn accepting(mut self, accepted: &[Accepted]) -> Self {
        self.accepted.extend_from_slice(accepted);
        self
    }

    /// With the places of the same profile that have builds. Where this baseline has none at
    /// `place`, they tell why.
    #[must_use]
    pub fn among(mut self, places: Vec<SeriesKey>, place: &SeriesKey) -> Self {
        self.others = places.into_iter().filter(|other| other != place).collect();
        if self.builds.is_empty() {
            self.facts.missing = Some(missing(&self.others, place));
        }
        self
    }

    /// How many builds it has.
    pub fn len(&self) -> usize {
        self.facts.builds
    }

    /// Whether it has no build at all.
    pub fn is_empty(&self) -> bool {
        self.builds.is_empty()
    }

    /// The median size of its images, in bytes.
    pub fn image_bytes(&self) -> Option<u64> {
        let sizes: Vec<u64> = self.builds.iter().filter_map(|build| build.image_bytes).collect();
        robust::median_ms(&sizes)
    }
}

/// Why nothing at `place` is comparable: what sets the nearest of the others apart.
fn missing(others: &[SeriesKey], place: &SeriesKey) -> String {
    let differences = |other: &SeriesKey| -> Vec<String> {
        let target =
            |place: &SeriesKey| place.target.clone().unwrap_or_else(|| "the last".to_owned());
        [
            ("target", target(other), target(place)),
            ("cache mode", other.cache.as_str().to_owned(), place.cache.as_str().to_owned()),
            ("machine", other.machine.clone(), place.machine.clone()),
            ("builder", other.builder.clone(), place.builder.clone()),
        ]
        .into_iter()
        .filter(|(_, theirs, ours)| theirs != ours)
        .map(|(what, theirs, ours)| format!("other {what}: {theirs}, not {ours}"))
        .collect()
    };
    let nearest = others.iter().map(differences).min_by_key(Vec::len);
    nearest.map_or_else(|| "no earlier build of this profile".to_owned(), |all| all.join("; "))
}

impl EarlierBuild {
    fn of_record(record: &Record) -> Self {
        let path = StepPath::of(&record.steps);
        let modelled = path.length_ms(&|at| ran_ms(&record.steps[at]).unwrap_or(0));
        Self {
            steps: record.steps.iter().map(EarlierStep::of).collect(),
            path: Some(path),
            series: series(record),
            overhead_ms: Some(record.wall_ms.saturating_sub(modelled)),
            image_bytes: record.image.as_ref().map(|image| image.size_bytes),
            steal_share: steal_share(record),
            load_per_cpu: load_per_cpu(record),
        }
    }

    /// The newest first, while the file has the oldest first.
    fn of_place(place: &BaselinePlace) -> Vec<Self> {
        let nth = |samples: &[u64], back: usize| {
            samples.len().checked_sub(back + 1).map(|index| samples[index])
        };
        let deepest = place.steps.iter().map(|step| step.samples_ms.len());
        let depth = deepest.chain([place.overhead_ms.len()]).max().unwrap_or(0);
        (0..depth)
            .map(|back| Self {
                steps: place
                    .steps
                    .iter()
                    .map(|step| EarlierStep {
                        id: step.id.clone(),
                        stage: step.stage.clone(),
                        label: step.label.clone(),
                        inputs: None,
                        ran_ms: nth(&step.samples_ms, back),
                    })
                    .collect(),
                path: place.path(),
                series: 0,
                overhead_ms: nth(&place.overhead_ms, back),
                image_bytes: place.image_bytes,
                steal_share: None,
                load_per_cpu: None,
            })
            .collect()
    }
}

impl EarlierStep {
    fn of(step: &StepRecord) -> Self {
        Self {
            id: step.id.clone(),
            stage: step.stage.clone(),
            label: step.label.clone(),
            inputs: Some(fingerprint(step)),
            ran_ms: ran_ms(step),
        }
    }
}

/// How long a step ran to its end; `None` for one that did not.
pub(super) fn ran_ms(step: &StepRecord) -> Option<u64> {
    (step.state == WorkState::Done).then(|| step.duration_ms())
}

/// What a step itself is made from. The steps before it are left out: they change its cache key,
/// not how long it takes.
pub(super) fn fingerprint(step: &StepRecord) -> u64 {
    let mut hasher = DefaultHasher::new();
    let inputs = &step.inputs;
    (&inputs.text, &inputs.state, &inputs.args, &inputs.files, &inputs.images).hash(&mut hasher);
    hasher.finish()
}

/// What sets a build apart from those of the profile as it stands: values that `--set` changed, and
/// build arguments. Builds with other ones are experiments to each other. 0 without any.
pub(super) fn series(record: &Record) -> u64 {
    let PlanFacts { set, build_args, values, .. } = &record.plan;
    if set.is_empty() && build_args.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    for key in set {
        let below = format!("{key}.");
        let is_meant = |name: &&String| *name == key || name.starts_with(&below);
        let found: Vec<_> = values.iter().filter(|(name, _)| is_meant(name)).collect();
        (key, found).hash(&mut hasher);
    }
    for name in build_args {
        let seen: BTreeSet<_> =
            record.steps.iter().filter_map(|step| step.inputs.args.get(name)).collect();
        (name, seen).hash(&mut hasher);
    }
    hasher.finish().max(1)
}

/// Share of the processors' time that the host took away, 0 to 1.
pub(super) fn steal_share(record: &Record) -> Option<f64> {
    let all = record.wall_ms * record.environment.machine.cpus;
    record.environment.steal_ms.filter(|_| all > 0).map(|steal| steal as f64 / all as f64)
}

/// Load average per processor when the build began.
pub(super) fn load_per_cpu(record: &Record) -> Option<f64> {
    let cpus = record.environment.machine.cpus;
    record.environment.load_before.filter(|_| cpus > 0).map(|load| load / cpus as f64)
}
