//! How often: `10/h`, `3/m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many in any span of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub count: u32,
    pub per: Duration,
}

const SPANS: [(&str, u64); 3] = [("m", 60), ("h", 3600), ("d", 86_400)];

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(count, unit)| {
            let (_, seconds) = SPANS.iter().find(|(name, _)| *name == unit)?;
            let count = count.bytes().all(|byte| byte.is_ascii_digit()).then_some(count)?;
            Some(Self { count: count.parse().ok()?, per: Duration::from_secs(*seconds) })
        });
        parsed.ok_or_else(|| format!("`{text}` is no budget; write `10/h`, `3/m` or `50/d`"))
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.per.as_secs();
        let unit = SPANS.iter().find(|(_, span)| *span == seconds).map_or("s", |(name, _)| name);
        write!(f, "{}/{unit}", self.count)
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
