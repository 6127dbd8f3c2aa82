//! What was found, in the shape of `matrix.lock`; and what is on record of the same.

use super::super::{DerivedPatch, SCHEMA};
use super::super::{
    Matrix, PatchRecord, PatchText, ProbeEvidence, ProbeResult, ProvenVersions, SeriesFiles, Target,
};
use super::group::{Group, ProbePair};
use super::verification::Verification;

impl Verification {
    /// What was found, in the shape of `matrix.lock`. Where probes were not run, or could not
    /// judge, what the old matrix says of the same files, texts and programs is kept.
    pub fn matrix(&self, files: &SeriesFiles) -> Matrix {
        let groups = self.groups.iter().map(|group| {
            let targets = group.targets.iter().filter_map(|target| {
                Some(Target {
                    path: target.path.clone(),
                    pristine: target.pristine.clone()?,
                    patched: target.patched.clone()?,
                })
            });
            let patches = files.series.patches.iter().filter_map(|patch| {
                let all = group.targets.iter().flat_map(|target| &target.patches);
                let derived = all.into_iter().find(|derived| derived.id == patch.id)?;
                Some(entry(files, group, derived))
            });
            ProvenVersions {
                versions: group.names(),
                inputs: group.inputs.clone(),
                targets: targets.collect(),
                patches: patches.collect(),
            }
        });
        Matrix {
            schema: SCHEMA.to_owned(),
            package: self.package.clone(),
            groups: groups.collect(),
            missing: self.missing.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What is on record of a patch on these versions, if it is of the same files, the same text and
/// the same program.
pub(super) fn proven_entry<'a>(
    files: &'a SeriesFiles,
    group: &Group,
    id: &str,
) -> Option<&'a PatchRecord> {
    let matrix = files.matrix.as_ref()?;
    let variants = group.variants(files);
    let known = group.names();
    let known = known.iter().find_map(|version| matrix.like(version, &group.inputs, &variants))?;
    let entry = known.entry(id).filter(|_| known.inputs == group.inputs)?;
    let file = variants.into_iter().find(|(other, _)| other == id)?.1;
    let text = file.as_ref().and_then(|file| files.patches.get(file)).map(PatchText::sha256);
    let program = files.program(id)?;
    let probed = entry.probe.as_ref()?;
    let same = entry.file == file && entry.patch == text && probed.program == program;
    same.then_some(entry)
}

fn entry(files: &SeriesFiles, group: &Group, patch: &DerivedPatch) -> PatchRecord {
    // One that does not fit is not part of what was proven.
    let file = patch.file.as_ref().filter(|_| patch.is_good());
    let after = patch.after.clone().filter(|_| patch.is_applied());
    let kept = proven_entry(files, group, &patch.id)
        .filter(|old| old.after == after)
        .and_then(|old| old.probe.clone());
    let probe = group.probes.get(&patch.id);
    let known = |pair: &ProbePair| match (pair.before, pair.after) {
        (Some(ProbeResult::Unknown), _) | (_, Some(ProbeResult::Unknown)) => None,
        (before, after) => Some((before?, after?)),
    };
    let probe = match (probe.and_then(known), files.program(&patch.id)) {
        (Some((before, after)), Some(program)) => Some(ProbeEvidence { program, before, after }),
        _ => kept,
    };
    let (verdict, by) = PatchRecord::words(patch.verdict);
    PatchRecord {
        id: patch.id.clone(),
        verdict,
        by,
        file: file.cloned(),
        patch: file.and_then(|file| files.patches.get(file)).map(PatchText::sha256),
        after,
        probe,
    }
}
