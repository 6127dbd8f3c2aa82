//! A small world to decide in: a project, its engine with a cache, a clock of its own, and a real
//! history. Whether a step is slow is known here, so that verdicts can be held against the truth.
//!
//! Long because the project, its engines and its clock are one world: each step's time and each image's
//! content is made in one and asked for by the other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::build::NoGates;
use crate::build::rollback::{candidates, objection};
use crate::profile::{Alert, Profile};
use crate::project::{Project, Source};
use crate::timing::Assessor;
use crate::timing::history::History;
use crate::timing::record::TimeSpan;
use engine::{
    EngineError, HistoryEntry, Host, Image, SolveError, SolveEvent, SolveRequest, Solved,
    StatusUpdate, Vertex,
};

pub const TAG: &str = "sim/x:1";

/// Where each step stands, and how long it takes when nothing is wrong.
const STEPS: [(&str, &str, u64); 4] =
    [("a", "one", 10_000), ("a", "two", 5000), ("b", "three", 12_000), ("final", "four", 4000)];

/// What every build takes beside its steps.
const OVERHEAD_MS: u64 = 800;

/// What the engine knows, under one lock.
#[derive(Default)]
struct Inner {
    /// By what a step is made from: which run made the result that the cache has.
    cache: BTreeMap<String, u64>,
    runs: u64,
    names: BTreeMap<String, String>,
    /// By build: the times of its steps, by stage and text.
    times: BTreeMap<String, BTreeMap<(String, String), u64>>,
    /// Versions of steps that are slow, as `NAME VERSION`.
    slow: BTreeSet<String>,
    /// What happens the next time that a step of this name runs.
    accident: Option<String>,
    fails: bool,
    /// Versions that an image is made of.
    images: BTreeMap<String, BTreeSet<String>>,
    noise: u64,
    /// Which of the engines is talked to: each has a cache and names of its own.
    at: Place,
}

/// A machine with an engine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// Where it all begins.
    #[default]
    Here,
    /// Another one that is as fast.
    Twin,
    /// One of another class, whose builds nobody else is compared with.
    Elsewhere,
}

/// The engine.
#[derive(Default)]
pub struct Sim(Mutex<Inner>);

