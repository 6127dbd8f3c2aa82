//! One build, whatever came of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EngineWork, Machine, SeriesKey, StepRecord, TimeSpan, Trial};
use crate::timing::WorkState;

/// Version of the format; a change that old readers cannot take counts it up.
pub const RECORD_SCHEMA: &str = "mad.record/1";

/// One build, whatever came of it.
///
/// All times of steps and phases are milliseconds since the build began, by the client's clock.
/// The engine's own times are shifted into it once, when the record is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Always [`RECORD_SCHEMA`].
    pub schema: String,
    /// The engine's name for the build: 32 hexadecimal digits.
    pub id: String,
    /// When it began.
    pub started: Timestamp,
    /// From the begin to the end, by the client's clock.
    pub wall_ms: u64,
    /// How it ended.
    pub ending: Ending,
    /// What it can be compared with: builds of the same series.
    #[serde(rename = "place")]
    pub series: SeriesKey,
    /// The engine, the machine and the source, in more detail than `series` compares.
    #[serde(rename = "circumstances")]
    pub environment: BuildEnvironment,
    /// What was built.
    pub plan: PlanFacts,
    /// What the client did, and when.
    pub phases: Vec<Phase>,
    /// The planned steps, in the order of the Dockerfile.
    pub steps: Vec<StepRecord>,
    /// The engine's own work: pulls, exports, reading the context.
    pub works: Vec<EngineWork>,
    /// The image, where one came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageFacts>,
    /// What went wrong, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Lines of steps' output that tell of a denied permission.
    #[serde(default)]
    pub permission_errors: u64,
    /// What the image's trial came to, where one was made before the tag moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

/// How a build ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With an image. Only these judge others.
    Built,
    /// A step, or the engine, failed.
    Failed,
    /// Stopped by the user.
    Interrupted,
}

impl Ending {
    /// One word, as in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Built => "built",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What surrounded the build.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BuildEnvironment {
    /// Version of mad.
    pub mad: String,
    /// The machine that the engine runs on.
    pub machine: Machine,
    /// SHA-256 of the engine's own identity: two builds with the same one share a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_id: Option<String>,
    /// Time that the machine's processors were taken away by the host, in milliseconds of one
    /// processor (`steal` of proc(5)); `None` where the engine is not on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steal_ms: Option<u64>,
    /// Load average over one minute when the build began (proc(5)), likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_before: Option<f64>,
    /// The commit that the project was at, where it is in git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The job of a CI service that built it, as the service names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci_run: Option<String>,
}

/// What was built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanFacts {
    /// SHA-256 over the Dockerfile and its context, in hexadecimal.
    pub hash: String,
    /// The images that its stages start from or copy from: name to id (`sha256:…`). The id is
    /// empty where the engine does not tell it.
    pub images: BTreeMap<String, String>,
    /// The templates that wrote the Dockerfile: path to SHA-256.
    pub templates: BTreeMap<String, String>,
    /// The profile's values, flat: `apt.runtime.git` to `1:2.*`, `user.uid` to `1000`.
    pub values: BTreeMap<String, String>,
    /// The keys that `--set` and `--base` changed, sorted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub set: BTreeSet<String>,
    /// The names of the build arguments that were given, sorted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub build_args: BTreeSet<String>,
}

/// Something that the client did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// What.
    pub kind: PhaseKind,
    /// When.
    #[serde(flatten)]
    pub span: TimeSpan,
}

/// What the client did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseKind {
    /// Packing the context.
    Pack,
    /// Sending the context to the engine: from the first to the last byte.
    Upload,
    /// Waiting for the engine to build; the upload is within it.
    Solve,
    /// Asking for the image and naming it.
    Promote,
}

impl PhaseKind {
    /// What it is, for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pack => "pack the context",
            Self::Upload => "send the context",
            Self::Solve => "wait for the engine",
            Self::Promote => "name the image",
        }
    }
}

/// The image that came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageFacts {
    /// `sha256:…`.
    pub id: String,
    /// As the engine counts it.
    pub size_bytes: u64,
    /// The names that it got.
    pub tags: Vec<String>,
    /// What each tag named before: the image to go back to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub replaced: BTreeMap<String, String>,
    /// Its layers that hold something, the lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Layer>,
}

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Layer {
    /// The instruction that made it, on one line; `base` for those of the base image.
    pub made_by: String,
    /// Bytes.
    pub size_bytes: u64,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Id of the step at fault; `None` where it was the engine's own work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The engine's words.
    pub message: String,
}

impl Record {
    /// The step of that id.
    pub fn step(&self, id: &str) -> Option<&StepRecord> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The steps that ran to their end.
    pub fn executed(&self) -> impl Iterator<Item = &StepRecord> {
        self.steps.iter().filter(|step| step.state == WorkState::Done)
    }

    /// Share of the steps that came from the cache, of those that were looked up and finished;
    /// `None` where there is none.
    pub fn hit_rate(&self) -> Option<f64> {
        let cached = self.steps.iter().filter(|step| step.state == WorkState::Cached).count();
        let ran = self
            .steps
            .iter()
            .filter(|step| matches!(step.state, WorkState::Done | WorkState::Failed))
            .count();
        (cached + ran > 0).then(|| cached as f64 / (cached + ran) as f64)
    }
}
