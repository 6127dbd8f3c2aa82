//! What a profile says once it is loaded, merged and checked.
//!
//! This file holds shapes only. `load` reads and merges, `check` judges the values, and the doc
//! comments below are the descriptions that `mad schema` prints for editors.

use std::collections::BTreeMap;

use runtime_config::{Logs, Mcp, Mount, Services, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gates::Gates;
use super::{GpuCapability, GpuCount, RunEntry};

/// What to build: one image, described in one file and the files it extends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// One line on what this image is for.
    #[schemars(regex(pattern = r"^[^\x00-\x1f\x7f]*$"))]
    pub description: String,
    /// The image that every stage starts from, for example `debian:trixie-slim`.
    #[schemars(regex(
        pattern = r"^((localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:)|\[[0-9a-fA-F:]+\])(:[0-9]+)?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[a-z0-9]+:[0-9a-f]{64,128})?$"
    ))]
    pub base: String,
    /// The user that the image runs as.
    pub user: User,
    /// Distribution packages.
    pub apt: Apt,
    /// Packages from npm.
    pub node: Node,
    /// Packages from PyPI.
    pub python: Python,
    /// Patch series to apply, by the name of their folder under `patches/`.
    #[schemars(inner(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*$")))]
    pub patches: Vec<String>,
    /// Files of the project that go into the image.
    pub files: Vec<FileCopy>,
    /// Commands that are steps of the build too, in this order; behind what mad installs.
    pub run: Vec<RunEntry>,
    /// Environment variables of the image.
    #[schemars(extend(
        "propertyNames" = { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
        "additionalProperties" = { "type": "string", "pattern": "^[^\\x00-\\x1f\\x7f]*$" }
    ))]
    pub env: BTreeMap<String, String>,
    /// GPU support; absent for an image that needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<Gpu>,
    /// What lies where in the container, what it is for, and so how long it lives.
    pub mounts: Vec<Mount>,
    /// What the container may take of its host.
    #[serde(skip_serializing_if = "Resources::is_default")]
    pub resources: Resources,
    /// The gateway in front of MCP servers, which the image then starts; absent for an image without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcp: Option<Mcp>,
    /// Programs that the image starts under supervisord, and watches.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: Services,
    /// What is kept of the programs' output; absent for an image that keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<Logs>,
    /// Labels of the image, beside those that mad sets itself.
    #[schemars(extend(
        "propertyNames" = { "pattern": "^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$" },
        "additionalProperties" = { "type": "string", "pattern": "^[^\\x00-\\x1f\\x7f]*$" }
    ))]
    pub labels: BTreeMap<String, String>,
    /// What an image must show before its tag moves.
    #[serde(skip_serializing_if = "Gates::is_empty")]
    pub gates: Gates,
    /// What to do when a build is slower, or otherwise not what it should be.
    pub alerts: Vec<Alert>,
    /// Who is told where an alert asks for `alert_team`; absent: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}

/// The user that the image runs as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// Login name.
    #[schemars(regex(pattern = r"^[a-z_][a-z0-9_-]{0,31}$"), extend("not" = { "const": "root" }))]
    pub name: String,
    /// Numeric user id, up to 2147483647: give the id that owns your work tree on the host. 65534 is
    /// `nobody`, 65535 is no id.
    #[schemars(range(min = 1, max = 2_147_483_647), extend("not" = { "enum": [65534, 65535] }))]
    pub uid: u32,
    /// Numeric group id, up to 2147483647; 65534 is `nogroup`, 65535 is no id.
    #[schemars(range(min = 1, max = 2_147_483_647), extend("not" = { "enum": [65534, 65535] }))]
    pub gid: u32,
    /// Whether the user may become root with `sudo`, without a password.
    pub sudo: bool,
}

impl Default for User {
    fn default() -> Self {
        Self { name: "dev".to_owned(), uid: 1000, gid: 1000, sudo: false }
    }
}

/// Distribution packages, each `name` or `name=version` (`*` allowed in the version).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Apt {
    /// Needed to compile; not in the final image.
    #[schemars(inner(regex(
        pattern = r"^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9-]+)?(=([0-9]+:)?[0-9*][A-Za-z0-9.+~*:-]*)?$"
    )))]
    pub build: Vec<String>,
    /// In the final image.
    #[schemars(inner(regex(
        pattern = r"^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9-]+)?(=([0-9]+:)?[0-9*][A-Za-z0-9.+~*:-]*)?$"
    )))]
    pub runtime: Vec<String>,
}

