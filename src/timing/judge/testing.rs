//! Noise with a seed, and small builds, for the tests of judging.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::timing::WorkState;
use crate::timing::record::{
    BuildEnvironment, CacheMode, Ending, ImageFacts, Machine, PlanFacts, RECORD_SCHEMA, Record,
    SeriesKey, StepRecord, TimeSpan,
};
use crate::timing::record::{InputFile, Origin, StepInputs};

/// Random numbers that are the same in every run (splitmix64).
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform between 0 and 1, neither included.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Normal, mean 0, deviation 1 (Box and Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Student's t with three degrees of freedom: heavy tails.
    pub(super) fn heavy(&mut self) -> f64 {
        let chi: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
        self.normal() / (chi / 3.0).sqrt()
    }
}

/// A step of a small build: `stage`, instruction, milliseconds that it ran (`None`: cached).
pub(super) fn step(stage: &str, text: &str, ran_ms: Option<u64>) -> StepRecord {
    StepRecord {
        id: format!("{stage}:{}", &hash::sha256(text)[..12]),
        stage: stage.to_owned(),
        ordinal: 1,
        label: text.to_owned(),
        origin: Some(Origin { file: format!("templates/stages/{stage}.j2"), line: 3 }),
        state: if ran_ms.is_some() { WorkState::Done } else { WorkState::Cached },
        spans: ran_ms.map(|end_ms| TimeSpan { start_ms: 0, end_ms }).into_iter().collect(),
        inputs: StepInputs { text: text.to_owned(), ..StepInputs::default() },
        bytes: None,
        same_as: None,
        error: None,
    }
}

/// A build of these steps: those of a stage one after another from time 0, the stages beside each
/// other, and one second before and after them.
pub(super) fn build(day: i64, mut steps: Vec<StepRecord>) -> Record {
    let mut ends: BTreeMap<String, (u64, Option<String>)> = BTreeMap::new();
    for step in &mut steps {
        let (end, last) = ends.entry(step.stage.clone()).or_default();
        step.inputs.needs = last.replace(step.id.clone()).into_iter().collect();
        for span in &mut step.spans {
            let length = span.length_ms();
            *span = TimeSpan { start_ms: *end, end_ms: *end + length };
            *end += length;
        }
    }
    let wall_ms = 1000 + ends.values().map(|(end, _)| *end).max().unwrap_or(0);
    Record {
        schema: RECORD_SCHEMA.to_owned(),
        id: format!("{day:032x}"),
        started: jiff::Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap(),
        wall_ms,
        ending: Ending::Built,
        series: place(),
        environment: BuildEnvironment {
            machine: Machine { cpus: 2, ..Machine::default() },
            engine_id: Some("engine".to_owned()),
            ..BuildEnvironment::default()
        },
        plan: PlanFacts {
            images: [("debian:trixie".to_owned(), "sha256:aaaa".to_owned())].into(),
            templates: [("templates/Dockerfile.j2".to_owned(), "t1".to_owned())].into(),
            ..PlanFacts::default()
        },
        phases: Vec::new(),
        steps,
        works: Vec::new(),
        image: Some(ImageFacts {
            id: "sha256:i".to_owned(),
            size_bytes: 1_000_000,
            tags: Vec::new(),
            replaced: BTreeMap::new(),
            layers: Vec::new(),
        }),
        failure: None,
        permission_errors: 0,
        trial: None,
    }
}

pub(super) fn place() -> SeriesKey {
    SeriesKey {
        project: "p".to_owned(),
        profile: "cpu".to_owned(),
        target: None,
        builder: "docker 20.10.24 overlay2 1.2".to_owned(),
        machine: "linux/amd64 2x 8 GiB".to_owned(),
        cache: CacheMode::Use,
    }
}

pub(super) fn file(path: &str, mode: &str, sha256: &str) -> Arc<InputFile> {
    let (path, mode, sha256) = (path.to_owned(), mode.to_owned(), sha256.to_owned());
    Arc::new(InputFile { path, mode, sha256 })
}
