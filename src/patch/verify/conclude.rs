//! What only all versions together can say: whether a probe that passes without its patch ever
//! failed.

use std::collections::BTreeMap;

use npm::Version;
use patch_engine::Verdict;

use super::super::{ProbeResult, SeriesFiles};
use super::verification::Verification;

impl Verification {
    /// Decides on the patches that are left out: *superseded* where the probe was seen to fail
    /// without the patch and to pass with it on an older version, *not needed* where it was so on a
    /// newer one, *vacuous* where it was nowhere.
    pub(super) fn conclude(&mut self, files: &SeriesFiles) {
        let seen = self.seen(files);
        for group in &mut self.groups {
            let Some(newest) = group.versions.last() else { continue };
            for patch in group.targets.iter_mut().flat_map(|target| &mut target.patches) {
                let judged = group.probes.contains_key(&patch.id);
                let left_out = matches!(patch.verdict, Verdict::Superseded | Verdict::NotNeeded)
                    || patch.verdict == Verdict::AlreadyApplied;
                if !judged || !left_out {
                    continue;
                }
                let seen = seen.get(&patch.id).map_or(&[][..], Vec::as_slice);
                patch.verdict = match () {
                    () if seen.iter().any(|version| version < newest) => Verdict::Superseded,
                    () if !seen.is_empty() => Verdict::NotNeeded,
                    () => Verdict::Vacuous,
                };
            }
            for target in group.targets.iter_mut().filter(|target| !target.is_good()) {
                target.patched = None;
            }
        }
    }

    /// By patch: the versions on which its probe failed without it and passed with it, now or, of
    /// versions that were not looked at now, on record.
    fn seen(&self, files: &SeriesFiles) -> BTreeMap<String, Vec<Version>> {
        let mut seen: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        let mut now: Vec<String> = self.missing.iter().map(ToString::to_string).collect();
        for group in &self.groups {
            now.extend(group.names());
            for id in group.held.keys() {
                seen.entry(id.clone()).or_default().extend(group.versions.iter().cloned());
            }
        }
        for group in files.matrix.iter().flat_map(|matrix| &matrix.groups) {
            let versions = group.versions.iter().filter(|version| !now.contains(version));
            let versions: Vec<Version> =
                versions.filter_map(|version| Version::parse(version).ok()).collect();
            for entry in &group.patches {
                let failed = entry.probe.as_ref().is_some_and(|probe| {
                    Some(&probe.program) == files.program(&entry.id).as_ref()
                        && probe.before == ProbeResult::Fails
                        && probe.after == ProbeResult::Passes
                });
                if failed {
                    seen.entry(entry.id.clone()).or_default().extend(versions.clone());
                }
            }
        }
        seen
    }
}
