//! What does not hold, in words.

use patch_engine::{FileState, Tree, Verdict};
use serde::Serialize;

use super::super::{
    Derived, DerivedPatch, ProbeResult, SeriesFiles, anchor::anchored, entry, explain,
};
use super::group::{Group, ProbePair};

/// What kind of thing does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The series as it stands: no patches, or a skeleton that nobody finished.
    Series,
    /// A file that is patched is not there.
    Target,
    /// A patch does not apply, does not parse, or does not do what its probe asks for.
    Patch,
    /// A probe could not judge, was not run, or says now this, now that.
    Probe,
    /// The image build would refuse the patch, although it fits.
    Build,
    /// `matrix.lock` says otherwise.
    Record,
    /// A built image has something else.
    Image,
}

/// Something that is not as the matrix says, or not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its kind, for formats that have rules.
    #[serde(skip)]
    pub kind: DifferenceKind,
    /// Versions that it is about.
    pub versions: Vec<String>,
    /// The target or the patch.
    pub what: String,
    /// What the matrix, or the rule, says.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// Texts that still have the skeleton's gaps.
pub(super) fn unfinished(files: &SeriesFiles) -> Vec<Difference> {
    let patches = files.patches.iter().filter(|(_, patch)| entry::is_unfinished(&patch.text));
    patches
        .map(|(file, _)| Difference {
            kind: DifferenceKind::Series,
            versions: Vec::new(),
            what: file.clone(),
            expected:
                "a header with the reason, the upstream link and when the patch can be dropped"
                    .to_owned(),
            found: "a `TODO` of the skeleton".to_owned(),
        })
        .collect()
}

/// What does not hold on these versions, whatever is on record.
pub(super) fn of_group(files: &SeriesFiles, group: &Group) -> Vec<Difference> {
    let mut found = Vec::new();
    for target in &group.targets {
        for patch in &target.patches {
            let pair = group.probes.get(&patch.id);
            if !patch.is_good() && !patch.may_be_missing() {
                found.push(Difference {
                    kind: DifferenceKind::Patch,
                    versions: group.names(),
                    what: patch.id.clone(),
                    expected: expected(patch, target),
                    found: why(patch, pair),
                });
            } else if let Some(pair) = pair.filter(|pair| pair.is_unknown())
                && !(patch.optional
                    && super::record::proven_entry(files, group, &patch.id).is_some())
            {
                found.push(Difference {
                    kind: DifferenceKind::Probe,
                    versions: group.names(),
                    what: patch.id.clone(),
                    expected: "a probe that can judge".to_owned(),
                    found: pair.why.clone().unwrap_or_else(|| "it could not".to_owned()),
                });
            }
        }
        found.extend(refused_by_the_build(files, target, &group.names()));
    }
    found
}

fn expected(patch: &DerivedPatch, target: &Derived) -> String {
    match patch.verdict {
        Verdict::Breaks => "a patch with which its probe still passes".to_owned(),
        Verdict::Vacuous => "a probe that fails somewhere without its patch".to_owned(),
        Verdict::TargetMissing => {
            format!("`{}`, which the series patches in this version", target.path)
        }
        _ => format!("a patch that fits {} and whose probe passes", target.path),
    }
}

/// Hunks that fit, and that the `patch --fuzz=0` of the image build refuses all the same.
fn refused_by_the_build(
    files: &SeriesFiles,
    target: &Derived,
    versions: &[String],
) -> Vec<Difference> {
    let mut found = Vec::new();
    for patch in target.patches.iter().filter(|patch| patch.is_applied()) {
        let (Some((before, _)), Some(file)) = (&patch.texts, &patch.file) else { continue };
        let Some(Ok(read)) = files.patches.get(file).map(|text| &text.patch) else { continue };
        let tree = Tree::from([(target.path.clone(), FileState::regular(before.clone()))]);
        for hunk in anchored(read, &tree) {
            found.push(Difference {
                kind: DifferenceKind::Build,
                versions: versions.to_vec(),
                what: patch.id.clone(),
                expected: format!("as much context behind hunk {hunk} of {file} as before it"),
                found: "less, which `patch --fuzz=0` takes for an end of the file".to_owned(),
            });
        }
    }
    found
}

/// Why a patch does not hold, on one line.
fn why(patch: &DerivedPatch, probe: Option<&ProbePair>) -> String {
    let said = probe.and_then(|pair| pair.why.as_deref());
    let after = probe.and_then(|pair| pair.after);
    let with = |text: &str| match said {
        Some(said) => format!("{text}: {said}"),
        None => text.to_owned(),
    };
    let outcome = patch.outcome.as_ref();
    let detail = match patch.verdict {
        Verdict::Conflict if patch.file.is_none() => {
            Some("no variant is for this version, and its probe fails".to_owned())
        }
        Verdict::NoEffect if after == Some(ProbeResult::Passes) => Some(
            "the probe passes without it too: another patch of the series does that".to_owned(),
        ),
        Verdict::NoEffect => Some(with("applied, and the probe fails as before")),
        Verdict::Breaks => Some(with("the probe passes without it, and fails with the series")),
        Verdict::Vacuous => {
            Some("the probe passes without it, and was seen to fail on no version".to_owned())
        }
        Verdict::TargetMissing => Some("no such file".to_owned()),
        Verdict::Merged => {
            let base = patch.merge.as_ref().map(|merge| merge.base.as_str()).unwrap_or_default();
            Some(format!("only by a merge from {base}, which the build cannot apply"))
        }
        Verdict::Malformed => outcome
            .and_then(|outcome| outcome.faults.first())
            .map(|fault| format!("in the patch, {fault}")),
        Verdict::DoesNotParse => outcome
            .and_then(|outcome| outcome.files.iter().find_map(|file| file.parse.as_ref()))
            .map(ToString::to_string)
            .or_else(|| Some(format!("what a merge from {} makes", patch.merge.as_ref()?.base))),
        _ => outcome
            .and_then(|outcome| outcome.files.iter().flat_map(|file| &file.evidence).next())
            .map(|evidence| {
                let hunk = evidence.hunk.map(|hunk| format!("hunk {hunk}: ")).unwrap_or_default();
                let at = match (evidence.matches.as_slice(), evidence.nearest) {
                    ([], Some(nearest)) => format!(
                        " (nearest: line {}, {} of {} lines equal)",
                        nearest.line, nearest.equal, nearest.of
                    ),
                    ([], None) => String::new(),
                    (lines, _) => format!(" (lines {lines:?})"),
                };
                format!("{hunk}{}{at}", evidence.reason)
            }),
    };
    match detail {
        Some(detail) => format!("{}: {detail}", explain::word(patch.verdict)),
        None => explain::word(patch.verdict),
    }
}
