//! The key `mcp`: where the gateway listens, who may speak to it, what stands behind it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::amount::{Duration, Rate, Size};

/// An address and port; every one of them takes newline JSON, WebSocket and HTTP.
pub type Listen = SocketAddr;

/// The gateway in front of MCP servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mcp {
    /// Addresses with ports, `127.0.0.1:9500`; every one takes newline JSON, WebSocket and HTTP.
    #[serde(default = "listen", deserialize_with = "addresses")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub listen: Vec<Listen>,
    /// Where the token is that clients must show; without it only loopback addresses are listened on.
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
    /// What one client may take from the others.
    #[serde(default)]
    pub limits: Limits,
    /// How long calls in flight may take to end when the gateway is told to stop.
    #[serde(default = "drain")]
    pub drain: Duration,
    /// The MCP servers, by the names under which clients reach them.
    pub servers: BTreeMap<String, Server>,
}

/// Where the token is: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "TokenKeys", into = "TokenKeys")]
pub enum Token {
    /// A mounted secret, `/run/secrets/NAME`.
    Secret(String),
    /// A path in the container.
    File(PathBuf),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl TryFrom<TokenKeys> for Token {
    type Error = &'static str;

    fn try_from(keys: TokenKeys) -> Result<Self, Self::Error> {
        match (keys.secret, keys.file) {
            (Some(secret), None) => Ok(Self::Secret(secret)),
            (None, Some(file)) => Ok(Self::File(file)),
            (Some(_), Some(_)) => Err("has `secret` and `file`; one of them"),
            (None, None) => Err("needs `secret` or `file`"),
        }
    }
}

impl From<Token> for TokenKeys {
    fn from(token: Token) -> Self {
        match token {
            Token::Secret(name) => Self { secret: Some(name), file: None },
            Token::File(path) => Self { secret: None, file: Some(path) },
        }
    }
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The program and its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// `HOST:PORT` of a server that runs elsewhere, instead of `command`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<String>,
    /// Environment variables of the program, beside those that the gateway has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Where the program starts; absent: where the gateway did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// Who shares a child with whom.
    #[serde(default)]
    pub isolation: Isolation,
    /// From its start to its answer to `initialize`.
    #[serde(default = "start_timeout")]
    pub start_timeout: Duration,
    /// When it is started again after it ended.
    #[serde(default)]
    pub restart: Restart,
}

/// Who shares a child of a server with whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Restart {
    /// Before the first start after one that went well.
    pub delay: Duration,
    /// The longest delay.
    pub max_delay: Duration,
}

impl Default for Restart {
    fn default() -> Self {
        Self { delay: Duration::from_millis(50), max_delay: Duration::from_secs(60) }
    }
}

/// Each on its own, so that an error names its place.
fn addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Listen>, D::Error> {
    struct Address(Listen);
    impl<'de> Deserialize<'de> for Address {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            let words = || format!("`{text}` is no address with a port; write `127.0.0.1:9500`");
            text.parse().map(Self).map_err(|_| D::Error::custom(words()))
        }
    }
    let addresses = Vec::<Address>::deserialize(deserializer)?;
    Ok(addresses.into_iter().map(|Address(address)| address).collect())
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
