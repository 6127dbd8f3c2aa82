//! `mad.lock`: what a profile was when its packages were locked. Committed; `--locked` holds it against
//! what is there now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Answer, pins};
use crate::profile::Loaded;
use crate::render::Plan;

/// Its name, in the project's folder.
pub const LOCK_FILE: &str = "mad.lock";

const SCHEMA: &str = "mad.lock/1";

const HEAD: &str =
    "# Written by `mad lock`; commit it. `mad build --locked` refuses what differs from it.\n";

/// The keys of a profile that decide which packages are in its image.
const KEYS: [&str; 5] = ["apt", "gpu", "node", "patches", "python"];

/// All that it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockFile {
    schema: String,
    /// By the profile's name.
    pub profiles: BTreeMap<String, Locked>,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// The version of mad.
    pub mad: String,
    /// The image that it starts from.
    pub base: String,
    /// The engine's id of that image, where it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_id: Option<String>,
    /// The registry's digest of that image, where it was pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_digest: Option<String>,
    /// The distribution's packages that were installed in the image, where they are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apt_runtime: BTreeMap<String, String>,
    /// And those of the stages that compile.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apt_build: BTreeMap<String, String>,
    /// The profile's values that decide which packages it has.
    pub values: BTreeMap<String, String>,
    /// SHA-256 of the files that they are made with: locks, patches, templates, helpers.
    pub files: BTreeMap<String, String>,
}

/// A file that is not one of these.
#[derive(Debug, Error)]
#[error("{LOCK_FILE}: {0}")]
pub struct LockFault(String);

impl LockFault {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some("`mad lock` writes it anew, once the old file is gone".to_owned())
    }
}

impl Default for LockFile {
    fn default() -> Self {
        Self { schema: SCHEMA.to_owned(), profiles: BTreeMap::new() }
    }
}

impl LockFile {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, LockFault> {
        let file: Self =
            serde_yaml::from_str(text).map_err(|error| LockFault(error.to_string()))?;
        match file.schema == SCHEMA {
            true => Ok(file),
            false => Err(LockFault(format!("found schema `{}`, expected `{SCHEMA}`", file.schema))),
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        let body = serde_yaml::to_string(self).expect("maps of texts can be written");
        format!("{HEAD}{body}")
    }
}

impl Locked {
    /// The base image by its digest, where that is known and the profile does not say it itself.
    pub fn pinned_base(&self) -> Option<String> {
        let digest = self.base_digest.as_ref().filter(|_| !self.base.contains('@'))?;
        Some(format!("{}@{digest}", self.base))
    }

    /// What a profile is now; `base_id` is the engine's id of its base.
    pub fn of(loaded: &Loaded, plan: &Plan, base_id: Option<String>) -> Self {
        let is_counted = |key: &str| {
            let top = key.split('.').next().unwrap_or(key);
            KEYS.contains(&top)
        };
        let mut values = loaded.values();
        values.retain(|key, _| is_counted(key));
        let (node, python) = (&loaded.profile.node.lock, &loaded.profile.python.lock);
        let mut files = plan.templates.clone();
        for file in plan.files() {
            let named = match file.path.split_once('/') {
                // What the project copies is its own, and what the values say is told by them.
                Some(("project", _)) | Some(("locks", "package.json")) => continue,
                Some(("files", name)) => format!("templates/files/{name}"),
                Some(("locks", "package-lock.json")) => node.clone().unwrap_or(file.path.clone()),
                Some(("locks", name)) => match python {
                    Some(path) if path.ends_with(name) => path.clone(),
                    _ => format!("profiles/locks/{name}"),
                },
                _ => file.path.clone(),
            };
            files.insert(named, file.sha256.clone());
        }
        Self {
            mad: env!("CARGO_PKG_VERSION").to_owned(),
            base: plan.base.clone(),
            base_id,
            base_digest: None,
            apt_runtime: BTreeMap::new(),
            apt_build: BTreeMap::new(),
            values,
            files,
        }
    }

    /// Whether its lists of installed packages are those of `now` too: the same base, and the same is
    /// asked of the distribution.
    pub fn has_apt_of(&self, now: &Self) -> bool {
        let apt = |locked: &Self| {
            let values = locked.values.clone().into_iter();
            values.filter(|(key, _)| key.starts_with("apt.")).collect::<Vec<_>>()
        };
        self.base == now.base && apt(self) == apt(now)
    }

    /// Notes which of the distribution's packages are installed, where the answer tells.
    pub fn installed(&mut self, answer: &Answer) {
        if let [Some(runtime), Some(build)] = &answer.installed {
            self.apt_runtime = pins::of_dpkg(runtime);
            self.apt_build = pins::of_dpkg(build);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_that_was_pulled_is_pinned_by_its_digest() {
        let locked = |base: &str, digest: Option<&str>| Locked {
            mad: String::new(),
            base: base.to_owned(),
            base_id: None,
            base_digest: digest.map(str::to_owned),
            apt_runtime: BTreeMap::new(),
            apt_build: BTreeMap::new(),
            values: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        let pinned = |base, digest| locked(base, digest).pinned_base();
        assert_eq!(
            pinned("debian:trixie-slim", Some("sha256:d")).as_deref(),
            Some("debian:trixie-slim@sha256:d")
        );
        assert_eq!(pinned("mad/base:trixie", None), None);
        assert_eq!(pinned("debian@sha256:e", Some("sha256:e")), None);
    }
}
