//! The key `run`: commands of a profile's own, each a step of the image's build.
//!
//! An entry is the command alone, or a map with the command and how it runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of one command: BuildKit before 0.12 reads lines of 64 KiB, and JSON may write a character as two.
pub const MAX_COMMAND_BYTES: usize = 30_000;

/// One entry of `run`, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RunEntry {
    /// A command for `sh -eu`, of one line or several; the user runs it, with the network.
    Command(
        #[schemars(
            length(min = 1),
            regex(pattern = r"^(?=[\s\S]*\S)[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]*$")
        )]
        String,
    ),
    /// The same with how it runs.
    Step(RunStep),
}

/// A command, and how it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunStep {
    /// The command for `sh -eu`, of one line or several.
    #[schemars(
        length(min = 1),
        regex(pattern = r"^(?=[\s\S]*\S)[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]*$")
    )]
    pub command: String,
    /// Who runs it.
    #[serde(default)]
    pub user: RunUser,
    /// What it reaches.
    #[serde(default)]
    pub network: RunNetwork,
    /// What it needs: a step that needs only packages does not run again when a file changes.
    #[serde(default)]
    pub after: RunAfter,
}

/// Who runs a step of `run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunUser {
    /// The profile's user.
    #[default]
    User,
    /// root, with root's home.
    Root,
}

/// What a step of `run` reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunNetwork {
    /// What the other steps of the build reach.
    #[default]
    Default,
    /// Nothing.
    None,
}

/// Behind what a step of `run` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunAfter {
    /// Packages, patches, user and `env` are there.
    #[default]
    Packages,
    /// What `files` names is there too.
    Files,
}

impl RunEntry {
    /// The entry in full.
    pub fn step(&self) -> RunStep {
        match self {
            Self::Command(command) => RunStep {
                command: command.clone(),
                user: RunUser::default(),
                network: RunNetwork::default(),
                after: RunAfter::default(),
            },
            Self::Step(step) => step.clone(),
        }
    }
}