pub struct World {
    pub engine: Sim,
    versions: BTreeMap<&'static str, u64>,
    dir: tempfile::TempDir,
    pub history: History,
    pub alerts: Vec<Alert>,
    /// How far its clock is ahead of the true one.
    pub ahead: SignedDuration,
    /// What the project is called, and its profile.
    pub project: String,
    pub profile: String,
    /// What the first stage is called.
    pub first_stage: String,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("profiles")).unwrap();
        std::fs::create_dir_all(dir.path().join("templates")).unwrap();
        let history = History::open(&dir.path().join("h.db")).unwrap();
        let versions = STEPS.iter().map(|(_, name, _)| (*name, 0)).collect();
        Self {
            engine: Sim::default(),
            versions,
            dir,
            history,
            alerts: Vec::new(),
            ahead: SignedDuration::ZERO,
            project: "sim".to_owned(),
            profile: "sim".to_owned(),
            first_stage: "a".to_owned(),
        }
    }

    /// Six builds in which all steps run.
    pub async fn settled() -> Self {
        let mut world = Self::new();
        for _ in 0..6 {
            for step in ["one", "two", "three", "four"] {
                world.edit(step, false);
            }
            world.build(Policy::default()).await;
        }
        world
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.engine.inner()
    }

    /// Gives a step another text, which is slow or not.
    pub fn edit(&mut self, step: &'static str, is_slow: bool) {
        let version = self.versions.get_mut(step).unwrap();
        *version += 1;
        let version = *version;
        if is_slow {
            self.inner().slow.insert(format!("{step} {version}"));
        }
    }

    pub fn accident(&self, step: &str) {
        self.inner().accident = Some(step.to_owned());
    }

    pub fn fail_next(&self) {
        self.inner().fails = true;
    }

    /// The engines forget all results.
    pub fn prune(&self) {
        self.inner().cache.clear();
    }

    /// Works on another machine from now on.
    pub fn go(&self, place: Place) {
        self.inner().at = place;
    }

    pub fn tagged(&self) -> Option<String> {
        let inner = self.inner();
        inner.names.get(&inner.named(TAG)).cloned()
    }

    /// `mad rollback`: the image that the tag names now, if there was one to go back to.
    pub async fn roll_back(&self) -> Option<String> {
        let current = self.tagged()?;
        let host = self.engine.host().await.unwrap();
        let mut promotions = self.history.promotions(TAG).unwrap();
        promotions.retain(|one| one.engine_id == host.engine_id);
        let good = candidates(&promotions, &current).into_iter().find(|candidate| {
            objection(&self.history, &self.project, candidate).unwrap().is_none()
        })?;
        let promotion = Promotion {
            at: Timestamp::now() + self.ahead,
            tag: TAG.to_owned(),
            image: good.image.clone(),
            before: Some(current),
            build: None,
            engine_id: host.engine_id,
            reason: "asked for".to_owned(),
        };
        self.history.promoted(&promotion).unwrap();
        self.engine.tag(&good.image, TAG).await.unwrap();
        Some(good.image)
    }

    /// The slow steps that an image has in it, as `NAME VERSION`.
    pub fn slow_in(&self, image: &str) -> BTreeSet<String> {
        let inner = self.inner();
        inner.images[image].intersection(&inner.slow).cloned().collect()
    }

    /// Carries the history over to a new file, as from another machine.
    pub fn carry(&mut self, with_judgements: bool) {
        let mut out = Vec::new();
        self.history.export(&Default::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines = text.lines().map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            if !with_judgements && let Some(judgement) = line.get_mut("judgement") {
                *judgement = serde_json::Value::Null;
            }
            format!("{line}\n")
        });
        let text: String = lines.collect();
        let path: PathBuf = self.dir.path().join(format!("h{}.db", self.inner().runs));
        self.history = History::open(&path).unwrap();
        self.history.import(text.as_bytes(), None).unwrap();
    }

    pub fn plan(&self) -> Plan {
        let version = |name: &str| self.versions[name];
        let mut dockerfile = String::new();
        for (stage, name, _) in STEPS {
            let stage = if stage == "a" { self.first_stage.as_str() } else { stage };
            let from = format!("FROM {{{{ base }}}} AS {stage}\n");
            if !dockerfile.contains(&from) {
                dockerfile.push_str(&from);
                if stage == "final" {
                    let first = &self.first_stage;
                    let copies = format!("COPY --from={first} /a /a\nCOPY --from=b /b /b\n");
                    dockerfile.push_str(&copies);
                }
            }
            dockerfile.push_str(&format!("RUN work {name} {}\n", version(name)));
        }
        std::fs::write(self.dir.path().join("templates/Dockerfile.j2"), dockerfile).unwrap();
        let profile = self.dir.path().join(format!("profiles/{}.yaml", self.profile));
        std::fs::write(profile, "base: debian:trixie\n").unwrap();
        let project = Project::open(self.dir.path()).unwrap();
        let loaded = Profile::load(&project, &self.profile, &[], None).unwrap();
        crate::render::render(&project, &loaded, engine::FrontendLevel::V1_2).unwrap()
    }

    pub async fn build(&self, policy: Policy) -> Decided {
        self.build_with(policy, BuildOptions::default(), CancellationToken::new()).await
    }

    pub async fn build_with(
        &self,
        policy: Policy,
        options: BuildOptions,
        cancel: CancellationToken,
    ) -> Decided {
        let source = Source { project: self.project.clone(), ..Source::default() };
        let options = BuildOptions { tags: vec![TAG.to_owned()], source, ..options };
        let plan = self.plan();
        build(&self.engine, self, &NoGates, &plan, &options, policy, &cancel, &mut |_, _| {}).await
    }

    /// The record with the times of this world's clock.
    fn timed(&self, record: &Record) -> Record {
        let mut record = record.clone();
        record.started += self.ahead;
        let inner = self.inner();
        let times = inner.times.get(&record.id).cloned().unwrap_or_default();
        drop(inner);
        for step in &mut record.steps {
            let key = (step.stage.clone(), step.inputs.text.clone());
            let ms = times.get(&key).copied().unwrap_or(0);
            step.spans = vec![TimeSpan { start_ms: 0, end_ms: ms }];
        }
        let of = |stages: &[&str]| -> u64 {
            let steps = record.steps.iter().filter(|step| stages.contains(&step.stage.as_str()));
            steps.map(|step| step.duration_ms()).sum()
        };
        record.wall_ms =
            OVERHEAD_MS + of(&[self.first_stage.as_str()]).max(of(&["b"])) + of(&["final"]);
        record
    }
}

impl BuildHistory for World {
    fn judge(&self, record: &Record, repeats: &[Record]) -> Option<Judgement> {
        let assessor = Assessor {
            history: Some(&self.history),
            file: None,
            file_first: false,
            alerts: &self.alerts,
            today: jiff::civil::date(2026, 5, 1),
            locate: &|_| None,
        };
        let repeats: Vec<Record> = repeats.iter().map(|one| self.timed(one)).collect();
        Some(assessor.assess(&self.timed(record), &repeats).unwrap())
    }

    fn keep(&self, record: &Record, judgement: Option<&Judgement>) {
        self.history.add(&self.timed(record), judgement).unwrap();
    }

    fn promoted(&self, promotions: &[Promotion]) {
        for one in promotions {
            let one = Promotion { at: one.at + self.ahead, ..one.clone() };
            self.history.promoted(&one).unwrap();
        }
    }
}

impl Inner {
    /// What a name, or a key of the cache, is among those of all engines.
    fn named(&self, name: &str) -> String {
        format!("{:?} {name}", self.at)
    }

