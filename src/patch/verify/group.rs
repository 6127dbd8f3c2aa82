//! Versions that are the same in all that a result depends on.

use std::collections::BTreeMap;

use npm::Version;
use serde::Serialize;

use super::super::derive::Derivation;
use super::super::{Base, Derived, ProbeResult, SeriesError, SeriesFiles, Upstream};
use super::answers::Answers;
use super::trial::ProvenFiles;
use super::verification::Verification;

/// Versions that carry the same files, and what the series makes of them.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// In order.
    #[serde(serialize_with = "as_strings")]
    pub versions: Vec<Version>,
    /// SHA-256 over all files that a result depends on.
    pub inputs: String,
    /// By target, without the patches that are left out.
    pub targets: Vec<Derived>,
    /// By patch id: what its probe said.
    pub probes: BTreeMap<String, ProbePair>,
    #[serde(skip)]
    pub(super) upstream: Upstream,
    /// By patch: the nearest older version that it fits.
    #[serde(skip)]
    pub(super) bases: BTreeMap<String, Base>,
    #[serde(skip)]
    pub(super) answers: Answers,
    /// By patch that has an effect: on which files that was seen.
    #[serde(skip)]
    pub(super) held: BTreeMap<String, ProvenFiles>,
}

/// What a probe said without a patch and with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProbePair {
    /// On the package with the series but for this patch; where that cannot be, with the patches
    /// ahead of it.
    pub before: Option<ProbeResult>,
    /// On the package as it would be built.
    pub after: Option<ProbeResult>,
    /// Why, where it says so; of the run that is not as it should be.
    pub why: Option<String>,
}

impl ProbePair {
    /// Whether one of the runs could not judge.
    pub fn is_unknown(&self) -> bool {
        [self.before, self.after].contains(&Some(ProbeResult::Unknown))
    }
}

pub(super) fn as_strings<S: serde::Serializer>(
    versions: &[Version],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(versions.iter().map(ToString::to_string))
}

/// Derives the series for versions, oldest first, one group for each set of files and variants.
///
/// # Errors
///
/// A version for which two variants are meant.
pub fn group(files: &SeriesFiles, upstreams: Vec<Upstream>) -> Result<Verification, SeriesError> {
    let mut groups: BTreeMap<Vec<String>, Group> = BTreeMap::new();
    let mut missing = Vec::new();
    let mut bases: BTreeMap<String, Base> = BTreeMap::new();
    for upstream in upstreams {
        let targets = files.series.targets();
        if !targets.iter().any(|path| upstream.file(path).is_some()) {
            missing.push(upstream.version);
            continue;
        }
        // The same files under another variant are another group.
        let inputs = upstream.inputs(&files.series);
        let mut key = vec![inputs.clone()];
        for patch in &files.series.patches {
            key.push(patch.variant(&upstream.version)?.map(|v| v.file.clone()).unwrap_or_default());
        }
        if let Some(group) = groups.get_mut(&key) {
            group.versions.push(upstream.version);
            continue;
        }
        let known = bases.clone();
        let nearest = |id: &str| known.get(id).cloned();
        let everything = Derivation::new(files, &upstream, &nearest);
        let derived = everything.with(&|_| true, super::super::derive::Check::EveryPatch)?;
        for patch in derived.iter().flat_map(|derived| &derived.patches) {
            if let Some((before, after)) = patch.texts.clone().filter(|_| patch.is_good()) {
                let version = upstream.version.clone();
                bases.insert(patch.id.clone(), Base { version, before, after });
            }
        }
        let mut group = Group {
            versions: vec![upstream.version.clone()],
            inputs,
            targets: derived,
            probes: BTreeMap::new(),
            upstream,
            bases: known,
            answers: Answers::default(),
            held: BTreeMap::new(),
        };
        group.recall(files)?;
        groups.insert(key, group);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.versions.sort());
    groups.sort_by(|a, b| a.versions.cmp(&b.versions));
    missing.sort();
    Ok(Verification::of(files, groups, missing))
}
