//! What is known of an image that was tried.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

pub use crate::timing::record::{Check, CheckState, ImageFinding, LogLine, Trial};

/// Version of the format.
pub const IMAGE_VERIFY_SCHEMA: &str = "mad.image-verify/1";

/// An image that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageVerification {
    /// Always [`IMAGE_VERIFY_SCHEMA`].
    pub schema: String,
    /// As it was named.
    pub image: String,
    /// `sha256:…`.
    pub id: String,
    /// As the engine counts it.
    pub size_bytes: u64,
    /// The profile that it is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// How it was asked whether a container is ready; `None` where the image has no way to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness: Option<String>,
    /// The containers that were started.
    pub runs: Vec<Run>,
    /// What was looked at in its files; `None` where they were not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FileCounts>,
    /// What came of it.
    pub checks: Vec<Check>,
    /// All of it, in milliseconds.
    pub took_ms: u64,
}

/// One container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// As whom: `1000:1000`; the image's own user where `is_own`, `root` where it names none.
    pub user: String,
    /// Whether that is the image's own user.
    pub is_own: bool,
    /// What became of it.
    pub end: RunEnd,
    /// From the request to create it until it was ready, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_ms: Option<u64>,
    /// The programs of `services`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceRun>,
    /// Share of the time in which the programs were up, from the first readiness of each on; 0 counts for one
    /// that never was ready. `None` without programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<f64>,
    /// Lines that tell of a denied permission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<LogLine>,
    /// The end of the logs, where it did not become ready, or a program failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogLine>,
}

/// What became of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum RunEnd {
    /// It is ready.
    Ready,
    /// It was not ready when nobody waited longer.
    NotReady {
        /// What it said of it, line by line.
        why: Vec<String>,
        /// How long was waited, in milliseconds.
        after_ms: u64,
    },
    /// It runs; whether it is ready nobody can ask.
    #[default]
    Running,
    /// It has ended by itself.
    Ended {
        /// Exit status.
        status: i64,
        /// Whether it took more memory than it may.
        #[serde(default)]
        is_out_of_memory: bool,
    },
    /// The engine would not start it.
    Refused {
        /// In its words.
        why: String,
    },
}

/// A program of `services`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceRun {
    /// Its name.
    pub name: String,
    /// `ready`, `down`, …, as `mad-runtime status` has it.
    pub phase: String,
    /// Why it is not well; empty where it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub problem: String,
    /// Share of the time in which it was up; `None` where it never was ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<f64>,
    /// What happened to it: `crash: killed by SIGSEGV`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<String>,
}

/// What was looked at in the image's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileCounts {
    /// Files, of whatever kind.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Files of which only the beginning was searched for credentials.
    pub cut: u64,
}

impl ImageVerification {
    /// Whether no check refuses the image.
    pub fn is_good(&self) -> bool {
        !self.checks.iter().any(Check::refuses)
    }

    /// The times to readiness of the image's own user, in milliseconds, in the order of the runs.
    pub fn ready_ms(&self) -> Vec<u64> {
        self.runs.iter().filter(|run| run.is_own).filter_map(|run| run.ready_ms).collect()
    }

    /// Their median, where every run of the image's own user got ready.
    pub fn startup_ms(&self) -> Option<u64> {
        let own = self.runs.iter().filter(|run| run.is_own).count();
        let times = self.ready_ms();
        (own > 0 && times.len() == own).then(|| median(times)).flatten()
    }

    /// The worst share of time in which the programs of a container were up; `None` without programs.
    pub fn uptime(&self) -> Option<f64> {
        self.runs.iter().filter_map(|run| run.uptime).reduce(f64::min)
    }

    /// How many lines of all logs tell of a denied permission.
    pub fn permission_errors(&self) -> u64 {
        self.runs.iter().map(|run| run.denied.len() as u64).sum()
    }

    /// What the record of a build keeps of it.
    pub fn trial(&self) -> Trial {
        Trial {
            took_ms: self.took_ms,
            startup_ms: self.startup_ms(),
            service_uptime: self.uptime(),
            permission_errors: self.permission_errors(),
            checks: self.checks.clone(),
        }
    }
}

/// The middle one; of an even number the later of both.
pub(super) fn median(mut times: Vec<u64>) -> Option<u64> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// The JSON Schema of a verification.
pub fn json_schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12();
    let mut schema =
        settings.into_generator().into_root_schema_for::<ImageVerification>().to_value();
    schema["$id"] = "urn:mad:schema:image-verify:1".into();
    schema["title"] = "mad image verify".into();
    schema["properties"]["schema"]["const"] = IMAGE_VERIFY_SCHEMA.into();
    schema
}