    /// How long a step takes that runs.
    fn takes_ms(&mut self, text: &str) -> u64 {
        let mut words = text.split(' ').skip(2);
        let (Some(name), Some(version)) = (words.next(), words.next()) else { return 10 };
        let Some((_, _, usual)) = STEPS.iter().find(|(_, step, _)| *step == name) else {
            return 10;
        };
        // Within one percent, and never twice the same.
        self.noise = (self.noise * 7 + 3) % 101;
        let usual = usual + usual * self.noise / 10_000;
        let is_accident = self.accident.take_if(|step| step == name).is_some();
        let is_slow = self.slow.contains(&format!("{name} {version}"));
        usual * if is_slow { 3 } else { 1 } * if is_accident { 5 } else { 1 }
    }
}

impl Sim {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl Builder for Sim {
    fn describe(&self) -> String {
        "sim".to_owned()
    }

    async fn solve(
        &self,
        request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError> {
        let mut inner = self.inner();
        let mut made: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
        let (mut times, mut vertexes) = (BTreeMap::new(), Vec::new());
        let file = dockerfile::File::parse(dockerfile_of(&request).as_bytes()).unwrap();
        for (place, stage) in file.stages().iter().enumerate() {
            let name = stage.title(place);
            let mut layers = vec![(stage.base_text.clone(), 0)];
            let (mut arguments, mut ordinal) = (String::new(), 1);
            for block in &file.blocks()[stage.blocks.clone()][1..] {
                let instruction = &block.instruction;
                let text = instruction.exact_text().trim_end().to_owned();
                if instruction.keyword == "ARG" {
                    arguments.push_str(&text);
                    continue;
                }
                ordinal += 1;
                let from = instruction.flag("from").next();
                let from: Vec<(String, u64)> =
                    from.and_then(|from| made.get(from)).cloned().unwrap_or_default();
                let arguments = if instruction.keyword == "RUN" { arguments.as_str() } else { "" };
                let key = inner.named(&format!("{layers:?} {from:?} {arguments} {text}"));
                let known = inner.cache.get(&key).copied();
                let known = known.filter(|_| request.no_cache != NoCache::Always);
                if known.is_none() {
                    let ms = inner.takes_ms(&text);
                    times.insert((name.clone(), text.clone()), ms);
                    inner.runs += 1;
                    let run = inner.runs;
                    inner.cache.insert(key.clone(), run);
                }
                let now = Timestamp::now();
                vertexes.push(Vertex {
                    digest: key.clone(),
                    name: format!("[{name} {ordinal}/9] {text}"),
                    cached: known.is_some(),
                    started: Some(now),
                    completed: Some(now),
                    ..Vertex::default()
                });
                layers.extend(from);
                layers.push((text, inner.cache[&key]));
            }
            made.insert(name, layers);
        }
        inner.times.insert(request.build_ref.clone(), times);
        let _ = events.send(SolveEvent::Status(StatusUpdate { vertexes, ..Default::default() }));
        if cancel.is_cancelled() {
            return Err(SolveError::Canceled);
        }
        if std::mem::take(&mut inner.fails) {
            return Err(SolveError::Failed { message: "exit code: 1".to_owned() });
        }
        let layers = &made["final"];
        let id = format!("sha256:{}", hash::sha256(format!("{layers:?}")));
        let versions = layers.iter().filter_map(|(text, _)| text.strip_prefix("RUN work "));
        let versions = versions.map(str::to_owned).collect();
        inner.images.insert(id.clone(), versions);
        let image_id = request.candidate.as_ref().map(|_| id.clone());
        let candidate = request.candidate.map(|name| inner.named(&name));
        inner.names.extend(candidate.map(|name| (name, id)));
        Ok(Solved { image_id })
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        let inner = self.inner();
        let id = inner.names.get(&inner.named(reference)).cloned();
        Ok(id.map(|id| Image { id, size_bytes: 7 }))
    }

    async fn history(&self, _: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        Ok(Vec::new())
    }

    async fn host(&self) -> Result<Host, EngineError> {
        let at = self.inner().at;
        let id = match at {
            Place::Here => "e",
            Place::Twin => "f",
            Place::Elsewhere => "d",
        };
        let cpus = if at == Place::Elsewhere { 64 } else { 2 };
        Ok(Host { engine_id: Some(id.repeat(64)), cpus, ..Host::default() })
    }

    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError> {
        let mut inner = self.inner();
        let name = inner.named(reference);
        inner.names.insert(name, image_id.to_owned());
        Ok(())
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        let mut inner = self.inner();
        let name = inner.named(reference);
        inner.names.remove(&name);
        Ok(())
    }

    async fn tags(&self, _repository: &str) -> Result<Vec<String>, EngineError> {
        Ok(Vec::new())
    }

    async fn files_sha256(
        &self,
        _image: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Option<String>>, EngineError> {
        Ok(paths.iter().map(|path| ((*path).to_owned(), None)).collect())
    }
}

fn dockerfile_of(request: &SolveRequest) -> String {
    let bytes = request.context.read(0, usize::try_from(request.context.bytes()).unwrap()).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().to_str() == Some("Dockerfile") {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            return text;
        }
    }
    panic!("a context has a Dockerfile")
}
