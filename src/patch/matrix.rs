//! `matrix.lock`: what holds for which versions, keyed by all that a result depends on.
//!
//! Versions that are the same in the files that the series reads stand together; what is recorded
//! here was derived and probed once. A version that is new and has the key of another is as good.

use std::collections::BTreeSet;

use npm::Version;
use patch_engine::Verdict;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The schema this version reads and writes.
pub const SCHEMA: &str = "mad.matrix/2";

/// What holds for which versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// `mad.matrix/2`.
    pub schema: String,
    /// npm package name.
    pub package: String,
    /// By the first version.
    pub groups: Vec<ProvenVersions>,
    /// Versions that have none of the targets, and are expected not to.
    pub missing: Vec<String>,
}

/// Versions that are the same in all that a result depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenVersions {
    /// In order.
    pub versions: Vec<String>,
    /// SHA-256 over path and hash of every file that the series reads of them.
    pub inputs: String,
    /// By path.
    pub targets: Vec<Target>,
    /// In the order of the series.
    pub patches: Vec<PatchRecord>,
}

/// One upstream file, before and after the series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// In the package.
    pub path: String,
    /// SHA-256 before the first patch.
    pub pristine: String,
    /// SHA-256 after the last patch.
    pub patched: String,
}

/// One patch on these versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchRecord {
    /// Of the series.
    pub id: String,
    /// What came of it.
    pub verdict: String,
    /// Lines away from what the patch states, for `offset`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by: i64,
    /// The variant for these versions; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// SHA-256 of the variant's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// SHA-256 of the target after this patch; absent where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What the probe said without this patch and with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeEvidence>,
}

/// What a probe said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeEvidence {
    /// SHA-256 over the probe program and what the probes share.
    pub program: String,
    /// On the package without the patch.
    pub before: ProbeResult,
    /// On the package as it is built.
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

/// A matrix that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MatrixError {
    /// Not YAML, or not of this shape.
    #[error("{0}")]
    Syntax(String),
    /// Written by another version of mad.
    #[error("found schema `{0}`, expected `{SCHEMA}`")]
    Schema(String),
    /// A version has one set of files.
    #[error("found {0} twice, expected it once")]
    Twice(String),
}

impl Matrix {
    /// One without anything in it.
    pub fn empty(package: &str) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            package: package.to_owned(),
            groups: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Reads a matrix.
    ///
    /// # Errors
    ///
    /// One of another schema, of another shape, or that contradicts itself.
    pub fn parse(text: &str) -> Result<Self, MatrixError> {
        #[derive(Deserialize)]
        struct Head {
            schema: Option<String>,
        }
        let syntax = |error: serde_yaml::Error| MatrixError::Syntax(error.to_string());
        // Another schema has other fields.
        let head: Head = serde_yaml::from_str(text).map_err(syntax)?;
        match head.schema {
            Some(schema) if schema != SCHEMA => return Err(MatrixError::Schema(schema)),
            _ => {}
        }
        let matrix: Self = serde_yaml::from_str(text).map_err(syntax)?;
        let grouped = matrix.groups.iter().flat_map(|group| &group.versions);
        let mut seen = BTreeSet::new();
        match grouped.chain(&matrix.missing).find(|version| !seen.insert(*version)) {
            Some(twice) => Err(MatrixError::Twice(twice.clone())),
            None => Ok(matrix),
        }
    }

    /// The bytes of the file: the same matrix, the same bytes.
    pub fn to_text(&self) -> String {
        let yaml = serde_yaml::to_string(self).expect("a matrix is plain data");
        format!(
            "# What holds for which version of the package. Written by `mad patch verify --update`; do not edit.\n{yaml}"
        )
    }

    /// These versions over those of an older matrix: for a verification of some versions only.
    #[must_use]
    pub fn over(self, old: &Self) -> Self {
        let mut merged = old.clone();
        // What is known anew of a version stands in the place of what was known.
        let anew: BTreeSet<&String> =
            self.groups.iter().flat_map(|group| &group.versions).chain(&self.missing).collect();
        for group in &mut merged.groups {
            group.versions.retain(|version| !anew.contains(version));
        }
        merged.missing.retain(|version| !anew.contains(version));
        for group in self.groups.clone() {
            let same = |other: &&mut ProvenVersions| {
                ProvenVersions { versions: group.versions.clone(), ..(*other).clone() } == group
            };
            match merged.groups.iter_mut().find(same) {
                Some(known) => known.versions.extend(group.versions),
                None => merged.groups.push(group),
            }
        }
        merged.groups.retain(|group| !group.versions.is_empty());
        merged.missing.extend(self.missing);
        let order = |version: &String| Version::parse(version).ok();
        merged.missing.sort_by_key(order);
        for group in &mut merged.groups {
            group.versions.sort_by_key(order);
        }
        merged.groups.sort_by_key(|group| group.versions.first().and_then(order));
        merged
    }

    /// What is proven of a version.
    pub fn of_version(&self, version: &str) -> Option<&ProvenVersions> {
        self.groups.iter().find(|group| group.versions.iter().any(|known| known == version))
    }

    /// What is proven of a version; of one that is not known, what is proven of another with the
    /// same key under the same variants.
    pub fn like(
        &self,
        version: &str,
        inputs: &str,
        variants: &[(String, Option<String>)],
    ) -> Option<&ProvenVersions> {
        let same = |group: &&ProvenVersions| {
            let known = |(id, file): &(String, Option<String>)| {
                let entry = group.patches.iter().find(|entry| entry.id == *id);
                entry.is_some_and(|entry| entry.file == *file)
            };
            group.inputs == inputs && variants.iter().all(known)
        };
        self.of_version(version).or_else(|| self.groups.iter().find(same))
    }

    /// Whether any version has a file at this path.
    pub fn has_target(&self, path: &str) -> bool {
        self.groups.iter().flat_map(|group| &group.targets).any(|target| target.path == path)
    }
}

impl ProvenVersions {
    /// One patch.
    pub fn entry(&self, id: &str) -> Option<&PatchRecord> {
        self.patches.iter().find(|entry| entry.id == id)
    }
}

impl PatchRecord {
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
