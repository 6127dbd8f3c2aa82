//! The key `mcp`: where the gateway listens, who may speak to it, what stands behind it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::amount::{Duration, Rate, Size};

/// An address and port; every one of them takes newline JSON, WebSocket and HTTP.
pub type Listen = SocketAddr;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mcp {
    #[serde(default = "listen")]
    pub listen: Vec<Listen>,
    /// Absent: loopback only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// Origins of web pages that may connect, beside those of this machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// Names under which the gateway is reached, beside `localhost`, this machine's name and addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The server that a raw connection and the bare paths reach; absent: the only one, or all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default)]
    pub limits: Limits,
    /// How long calls in flight may take to end when the gateway is told to stop.
    #[serde(default = "drain")]
    pub drain: Duration,
    pub servers: BTreeMap<String, Server>,
}

/// Where the token is: never the token itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// A mounted secret, `/run/secrets/NAME`.
    Secret(String),
    File(PathBuf),
}

impl Token {
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Secret(name) => PathBuf::from("/run/secrets").join(name),
            Self::File(path) => path.clone(),
        }
    }
}

/// What one client may take from the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Of one message, either way.
    pub message: Size,
    /// Nesting of one message.
    pub depth: usize,
    /// Connections and sessions at once.
    pub clients: usize,
    /// Messages of one client, on average; twice as many may come in a burst.
    pub rate: Rate,
    /// Calls of one client in flight.
    pub queue: usize,
    /// Until a connection or session without any sign of life is closed.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: Size(16 << 20),
            depth: 128,
            clients: 512,
            rate: Rate(200),
            queue: 256,
            idle: Duration::from_secs(3600),
        }
    }
}

/// One MCP server: a program that speaks newline JSON on its standard streams, or an address that does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    #[serde(default)]
    pub isolation: Isolation,
    /// From its start to its answer to `initialize`.
    #[serde(default = "start_timeout")]
    pub start_timeout: Duration,
    #[serde(default)]
    pub restart: Restart,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// One child for all clients.
    #[default]
    Shared,
    /// One child for all clients, one call at a time: for servers that ask their client something, and do
    /// not say for whom.
    Turns,
    /// One child a client.
    Session,
}

/// When a server ends: again after `delay`, twice as long each time, `max_delay` at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Restart {
    pub delay: Duration,
    pub max_delay: Duration,
}

impl Default for Restart {
    fn default() -> Self {
        Self { delay: Duration::from_millis(50), max_delay: Duration::from_secs(60) }
    }
}

fn listen() -> Vec<Listen> {
    vec![SocketAddr::from(([127, 0, 0, 1], 9500)), SocketAddr::from(([127, 0, 0, 1], 3002))]
}

const fn drain() -> Duration {
    Duration::from_millis(1000)
}

const fn start_timeout() -> Duration {
    Duration::from_secs(30)
}
