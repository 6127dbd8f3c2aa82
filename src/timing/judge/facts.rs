//! What is found when a build is judged.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BaselineRole, Comparison, Miss};
use crate::timing::record::Origin;

/// What a build is, beside those it is compared with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As fast as the others.
    Ok,
    /// Faster than the others.
    Improved,
    /// The evidence is too thin.
    Inconclusive,
    /// Slower than the others.
    Regressed,
}

impl Verdict {
    /// One word, as in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Improved => "improved",
            Self::Inconclusive => "inconclusive",
            Self::Regressed => "regressed",
        }
    }
}

/// One build judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// The whole: regressed where the build or a step is; else what the build is.
    pub verdict: Verdict,
    /// Why, in one sentence with its numbers.
    pub reason: String,
    /// What it was judged against.
    pub baseline: BaselineFacts,
    /// The wall time, against what the same steps took before, replayed through the step graph.
    pub build: Comparison,
    /// The steps that ran, in the order of the Dockerfile.
    pub steps: Vec<StepComparison>,
    /// The size of the image in bytes, against the baseline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeComparison>,
    /// How the cache did.
    pub cache: CacheFacts,
    /// Why steps ran: one entry a first dirty step, with the cascade below it.
    pub misses: Vec<Miss>,
    /// What speaks for the environment, not the code.
    pub environment: Vec<EnvironmentChange>,
    /// The profile's alerts, as they stand.
    pub alerts: Vec<AlertOutcome>,
    /// What is to be done: the most severe action of the alerts that fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Further builds of the same plan, run to confirm the suspects: their wall times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed_by_ms: Vec<u64>,
    /// What ran in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<RepeatedStep>,
    /// The earlier build that made this image, or the steps that came from the cache now, and was
    /// held back; nothing that was found since speaks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_before: Option<HeldBefore>,
    /// What the build counts for from now on; `None` for one that came to no image, and in
    /// judgements of an older mad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<BaselineRole>,
}

/// A step that was run again to confirm what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RepeatedStep {
    /// The step's id.
    pub step: String,
    /// How long it took each time, in milliseconds.
    pub again_ms: Vec<u64>,
}

/// An earlier build that was held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldBefore {
    /// Its id.
    pub build: String,
    /// Why it was held back.
    pub reason: String,
    /// The steps that it was held back for and that are in this build, by id; none where it is the
    /// image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// What a build was judged against.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineFacts {
    /// Where it is from: `history`, or the file and its revision (`main:baselines/cpu.yaml`).
    pub source: String,
    /// How many builds are in it.
    pub builds: usize,
    /// When the oldest of them began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// When the newest of them began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// Why nothing comparable was found, where nothing was: "other machine: …".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// A step that ran, compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepComparison {
    /// The step's id.
    pub step: String,
    /// Its stage.
    pub stage: String,
    /// What it does, on one line.
    pub label: String,
    /// The template line that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The id of the step whose samples these are, where the instruction was edited since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether the earlier builds do not have it in any form: then it is compared with what went
    /// away beside it, mostly nothing at all, 0 s; the samples are the builds that lack it.
    #[serde(default)]
    pub is_new: bool,
    /// Whether its time depends on the network, as far as its instruction tells.
    #[serde(default)]
    pub is_network_bound: bool,
    /// The numbers.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// The slowdown that was accepted for this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
    /// The build in which it ran, where that is an earlier one: it came from the cache now, and is
    /// judged by the time that it took there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_in: Option<String>,
}

/// A slowdown that a person has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Why.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub until: Date,
    /// The time that is accepted, in milliseconds.
    pub limit_ms: u64,
}

/// Sizes of images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizeComparison {
    /// This image, in bytes.
    pub bytes: u64,
    /// The baseline's median, in bytes.
    pub baseline_bytes: u64,
}

/// How the cache did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CacheFacts {
    /// Steps from the cache.
    pub hits: usize,
    /// Steps that ran.
    pub misses: usize,
    /// Share of hits; `None` where no step was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit_rate: Option<f64>,
}

/// Something about the surroundings that differs from the baseline's, or may explain time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EnvironmentChange {
    /// A base image is another one under the same name.
    BaseMoved {
        /// Its name.
        image: String,
        /// Its id before.
        old: String,
        /// Its id now.
        new: String,
    },
    /// Slower steps that wait for the network.
    NetworkBound {
        /// Their ids.
        steps: Vec<String>,
    },
    /// The host took processor time away.
    CpuSteal {
        /// Share of the build's processor time that was taken, 0 to 1.
        share: f64,
        /// The same for the median of the baseline's builds.
        baseline_share: f64,
    },
    /// The machine was busy when the build began.
    Busy {
        /// Load average over one minute, per processor.
        load_per_cpu: f64,
    },
    /// The engine had results of unchanged steps before and has them no more.
    CacheEvicted {
        /// Steps that ran again for it.
        steps: usize,
    },
    /// Only builds on other machines are known.
    OtherMachine {
        /// Their classes.
        known: Vec<String>,
        /// This one's.
        this: String,
    },
    /// Only builds by other engines are known.
    OtherBuilder {
        /// Their builders.
        known: Vec<String>,
        /// This one's.
        this: String,
    },
    /// Nothing that mad knows of has changed, and it took longer all the same.
    NothingChanged,
}

/// What to do when an alert fires.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Say so; the exit code stays 0.
    Warn,
    /// The same, and write a report of it to a file.
    Investigate,
    /// The same, and tell whom the profile names.
    AlertTeam,
    /// Exit code 3; the image has its tag.
    Fail,
    /// Exit code 3; the tag stays with the image that it named before.
    Rollback,
}

impl Action {
    /// Whether the build passes all the same.
    pub fn only_tells(self) -> bool {
        self < Self::Fail
    }

    /// One word, as in the profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Investigate => "investigate",
            Self::AlertTeam => "alert_team",
            Self::Fail => "fail",
            Self::Rollback => "rollback",
        }
    }
}

/// An alert of the profile, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertOutcome {
    /// Its name.
    pub name: String,
    /// Its condition, as it was written.
    pub condition: String,
    /// What it asks for.
    pub action: Action,
    /// The line of the profile, as `profiles/cpu.yaml:12:3`; `None` for mad's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// How it stands.
    pub state: AlertState,
    /// The values that its names had: `build_time` to `84.2`.
    pub values: std::collections::BTreeMap<String, f64>,
}

/// How an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlertState {
    /// Its condition does not hold.
    Quiet,
    /// Its condition holds, with evidence.
    Fired,
    /// Its condition holds and the evidence is too thin, or the slowdown was accepted.
    Held,
    /// It names what a build does not measure.
    NotMeasured,
}
