//! What is declared harmless: here, and by the project in `plain_values` of `mad.yaml`.

use std::collections::BTreeSet;

/// Variables that mad's own templates set, and those of the system that hold no secret.
const VARIABLES: [&str; 33] = [
    "BASE",
    "DEBIAN_FRONTEND",
    "DEV_GID",
    "DEV_UID",
    "DISABLE_AUTOUPDATER",
    "HOME",
    "JOBS",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "MAD_CUDA_VERSION",
    "MAD_MIN_DRIVER",
    "NODE_ENV",
    "NVIDIA_DRIVER_CAPABILITIES",
    "NVIDIA_VISIBLE_DEVICES",
    "PATH",
    "PWD",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "SHELL",
    "SOURCE_DATE_EPOCH",
    "TARGETARCH",
    "TARGETOS",
    "TARGETPLATFORM",
    "TARGETVARIANT",
    "TERM",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
    "BUILDPLATFORM",
    "npm_config_build_from_source",
    "npm_config_nodedir",
];

/// Keys of a profile whose values are names, versions, numbers and switches.
const KEYS: [&str; 13] = [
    "base",
    "user.",
    "apt.",
    "node.packages.",
    "node.overrides.",
    "node.scripts.",
    "python.packages.",
    "patches.",
    "gpu.",
    "mounts.",
    "resources.",
    "alerts.",
    "gates.",
    "files.",
];

/// A value of these is no longer than that.
const LONGEST: usize = 512;

/// What is declared harmless.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plain {
    /// Names that the project declares: of build arguments, of `ENV`, or keys of a profile.
    names: BTreeSet<String>,
}

impl Plain {
    /// With the names that the project declares.
    pub fn with(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().collect() }
    }

    /// Whether the value of a variable may be written down.
    pub(super) fn has_variable(&self, name: &str, value: &str) -> bool {
        self.names.contains(name) || (VARIABLES.contains(&name) && is_simple(value))
    }

    /// Whether a profile's value may.
    pub(super) fn has_profile_value(&self, key: &str, value: &str) -> bool {
        let is_known =
            |known: &&str| key == *known || known.ends_with('.') && key.starts_with(*known);
        let is_known = KEYS.iter().any(is_known) || is_of_a_program(key, value);
        self.names.contains(key) || (is_known && is_simple(value))
    }
}

/// What `mcp` and `services` say of programs: addresses, times, limits, and what is started. The other words
/// of a command may be anything, but for paths and switches without a value.
fn is_of_a_program(key: &str, value: &str) -> bool {
    if !key.starts_with("mcp.") && !key.starts_with("services.") {
        return false;
    }
    let command = [".command", ".exec"].iter().find_map(|word| key.split_once(word));
    match command {
        Some((_, ".0")) => true,
        // `-psecret` is a switch with its value.
        Some(_) => {
            let is_switch = value.starts_with("--") || value.starts_with('-') && value.len() == 2;
            (value.starts_with('/') || is_switch) && !value.contains('=')
        }
        None => true,
    }
}

/// Names, versions, paths, conditions: nothing that carries credentials, as `https://me:pw@host` does.
fn is_simple(value: &str) -> bool {
    value.len() <= LONGEST && !value.contains("://") && !value.chars().any(char::is_control)
}
