//! Why a step ran and was not found in the cache.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timing::record::Origin;

/// A first dirty step: it ran though all that it builds on was as before, and others ran with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Miss {
    /// The step's id.
    pub step: String,
    /// Its stage.
    pub stage: String,
    /// What it does, on one line.
    pub label: String,
    /// The template line that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What changed, the most telling first. Never empty.
    pub causes: Vec<Cause>,
    /// Ids of the steps that ran because this one did, in the order of the Dockerfile.
    pub cascade: Vec<String>,
    /// Time that this step and its cascade ran, in milliseconds.
    pub cost_ms: u64,
    /// How much sooner the build would have ended without them, by the model, in milliseconds.
    pub wall_cost_ms: u64,
}

/// What changed, old to new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Cause {
    /// A file that it copies or mounts.
    File {
        /// Path in the context.
        path: String,
        /// `sha256` and mode before, shortened for people; `None` where it is new.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// The same now; `None` where it is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// A value of the profile, or of `--set`.
    Value {
        /// Its key: `user.uid`.
        key: String,
        /// Before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// Now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
        /// Where it is written now: `profiles/cpu.yaml:12:3`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<String>,
    },
    /// A build argument that it sees.
    Argument {
        /// Its name.
        name: String,
        /// Before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// Now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// The instruction: its template was edited, or no value is known to have changed it.
    Instruction {
        /// Its text before.
        old: String,
        /// Its text now.
        new: String,
    },
    /// The state that it runs in: `ENV`, `USER`, `WORKDIR`, `SHELL`.
    State {
        /// The line before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// The line now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// An image is another one under the same name, or has another name.
    Base {
        /// Name and id before.
        old: String,
        /// Name and id now.
        new: String,
    },
    /// What it stands after: steps were added, taken away or moved above it.
    Order,
    /// The step is new.
    New,
    /// `--no-cache`.
    NoCache,
    /// Nothing changed, and this engine had it: its cache was pruned.
    Evicted {
        /// When it was last there.
        last_seen: Timestamp,
    },
    /// Nothing changed, and this engine has never built it.
    NeverBuiltHere,
}
