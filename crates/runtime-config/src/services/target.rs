//! Where a probe asks: `:9500`, `db:5432`, `:9500/ready`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A host, a port and, for HTTP, a path. Without a host: this container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub host: String,
    pub port: u16,
    pub path: Option<String>,
}

const LOCAL: &str = "127.0.0.1";

impl Target {
    /// Whether the probed program is in this container, so that the port is its own.
    pub fn is_local(&self) -> bool {
        matches!(&*self.host, LOCAL | "localhost")
    }

    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no address; write `:9500`, `HOST:9500` or, for HTTP, `:9500/ready`"
            )
        };
        let (address, path) = match text.find('/') {
            Some(slash) => (&text[..slash], Some(text[slash..].to_owned())),
            None => (text, None),
        };
        let (host, port) = address.split_once(':').ok_or_else(wrong)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let printable = |path: &String| path.bytes().all(|byte| byte.is_ascii_graphic());
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port: u16 = port.parse().ok().filter(|port| digits && *port != 0).ok_or_else(wrong)?;
        if !host.chars().all(plain) || !path.as_ref().is_none_or(printable) {
            return Err(wrong());
        }
        let host = if host.is_empty() { LOCAL } else { host };
        Ok(Self { host: host.to_owned(), port, path })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host == LOCAL { "" } else { &self.host };
        write!(f, "{host}:{}{}", self.port, self.path.as_deref().unwrap_or_default())
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
