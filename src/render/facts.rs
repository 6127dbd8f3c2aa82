//! What the templates see: the profile's values in the shape that a Dockerfile needs.

use std::collections::BTreeMap;

use serde::Serialize;

/// Everything that a template may name. An unknown name is an error (strict undefined).
#[derive(Debug, Clone, Serialize)]
pub(super) struct Facts {
    pub profile: ProfileFacts,
    /// Image that every stage starts from.
    pub base: String,
    pub user: UserFacts,
    pub apt: AptFacts,
    /// Absent without npm packages.
    pub node: Option<NodeFacts>,
    /// Absent without Python packages.
    pub python: Option<PythonFacts>,
    pub patches: Vec<PatchFacts>,
    pub files: Vec<FileFacts>,
    pub run: Vec<RunFacts>,
    pub env: BTreeMap<String, String>,
    pub gpu: Option<GpuFacts>,
    /// Whether the image has `mad-runtime`.
    pub runtime: bool,
    /// Whether it starts the gateway where it has no services.
    pub gateway: bool,
    /// Absent without services.
    pub services: Option<ServicesFacts>,
    /// Work directories, mode 2775.
    pub mounts: Vec<String>,
    pub labels: BTreeMap<String, String>,
    /// Whether the frontend has `COPY --link`.
    pub link: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ProfileFacts {
    pub name: String,
    pub description: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ServicesFacts {
    /// Where their sockets, logs and ledger are.
    pub directory: &'static str,
    /// Where their output is kept; absent where it is not.
    pub logs: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct UserFacts {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub sudo: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct AptFacts {
    pub build: Vec<String>,
    pub runtime: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NodeFacts {
    /// Packages whose lifecycle scripts run, in this order.
    pub scripts: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct PythonFacts {
    /// File name of the requirements, below `locks/` in the context.
    pub lock: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct PatchFacts {
    /// Folder below `patches/`.
    pub series: String,
    /// npm package name.
    pub package: String,
    pub version: String,
    /// Files in the package that change.
    pub targets: Vec<String>,
    /// Patch files, in order.
    pub files: Vec<String>,
    /// `id=verdict` by patch, as matrix.lock has them.
    pub verdicts: String,
    /// SHA-256 over patches and hashes.
    pub digest: String,
    /// What the image must have of it.
    pub patched: Vec<PatchedFile>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct PatchedFile {
    /// In the image.
    pub path: String,
    /// By matrix.lock.
    pub sha256: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct FileFacts {
    /// Path in the context.
    pub source: String,
    pub dest: String,
    /// Whether the user owns it, rather than root.
    pub owned_by_user: bool,
    /// Octal mode for `COPY --chmod`, where the profile gives one.
    pub mode: Option<String>,
}

/// A command of the profile.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RunFacts {
    pub command: String,
    pub root: bool,
    pub network: bool,
    /// Whether it stands behind `files`.
    pub after_files: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct GpuFacts {
    pub cuda: String,
    /// Lowest NVIDIA driver for Linux.
    pub driver: String,
    /// What the toolkit is to bring of the driver, by commas.
    pub capabilities: String,
    /// Whether the container ends where there is no GPU.
    pub require: bool,
}
