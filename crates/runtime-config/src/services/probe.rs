//! A question to a program, how often it is asked, and how many wrong answers count.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::amount::Duration;

/// One question, and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// A page that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// A port that takes connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Target>,
    /// A command that ends with 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<String>,
    /// JSON-RPC's `ping`, on a line or, with a path, over HTTP: any answer will do, an error too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ping: Option<Target>,
    /// Text that the program has written to its log since it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// A file that the program touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
    /// The greatest age of the last thing that the program wrote to its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Duration>,
    /// From one question to the next; a program that is not ready yet is asked more often.
    #[serde(default = "every")]
    pub every: Duration,
    /// For one answer.
    #[serde(default = "timeout")]
    pub timeout: Duration,
    /// Wrong answers in a row until the program counts as failed.
    #[serde(default = "failures")]
    pub failures: u32,
    /// After a start, while wrong answers do not count.
    #[serde(default = "grace")]
    pub grace: Duration,
    /// How long a program that gives no answer in time, but works or writes, counts as busy and not as hung.
    #[serde(default = "busy")]
    pub busy: Duration,
}

/// What is asked, of a probe that has been checked.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    Http(&'a Http),
    Tcp(&'a Target),
    Exec(&'a [String]),
    Ping(&'a Target),
    Log(&'a str),
    Heartbeat(&'a Heartbeat),
    Output(Duration),
}

impl Probe {
    /// Every question that is there; a checked probe has one.
    pub fn questions(&self) -> Vec<Question<'_>> {
        let mut all = Vec::new();
        all.extend(self.http.as_ref().map(Question::Http));
        all.extend(self.tcp.as_ref().map(Question::Tcp));
        all.extend((!self.exec.is_empty()).then_some(Question::Exec(&self.exec)));
        all.extend(self.ping.as_ref().map(Question::Ping));
        all.extend(self.log.as_deref().map(Question::Log));
        all.extend(self.heartbeat.as_ref().map(Question::Heartbeat));
        all.extend(self.output.map(Question::Output));
        all
    }

    /// The address that is asked, if one is.
    pub fn target(&self) -> Option<&Target> {
        self.http.as_ref().map(|http| &http.url).or(self.tcp.as_ref()).or(self.ping.as_ref())
    }
}

/// A request, and what the response must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Http {
    /// Where.
    pub url: Target,
    /// Absent: any from 200 to 399.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Text in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Headers with these values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Http {
    /// An address alone, or a map; by hand, because serde's untagged enums lose the reason of an error.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Map {
            url: Target,
            #[serde(default)]
            status: Option<u16>,
            #[serde(default)]
            body: Option<String>,
            #[serde(default)]
            header: BTreeMap<String, String>,
        }
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Http;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an address such as `:9500/ready`, or a map with `url`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Http, E> {
                let url = text.parse().map_err(E::custom)?;
                Ok(Http { url, status: None, body: None, header: BTreeMap::new() })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Http, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                let Map { url, status, body, header } = Map::deserialize(map)?;
                Ok(Http { url, status, body, header })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A file, and how old its last change may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// Its path in the container.
    pub file: PathBuf,
    /// The greatest age of its last change.
    pub age: Duration,
}

const fn every() -> Duration {
    Duration::from_secs(1)
}

const fn timeout() -> Duration {
    Duration::from_secs(1)
}

const fn failures() -> u32 {
    3
}

const fn grace() -> Duration {
    Duration::from_secs(10)
}

const fn busy() -> Duration {
    Duration::from_secs(60)
}