/// Packages from npm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// Package name to exact version.
    #[schemars(extend(
        "propertyNames" = { "pattern": "^(@[a-z0-9][a-z0-9._~-]*/)?[a-z0-9][a-z0-9._~-]*$" },
        "additionalProperties" = { "type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$" }
    ))]
    pub packages: BTreeMap<String, String>,
    /// npm `overrides`: what a dependency of a dependency is to be.
    pub overrides: BTreeMap<String, serde_json::Value>,
    /// The only packages whose lifecycle scripts run, in this order.
    #[schemars(inner(regex(pattern = r"^(@[a-z0-9][a-z0-9._~-]*/)?[a-z0-9][a-z0-9._~-]*$")))]
    pub scripts: Vec<String>,
    /// npm itself, as corepack reads it: its version, `+sha512.` and the checksum.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npm: Option<String>,
    /// The committed `package-lock.json`, as a path in the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
}

/// Packages from PyPI.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Python {
    /// Requirements, as `name==version`.
    #[schemars(inner(regex(
        pattern = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._,-]+\])?==[0-9][0-9A-Za-z.!+_-]*$"
    )))]
    pub packages: Vec<String>,
    /// The committed requirements with hashes, as a path in the project. With `gpu`, the CUDA
    /// table names the file instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
}

/// A file or folder of the project that goes into the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileCopy {
    /// Path in the project; a folder is taken whole, less what `.dockerignore` names.
    #[schemars(length(min = 1))]
    pub source: String,
    /// Absolute path in the image. Two layers with the same `dest` are one entry.
    #[schemars(regex(pattern = r"^(/(?!\.\.?(/|$))[A-Za-z0-9._+@~%=-]+)+/?$"))]
    pub dest: String,
    /// Octal mode of the files, for example `"0755"`; without it 0755 for programs, 0644 else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^0?[0-7]{3}$"))]
    pub mode: Option<String>,
    /// Who owns it.
    #[serde(default)]
    pub owner: Owner,
}

/// Who owns a copied file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The profile's user.
    #[default]
    User,
    /// root, so that the user can read but not change it.
    Root,
}

/// GPU support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// A CUDA version of `profiles/cuda-versions.yaml`, for example `"12.8"`; or `auto`: the newest that
    /// the driver of the engine's machine takes.
    #[schemars(regex(pattern = r"^([0-9]{1,3}\.[0-9]{1,3}|auto)$"))]
    pub cuda: String,
    /// Whether the container ends where it has no GPU, instead of running on the CPU.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require: bool,
    /// How many of the host's GPUs Compose asks for: `all`, or a number.
    #[serde(default, skip_serializing_if = "GpuCount::is_all")]
    pub count: GpuCount,
    /// What the container gets of the driver beside `compute` and `utility`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<GpuCapability>,
}

/// What the container may take of its host; absent: as much as there is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Processors, for example `"2"` or `"1.5"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]{1,4}(\.[0-9]{1,3})?$"))]
    pub cpus: Option<String>,
    /// Memory, for example `8GiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// Processes and threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 16, max = 4_194_304))]
    pub pids: Option<u32>,
    /// Shared memory, `/dev/shm`; the engine gives 64MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shm: Option<Size>,
}

impl Resources {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What to do when a condition holds for a build. Two layers with the same `name` are one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Its name, for people.
    #[schemars(length(min = 1), regex(pattern = r"^[^\x00-\x1f\x7f]+$"))]
    pub name: String,
    /// When it fires, for example `build_time > baseline * 1.2` or `permission_errors > 0`. Names:
    /// `build_time` and `baseline` in seconds, `image_size` and `baseline_image_size` in bytes,
    /// `cache_hit_rate`, `steps_executed`, `steps_cached`, `permission_errors`, `startup_time`,
    /// `service_uptime`. `99%` is 0.99.
    #[schemars(length(min = 1))]
    pub condition: String,
    /// What follows.
    pub action: AlertAction,
}

/// What follows when an alert fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertAction {
    /// It is said; the exit code stays 0.
    Warn,
    /// The same, and a report of the facts, the logs and what changed is written to a file.
    Investigate,
    /// The same, and what `notify` names is told.
    AlertTeam,
    /// Exit code 3; the image has its tag.
    Fail,
    /// Exit code 3; the tag stays with the image that it named before.
    Rollback,
}

/// Who is told of an alert: a command, which gets the notice as JSON on its standard input, a webhook, which gets
/// it by `POST`, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// The program and its arguments, run on the machine that builds, in the project's folder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Where it is posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
}

/// An address that takes notices.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Webhook {
    /// The address, `https://…`. One that is a secret itself goes into a variable, `url_from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^https?://[^\x00-\x20\x7f]+$"))]
    pub url: Option<String>,
    /// The environment variable that has the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub url_from: Option<String>,
    /// The environment variable that has a token, sent as `Authorization: Bearer …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub token_from: Option<String>,
}
