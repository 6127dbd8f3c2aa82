//! The key `logs`: where the programs' output is kept, how much of it, and who else gets it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::amount::{Duration, Size};
use crate::check::Found;
use crate::error::Problem;
use crate::services::Services;

/// Where the image keeps them.
pub const LOG_DIRECTORY: &str = "/var/log/services";

/// The name of the program that collects them, and of its own lines.
pub const COLLECTOR: &str = "logs";

/// What is kept of the programs' output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Logs {
    /// Where the segments are.
    pub directory: PathBuf,
    /// All files there together; the oldest segments go when it is used up.
    pub budget: Size,
    /// A segment that is this large is closed and compressed.
    pub segment: Size,
    /// A segment that is this old is closed and compressed.
    pub age: Duration,
    /// Whether the lines go to the container's output too, for `docker logs`.
    pub stdout: bool,
    /// Another place that gets every line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward: Option<Forward>,
}

impl Default for Logs {
    fn default() -> Self {
        Self {
            directory: PathBuf::from(LOG_DIRECTORY),
            budget: Size(512 << 20),
            segment: Size(16 << 20),
            age: Duration::from_secs(3600),
            stdout: true,
            forward: None,
        }
    }
}

/// A receiver of lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// `HOST:PORT` of a receiver of fluentd's forward protocol.
    pub fluent: String,
    /// Whether it must say that it has got a chunk before the next is sent.
    #[serde(default = "yes")]
    pub ack: bool,
    /// The tag of every chunk.
    #[serde(default = "tag")]
    pub tag: String,
}

fn yes() -> bool {
    true
}

fn tag() -> String {
    "mad".into()
}

pub(crate) fn problems(logs: &Logs, services: &Services) -> Vec<Problem> {
    let mut found = Found::default();
    found.when(services.is_empty(), "logs", || {
        "there are no programs: it needs the key `services`".into()
    });
    found.when(services.contains_key(COLLECTOR), &format!("services.{COLLECTOR}"), || {
        "with the key `logs` it is the name of the program that collects them".into()
    });
    found.when(!is_plain(&logs.directory), "logs.directory", || {
        "no absolute path without blanks, `;`, `#` and `..`".into()
    });
    found.when(logs.segment.0 < 64 << 10, "logs.segment", || "less than 64KiB".into());
    found.when(logs.segment.0 > 1 << 30, "logs.segment", || "more than 1GiB".into());
    found.when(logs.budget.0 < logs.segment.0.saturating_mul(4), "logs.budget", || {
        "less than four times `segment`: one is written, one compressed".into()
    });
    found.when(logs.age.0.as_secs() < 1, "logs.age", || "less than 1s".into());
    if let Some(forward) = &logs.forward {
        let port = forward.fluent.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        found.when(
            port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none_or(|port| port == 0),
            "logs.forward.fluent",
            || format!("`{}` is no `HOST:PORT`", forward.fluent),
        );
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        found.when(
            forward.tag.is_empty() || !forward.tag.chars().all(plain),
            "logs.forward.tag",
            || "no tag: letters, digits, `-`, `_` and `.`".into(),
        );
    }
    found.0
}

fn is_plain(path: &Path) -> bool {
    let text = path.to_str().unwrap_or("\n");
    path.is_absolute()
        && !text.contains([' ', ';', '#', '%', '\'', '"'])
        && !text.contains(char::is_control)
        && !path.components().any(|part| part == std::path::Component::ParentDir)
}
