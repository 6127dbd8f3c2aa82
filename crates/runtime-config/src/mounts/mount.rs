//! One mount.

use serde::{Deserialize, Serialize};

use super::mode::Mode;
use crate::amount::Size;

/// A folder or file that comes from outside the image, or lives in memory only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// Absolute path in the image.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^(/(?!\.\.?(/|$))[A-Za-z0-9._+@~%=-]+)+/?$"))
    )]
    pub target: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Kind::is_default")]
    pub kind: Kind,
    /// `./DIR` of the project, an absolute path that `mount_sources` of mad.yaml allows, or the name of a
    /// volume; absent: a volume that is called like the target. `runtime` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[^\x00-\x1f\x7f]+$")))]
    pub source: Option<String>,
    /// Of `runtime`: how much memory it may take; absent: 64MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Of `runtime`: its octal mode, for example `"0700"`; absent: `"1777"`, as /tmp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Of `runtime`, `persistent` and `cache`: whose it is.
    #[serde(default, skip_serializing_if = "Owner::is_default")]
    pub owner: Owner,
    /// Whether it may be written to; absent: all but `config` and `secret` may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writable: Option<bool>,
    /// Whether the container refuses to start where this is not as it should be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether it belongs into a backup; absent: what is `persistent` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<bool>,
}

/// What a mount is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person's files: they outlive every container.
    #[default]
    Persistent,
    /// Memory: gone with the container.
    Runtime,
    /// Read, and never written.
    Config,
    /// What can be made again: it outlives the container, and no harm is done when it is gone.
    Cache,
    /// A file that only the user may read.
    Secret,
}

impl Kind {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// As a profile has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Persistent => "persistent",
            Self::Runtime => "runtime",
            Self::Config => "config",
            Self::Cache => "cache",
            Self::Secret => "secret",
        }
    }

    /// Whether programs write there.
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Persistent | Self::Runtime | Self::Cache)
    }
}

/// Whose a mount is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The user that the container runs as.
    #[default]
    User,
    /// root.
    Root,
}

impl Owner {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a mount's content is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// In memory.
    Memory,
    /// A volume of the engine, by the name that Compose knows.
    Volume(String),
    /// A path of the host: absolute, or relative to the project without `./`; `.` is the project itself.
    Path(&'a str),
}

impl Mount {
    /// A persistent one, with a volume.
    pub fn at(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            kind: Kind::default(),
            source: None,
            size: None,
            mode: None,
            owner: Owner::default(),
            writable: None,
            required: false,
            backup: None,
        }
    }

    /// The target without a slash at its end.
    pub fn path(&self) -> &str {
        self.target.strip_suffix('/').unwrap_or(&self.target)
    }

    pub fn source(&self) -> Source<'_> {
        if self.kind == Kind::Runtime {
            return Source::Memory;
        }
        match self.source.as_deref() {
            None => Source::Volume(volume_name(self.path())),
            Some(text) if is_path(text) => {
                let text = text.strip_prefix("./").unwrap_or(text);
                let text = text.trim_end_matches('/');
                Source::Path(if text.is_empty() { "." } else { text })
            }
            Some(name) => Source::Volume(name.to_owned()),
        }
    }

    pub fn is_writable(&self) -> bool {
        self.writable.unwrap_or(self.kind.is_writable())
    }

    pub fn is_backed_up(&self) -> bool {
        self.backup.unwrap_or(self.kind == Kind::Persistent)
    }

    /// Of `runtime`.
    pub fn size(&self) -> Size {
        self.size.unwrap_or(Size(64 << 20))
    }

    /// Of `runtime`.
    pub fn mode(&self) -> Mode {
        self.mode.unwrap_or(Mode(0o1777))
    }
}

/// Compose's own rule: what begins with `.`, `/` or `~` is a path, anything else the name of a volume.
pub(super) fn is_path(text: &str) -> bool {
    text.starts_with(['.', '/', '~'])
}

/// `/home/dev/.cache/pip` is `home-dev-cache-pip`.
fn volume_name(path: &str) -> String {
    let mut name = String::new();
    for c in path.chars() {
        let c = if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        if c != '-' || !(name.is_empty() || name.ends_with('-')) {
            name.push(c);
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "data".to_owned() } else { name.to_owned() }
}
