//! One program.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::probe::Probe;
use crate::amount::Duration;

/// By the names of the programs.
pub type Services = BTreeMap<String, Service>;

/// Where the container keeps what runs: the sockets, the logs of the programs, the ledger.
pub const RUN_DIRECTORY: &str = "/run/services";

/// A program under supervisord.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The group, `supervisorctl stop GROUP:*`; absent: one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// A program that is part of `mad-runtime`, instead of `command`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builtin: Option<Builtin>,
    /// The program and its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// As whom the program runs in a container that is started as root; in another it is the container's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Environment variables, beside those of the container.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Where the program starts; absent: where the container does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// What must be there before this program is started.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, Need>,
    /// When the program is ready; absent: when `health` passes, else when it has run for three seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<Probe>,
    /// Whether the program is well; absent: `ready` is asked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Probe>,
    /// How the program is stopped.
    #[serde(default)]
    pub stop: Stop,
    /// When and how often it is started again.
    #[serde(default)]
    pub restart: RestartPolicy,
}

impl Service {
    /// The probe that tells when the program is ready.
    pub fn readiness(&self) -> Option<&Probe> {
        self.ready.as_ref().or(self.health.as_ref())
    }

    /// The probe that is asked from then on.
    pub fn liveness(&self) -> Option<&Probe> {
        self.health.as_ref().or(self.ready.as_ref())
    }
}

/// Programs that `mad-runtime` has itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Builtin {
    /// The gateway in front of the MCP servers.
    Mcp,
}

/// What a program needs of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// That it has been started.
    Started,
    /// That it is ready; once both run, the failure of one leaves the other alone.
    Ready,
    /// That it is ready; when it fails this program is stopped, and started again afterwards.
    Bound,
}

impl Need {
    pub const fn is_readiness(self) -> bool {
        matches!(self, Self::Ready | Self::Bound)
    }
}

/// How a program is stopped: the signal goes to its process group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Stop {
    /// What it is sent.
    pub signal: StopSignal,
    /// Until it is killed.
    pub wait: Duration,
}

impl Default for Stop {
    fn default() -> Self {
        Self { signal: StopSignal::Term, wait: Duration::from_secs(2) }
    }
}

/// A signal that ends a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum StopSignal {
    Term,
    Hup,
    Int,
    Quit,
    Kill,
    Usr1,
    Usr2,
}

impl StopSignal {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Hup => "HUP",
            Self::Int => "INT",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
            Self::Usr1 => "USR1",
            Self::Usr2 => "USR2",
        }
    }
}

/// When a program has ended: again after `delay`, twice as long each time up to `max_delay`, and not more
/// often than `budget`. After ten seconds of being ready the delay is the first again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RestartPolicy {
    /// Before the first start after a failure.
    pub delay: Duration,
    /// The longest delay.
    pub max_delay: Duration,
    /// The most starts after failures: `10/h`, `3/m`, `50/d`.
    pub budget: Budget,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(60),
            budget: Budget { count: 30, per: std::time::Duration::from_secs(3600) },
        }
    }
}
