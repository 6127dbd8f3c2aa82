//! `/etc/mad/runtime.json`: what `mad` writes into the image and `mad-runtime` reads there.
//!
//! Every value is checked here, so that what a profile gets wrong is found when the profile loads and
//! not when the container starts. Nothing here opens a socket or reads a token.

#![warn(unreachable_pub)]

mod amount;
mod check;
mod error;
mod logs;
mod mcp;
pub mod mounts;
#[cfg(feature = "schema")]
mod schema;
pub mod services;
mod value;

pub use amount::{Duration, Rate, Size};
pub use error::{ConfigError, Problem};
pub use logs::{COLLECTOR, Forward, LOG_DIRECTORY, Logs};
pub use mcp::{Isolation, Limits, Listen, Mcp, Restart, Server, Token};
pub use mounts::Mount;
pub use services::Services;

use serde::{Deserialize, Serialize};

/// Where the image has it.
pub const PATH: &str = "/etc/mad/runtime.json";

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// The gateway in front of the MCP servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp: Option<Mcp>,
    /// The programs under supervisord.
    #[serde(default, skip_serializing_if = "Services::is_empty")]
    pub services: Services,
    /// What lies where in the container.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// What is kept of the programs' output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<Logs>,
}

impl RuntimeConfig {
    /// Reads the text of the file; a key that is unknown, mistyped or contradicts another is named.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let config: Self = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let key = error.path().to_string();
            ConfigError::one(
                if key == "." { String::new() } else { key },
                error.inner().to_string(),
            )
        })?;
        json.end().map_err(|error| ConfigError::one(String::new(), error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// What no single value shows: whether they fit together.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut problems = self.mcp.as_ref().map(check::problems).unwrap_or_default();
        problems.extend(services::problems(&self.services, self.mcp.as_ref()));
        problems.extend(mounts::problems(&self.mounts));
        problems.extend(self.logs.iter().flat_map(|logs| logs::problems(logs, &self.services)));
        if problems.is_empty() { Ok(()) } else { Err(ConfigError { problems }) }
    }

    /// The text of the file: the same configuration gives the same bytes.
    pub fn to_json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("strings and numbers always serialise");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests;
