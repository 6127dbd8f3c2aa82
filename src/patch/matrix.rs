//! `matrix.lock`: what holds for which target, keyed by the target's hash.
//!
//! Versions come and go, but ten versions hold five distinct files. A new version with a known
//! target is verified by its hash alone; what is recorded here was derived and probed once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use npm::Version;
use patch_engine::Verdict;

/// The schema this version reads and writes.
pub const SCHEMA: &str = "mad.matrix/1";

/// What holds for which target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// `mad.matrix/1`.
    pub schema: String,
    /// npm package name.
    pub package: String,
    /// By path, then by the first version that has it.
    pub targets: Vec<Target>,
    /// Versions without a target, by its path.
    pub missing: Vec<Missing>,
}

/// One distinct upstream file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// In the package.
    pub path: String,
    /// Versions that carry it, in order.
    pub versions: Vec<String>,
    /// SHA-256 before the first patch.
    pub pristine: String,
    /// SHA-256 after the last patch.
    pub patched: String,
    /// In the order of the series.
    pub patches: Vec<Entry>,
}

/// One patch on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Of the series.
    pub id: String,
    /// What came of it.
    pub verdict: String,
    /// Lines away from what the patch states, for `offset`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by: i64,
    /// The variant that was applied; absent for a superseded patch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// SHA-256 of the variant's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// SHA-256 of the target after this patch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What the probe said on the target before this patch and after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probed>,
}

/// What a probe said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probed {
    /// SHA-256 of the probe program.
    pub program: String,
    /// On the pristine target.
    pub before: ProbeResult,
    /// On the patched target.
    pub after: ProbeResult,
}

/// Whether the fault is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeResult {
    /// The fault is there.
    Fails,
    /// The fault is not there.
    Passes,
    /// The server did not start, or something else was in the way.
    Unknown,
}

/// Versions without a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// The target's path.
    pub path: String,
    /// In order.
    pub versions: Vec<String>,
}

/// A matrix that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MatrixError {
    /// Not YAML, or not of this shape.
    #[error("{0}")]
    Syntax(String),
    /// Written by another version of mad.
    #[error("found schema `{0}`, expected `{SCHEMA}`")]
    Schema(String),
    /// A version has one file at a path.
    #[error("found {version} twice for `{path}`, expected it once")]
    Twice {
        /// The target's path.
        path: String,
        /// The version.
        version: String,
    },
}

impl Matrix {
    /// Reads a matrix.
    pub fn parse(text: &str) -> Result<Self, MatrixError> {
        let matrix: Self =
            serde_yaml::from_str(text).map_err(|error| MatrixError::Syntax(error.to_string()))?;
        if matrix.schema != SCHEMA {
            return Err(MatrixError::Schema(matrix.schema));
        }
        let targets = matrix.targets.iter().map(|target| (&target.path, &target.versions));
        let missing = matrix.missing.iter().map(|missing| (&missing.path, &missing.versions));
        let mut seen = BTreeSet::new();
        for (path, versions) in targets.chain(missing) {
            if let Some(version) = versions.iter().find(|version| !seen.insert((path, *version))) {
                let (path, version) = (path.clone(), version.clone());
                return Err(MatrixError::Twice { path, version });
            }
        }
        Ok(matrix)
    }

    /// The bytes of the file: the same matrix, the same bytes.
    pub fn to_text(&self) -> String {
        let yaml = serde_yaml::to_string(self).expect("a matrix is plain data");
        format!(
            "# What holds for which file of the package. Written by `mad patch verify --update`; do not edit.\n{yaml}"
        )
    }

    /// These targets over those of an older matrix: for a verification of some versions only.
    #[must_use]
    pub fn over(self, old: &Self) -> Self {
        let mut merged = old.clone();
        // What is known anew of a version stands in the place of what was known.
        for Missing { path, versions } in
            self.missing.iter().cloned().chain(self.targets.iter().map(|target| Missing {
                path: target.path.clone(),
                versions: target.versions.clone(),
            }))
        {
            let fresh = |version: &String| !versions.contains(version);
            for target in merged.targets.iter_mut().filter(|target| target.path == path) {
                target.versions.retain(fresh);
            }
            for missing in merged.missing.iter_mut().filter(|missing| missing.path == path) {
                missing.versions.retain(fresh);
            }
        }
        for target in self.targets {
            let same = |other: &&mut Target| {
                other.path == target.path
                    && other.pristine == target.pristine
                    && other.files().eq(target.files())
            };
            match merged.targets.iter_mut().find(same) {
                Some(known) => {
                    let mut versions = known.versions.clone();
                    versions.extend(target.versions.clone());
                    versions.sort_by_key(|version| Version::parse(version).ok());
                    *known = Target { versions, ..target };
                }
                None => merged.targets.push(target),
            }
        }
        merged.targets.retain(|target| !target.versions.is_empty());
        let first = |target: &Target| {
            target.versions.first().and_then(|version| Version::parse(version).ok())
        };
        merged.targets.sort_by_key(|target| (target.path.clone(), first(target)));
        for missing in self.missing {
            let Some(known) = merged.missing.iter_mut().find(|m| m.path == missing.path) else {
                merged.missing.push(missing);
                continue;
            };
            known.versions.extend(missing.versions);
            known.versions.sort_by_key(|version| Version::parse(version).ok());
        }
        merged
    }

    /// The target with this content.
    pub fn target(&self, path: &str, pristine: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.path == path && target.pristine == pristine)
    }

    /// The target with this content that has one of these versions, else the one with this result,
    /// else any: one file may stand under two variants of a patch.
    pub fn like(
        &self,
        path: &str,
        pristine: &str,
        versions: &[String],
        patched: &str,
    ) -> Option<&Target> {
        let same = |target: &&Target| target.path == path && target.pristine == pristine;
        let shares = |target: &Target| target.versions.iter().any(|v| versions.contains(v));
        // The last of the greatest is taken: from behind, that is the first.
        let known = self.targets.iter().rev().filter(same);
        known.max_by_key(|target| (shares(target), target.patched == patched))
    }

    /// The target that a version carries.
    pub fn of_version(&self, path: &str, version: &str) -> Option<&Target> {
        let carries = |target: &&Target| target.versions.iter().any(|known| known == version);
        self.targets.iter().filter(|target| target.path == path).find(carries)
    }
}

impl Target {
    /// The variants that were applied, by patch.
    fn files(&self) -> impl Iterator<Item = (&String, &Option<String>)> {
        self.patches.iter().map(|entry| (&entry.id, &entry.file))
    }
}

impl Entry {
    /// Whether the build applies it.
    pub fn is_applied(&self) -> bool {
        self.after.is_some()
    }

    /// The verdict's word and distance.
    pub fn words(verdict: Verdict) -> (String, i64) {
        let by = if let Verdict::Offset { by } = verdict { by } else { 0 };
        (verdict.word().to_owned(), by)
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}
