//! What makes two builds comparable, and the machine that they ran on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What makes two builds comparable: only builds of an equal place judge each other.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct SeriesKey {
    /// The project's name: `project` of its settings, else `source` and its path in the repository, else
    /// the path of its folder.
    pub project: String,
    /// Name of the profile.
    pub profile: String,
    /// The stage that was asked for; `None` for the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Engine, version, storage driver and level of the Dockerfile: `docker 20.10.24 overlay2 1.2`.
    pub builder: String,
    /// The machine's class, see [`Machine::class`].
    pub machine: String,
    /// How the cache was used.
    pub cache: CacheMode,
}

/// How the engine's cache was used.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CacheMode {
    /// What the cache has is used.
    #[default]
    Use,
    /// `--no-cache`: every step runs.
    Ignore,
}

impl CacheMode {
    /// One word, as in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::Ignore => "ignore",
        }
    }
}

/// A machine, by what a build's speed depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Operating system and architecture: `linux/amd64`.
    pub platform: String,
    /// Processors that the engine sees.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// The processor's model; `None` where the engine is not on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// The builder's name, where that is not the engine: of its processors and memory it tells nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builder: Option<String>,
}

impl Machine {
    /// Machines of one class are taken for equally fast: `linux/amd64 2x Xeon … 24 GiB`.
    pub fn class(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const GIB: u64 = 1 << 30;
        if let Some(builder) = &self.builder {
            return write!(f, "{} builder `{builder}`", self.platform);
        }
        write!(f, "{} {}x", self.platform, self.cpus)?;
        if let Some(model) = &self.cpu_model {
            write!(f, " {model}")?;
        }
        // Kernels keep a little for themselves: the nearest full GiB.
        write!(f, " {} GiB", (self.memory_bytes + GIB / 2) / GIB)
    }
}
