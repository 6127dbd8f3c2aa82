//! What every request must say, in its `_meta` and over HTTP in its headers too.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::HeaderMap;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::gateway::frame::{self, Message, string};
use crate::gateway::version;

const HEADER_MISMATCH: i32 = -32020;
const UNSUPPORTED_VERSION: i32 = -32022;

/// Of the revisions with sessions only.
pub const REMOVED: [&str; 5] =
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

#[derive(Default, Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default, rename = "io.modelcontextprotocol/protocolVersion")]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "io.modelcontextprotocol/logLevel")]
    log_level: Option<Cow<'a, str>>,
}

fn raw<'a>(message: &Message<'a>) -> Raw<'a> {
    let meta = message.params().meta.filter(|meta| meta.get().starts_with('{'));
    meta.and_then(|meta| serde_json::from_str(meta.get()).ok()).unwrap_or_default()
}

pub struct Meta<'a> {
    pub capabilities: &'a RawValue,
    pub log_level: Option<Cow<'a, str>>,
}

impl<'a> Meta<'a> {
    /// The error is an answer.
    pub fn of(message: &Message<'a>) -> Result<Self, Bytes> {
        let id = message.id.map_or("null", RawValue::get);
        let Raw { version, capabilities, log_level } = raw(message);
        let missing = |name: &str| {
            let why = format!("`_meta` has no `io.modelcontextprotocol/{name}`");
            frame::error(id, -32602, &why)
        };
        let version = version.ok_or_else(|| missing("protocolVersion"))?;
        let capabilities = capabilities
            .filter(|capabilities| capabilities.get().starts_with('{'))
            .ok_or_else(|| missing("clientCapabilities"))?;
        if version != version::MODERN {
            return Err(unsupported(id, &version));
        }
        Ok(Self { capabilities, log_level })
    }
}

fn unsupported(id: &str, asked: &str) -> Bytes {
    let asked = serde_json::to_string(asked).expect("text always serialises");
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{UNSUPPORTED_VERSION},"message":"the protocol version is not supported","data":{{"supported":["{}"],"requested":{asked}}}}}}}"#,
        version::MODERN
    )
    .into()
}

/// Whether a message on a stream opens in the stateless way.
pub fn is_modern(message: &Message) -> bool {
    static NAME: LazyLock<Finder> = LazyLock::new(|| Finder::new("protocolVersion"));
    message.method == "server/discover"
        || (message.may_name(&NAME) && raw(message).version.is_some())
}

/// The headers that repeat what the body says, so that a proxy need not read it.
pub struct Headers<'a>(pub &'a HeaderMap);

impl Headers<'_> {
    /// Whether a POST without a session is of the stateless revision.
    pub fn are_modern(&self, message: &Message) -> bool {
        let version = self.text("mcp-protocol-version");
        !self.0.contains_key("mcp-session-id")
            && message.method != "notifications/initialized"
            && (version.is_some_and(|version| !version::LEGACY.contains(&version))
                || is_modern(message))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.to_str().ok())
    }

    /// The error is an answer.
    pub fn agree_with(&self, message: &Message) -> Result<(), Bytes> {
        let id = message.id.map_or("null", RawValue::get);
        Meta::of(message).map(drop).or_else(|error| {
            // A wrong revision is told as such only when both places name it.
            let same = raw(message).version.as_deref() == self.text("mcp-protocol-version");
            if raw(message).version.is_none() || raw(message).capabilities.is_none() || same {
                Err(error)
            } else {
                Ok(())
            }
        })?;
        let mismatch = |header: &str| {
            Err(frame::error(
                id,
                HEADER_MISMATCH,
                &format!("the header {header} and the body differ"),
            ))
        };
        if self.text("mcp-protocol-version") != raw(message).version.as_deref() {
            return mismatch("MCP-Protocol-Version");
        }
        if self.text("mcp-method").map(decoded).as_deref() != Some(&*message.method) {
            return mismatch("Mcp-Method");
        }
        let params = message.params();
        let name = match &*message.method {
            "tools/call" | "prompts/get" => params.name.and_then(string),
            "resources/read" => params.uri.and_then(string),
            _ => return Ok(()),
        };
        if self.text("mcp-name").map(decoded) != name {
            return mismatch("Mcp-Name");
        }
        Ok(())
    }
}

/// A value that no header can hold as it is comes as `=?base64?…?=`.
fn decoded(value: &str) -> Cow<'_, str> {
    let encoded = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    match encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).map(String::from_utf8) {
        Some(Ok(text)) => text.into(),
        _ => value.into(),
    }
}
