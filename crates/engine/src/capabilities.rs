//! What the engine at hand can do, read once.
//!
//! The Dockerfile frontend is built into the engine, so its level follows from the engine's
//! version: 20.10 has `RUN --mount` and `COPY --chmod` (Dockerfile 1.2), 23.0 adds heredocs and
//! `COPY --link` (1.4). Later levels add nothing that mad's templates use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The level of Dockerfile syntax to render for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FrontendLevel {
    /// Dockerfile 1.2: `RUN --mount`, `COPY --chmod`. Docker Engine 20.10.
    #[serde(rename = "1.2")]
    V1_2,
    /// Dockerfile 1.4: heredocs and `COPY --link` as well. Docker Engine 23.0.
    #[serde(rename = "1.4")]
    V1_4,
}

impl FrontendLevel {
    /// Every level, lowest first.
    pub const ALL: [Self; 2] = [Self::V1_2, Self::V1_4];

    /// The level's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_4 => "1.4",
        }
    }
}

impl fmt::Display for FrontendLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FrontendLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| format!("found `{text}`, expected `1.2` or `1.4`"))
    }
}

/// What is known of an engine after connecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// Engine version as it says, for example `20.10.24+dfsg1`.
    pub version: String,
    /// API version that was agreed on, for example `1.41`.
    pub api_version: String,
    /// `linux/amd64` and the like.
    pub platform: String,
    /// The level of its built-in Dockerfile frontend.
    pub frontend: FrontendLevel,
}

/// The frontend level of an engine version; `None` below 20.10, which has no usable BuildKit.
pub(super) fn frontend_of(version: &str) -> Option<FrontendLevel> {
    let mut numbers = version.split(['.', '-', '+', '~']).map(|part| part.parse::<u32>().ok());
    let major = numbers.next()??;
    let minor = numbers.next().flatten().unwrap_or(0);
    match (major, minor) {
        (23.., _) => Some(FrontendLevel::V1_4),
        (20, 10..) | (21..=22, _) => Some(FrontendLevel::V1_2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_engine_versions() {
        for (version, level) in [
            ("19.03.15", None),
            ("20.9.0", None),
            ("20.10.24+dfsg1", Some(FrontendLevel::V1_2)),
            ("23.0.0-rc.1", Some(FrontendLevel::V1_4)),
            ("28.2.2", Some(FrontendLevel::V1_4)),
            ("dev", None),
        ] {
            assert_eq!(frontend_of(version), level, "{version}");
        }
        assert_eq!("1.4".parse(), Ok(FrontendLevel::V1_4));
        assert!("2".parse::<FrontendLevel>().is_err());
    }
}
