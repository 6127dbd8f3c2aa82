//! The verification of a series: every version derived and probed, and compared with the matrix.
//!
//! Versions with the same target are one group: the work is done once. What a probe says has the
//! last word, in both directions: a patch whose probe passes before is superseded, one whose probe
//! fails after has no effect.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use super::anchor::anchored;
use super::probe::{ProbeRun, Subject};
use super::{
    Base, Derived, Entry, Matrix, Missing, ProbeResult, Probed, SCHEMA, SeriesError, SeriesFiles,
    Target, Upstream, derive, entry,
};
use hash::sha256;
use npm::Version;
use patch_engine::{FileState, Tree, Verdict};

/// Versions that carry the same targets, and what the series makes of them.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// In order.
    #[serde(serialize_with = "as_strings")]
    pub versions: Vec<Version>,
    /// By target.
    pub targets: Vec<Derived>,
    /// By patch id: what its probe said.
    pub probes: BTreeMap<String, ProbePair>,
    #[serde(skip)]
    upstream: Upstream,
}

/// What a probe said before and after.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProbePair {
    /// On the pristine package.
    pub before: Option<ProbeResult>,
    /// On the patched package.
    pub after: Option<ProbeResult>,
    /// Why, where it says so; of the run that is not as it should be.
    pub why: Option<String>,
}

/// Something that is not as the matrix says, or not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Versions that it is about.
    pub versions: Vec<String>,
    /// The target or the patch.
    pub what: String,
    /// What the matrix, or the rule, says.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// The whole verification.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// `mad.verification/1`.
    pub schema: &'static str,
    /// npm package.
    pub package: String,
    /// Series folder.
    pub series: String,
    /// Those with a target.
    pub groups: Vec<Group>,
    /// Those without.
    #[serde(serialize_with = "as_strings")]
    pub missing: Vec<Version>,
    /// Failures and differences from the matrix; none when all is well.
    pub differences: Vec<Difference>,
    /// Whether probes were run.
    pub probed: bool,
    /// The newest version that `matrix.lock` proves: what to pin when a newer one does not hold.
    pub last_good: Option<String>,
}

fn as_strings<S: serde::Serializer>(
    versions: &[Version],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(versions.iter().map(ToString::to_string))
}

/// Derives the series for versions, one group for each set of targets.
pub fn group(files: &SeriesFiles, upstreams: Vec<Upstream>) -> Result<Verification, SeriesError> {
    let mut groups: BTreeMap<Vec<String>, Group> = BTreeMap::new();
    let mut missing = Vec::new();
    let mut bases: BTreeMap<String, Vec<Base>> = BTreeMap::new();
    for upstream in upstreams {
        let targets = files.series.targets();
        let hashes: Vec<String> = targets
            .iter()
            .filter_map(|path| upstream.files.get(*path)?.as_ref().map(sha256))
            .collect();
        if hashes.is_empty() {
            missing.push(upstream.version);
            continue;
        }
        // The same target under another variant is another group.
        let mut key = hashes;
        for patch in &files.series.patches {
            key.push(patch.variant(&upstream.version)?.map(|v| v.file.clone()).unwrap_or_default());
        }
        if let Some(group) = groups.get_mut(&key) {
            group.versions.push(upstream.version);
            continue;
        }
        let nearest = |id: &str| bases.get(id)?.last().cloned();
        let derived = derive(files, &upstream, &nearest)?;
        for patch in derived.iter().flat_map(|derived| &derived.patches) {
            if let Some((before, after)) = patch.texts.clone() {
                let version = upstream.version.clone();
                bases.entry(patch.id.clone()).or_default().push(Base { version, before, after });
            }
        }
        let versions = vec![upstream.version.clone()];
        groups.insert(key, Group { versions, targets: derived, probes: BTreeMap::new(), upstream });
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.versions.sort());
    groups.sort_by(|a, b| a.versions.cmp(&b.versions));
    missing.sort();
    Ok(Verification {
        schema: "mad.verification/1",
        package: files.series.package.clone(),
        series: files.name.clone(),
        groups,
        missing,
        differences: Vec::new(),
        probed: false,
        last_good: None,
    })
}

impl Verification {
    /// The packages to probe: each group pristine, and patched where the series fits.
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            let patches: Vec<String> =
                group.targets.iter().flat_map(|t| &t.patches).map(|p| p.id.clone()).collect();
            let files: BTreeMap<String, Bytes> = group
                .upstream
                .files
                .iter()
                .filter_map(|(path, bytes)| Some((path.clone(), bytes.clone()?)))
                .collect();
            let mut patched = files.clone();
            for target in &group.targets {
                if let Some(bytes) = &target.bytes {
                    patched.insert(target.path.clone(), bytes.clone());
                }
            }
            subjects.push(Subject {
                name: format!("{index}-before"),
                files,
                patches: patches.clone(),
            });
            subjects.push(Subject { name: format!("{index}-after"), files: patched, patches });
        }
        subjects
    }

    /// Takes in what the probes said, and lets it decide.
    pub fn take_probes(&mut self, runs: &[ProbeRun]) {
        self.probed = true;
        for run in runs {
            let Some((index, when)) = run.subject.split_once('-') else { continue };
            let index: Option<usize> = index.parse().ok();
            let Some(group) = index.and_then(|index| self.groups.get_mut(index)) else { continue };
            let pair = group.probes.entry(run.patch.clone()).or_default();
            let result = Some(run.result);
            if when == "before" {
                pair.before = result
            } else {
                pair.after = result
            }
            let is_news = run.result == ProbeResult::Unknown
                || (when == "after" && run.result == ProbeResult::Fails);
            if is_news {
                pair.why = run.why.clone().or(pair.why.take());
            }
        }
        for group in &mut self.groups {
            for target in &mut group.targets {
                for patch in &mut target.patches {
                    let Some(pair) = group.probes.get(&patch.id) else { continue };
                    patch.verdict = decide(patch.verdict, pair);
                }
            }
        }
    }

    /// Judges the whole: patches that do not hold, and differences from the matrix. `whole` says
    /// that all published versions were looked at.
    pub fn judge(&mut self, files: &SeriesFiles, whole: bool) {
        let proven = files.matrix.iter().flat_map(|matrix| &matrix.targets);
        let newest = proven.filter_map(|target| target.versions.last());
        self.last_good = newest.max_by_key(|version| Version::parse(version).ok()).cloned();
        let mut differences = unfinished(files);
        for group in &self.groups {
            let versions: Vec<String> = group.versions.iter().map(ToString::to_string).collect();
            for target in &group.targets {
                for patch in target.patches.iter().filter(|p| !p.is_good() && !p.optional) {
                    differences.push(Difference {
                        versions: versions.clone(),
                        what: patch.id.clone(),
                        expected: format!(
                            "a patch that fits {} and whose probe passes",
                            target.path
                        ),
                        found: why(patch, group.probes.get(&patch.id)),
                    });
                }
                differences.extend(refused_by_the_build(files, target, &versions));
                for (id, pair) in &group.probes {
                    let unknown = [pair.before, pair.after].contains(&Some(ProbeResult::Unknown));
                    let optional =
                        target.patches.iter().any(|patch| patch.id == *id && patch.optional);
                    if unknown && !optional && target.patches.iter().any(|patch| patch.id == *id) {
                        differences.push(Difference {
                            versions: versions.clone(),
                            what: id.clone(),
                            expected: "a probe that can judge".to_owned(),
                            found: pair.why.clone().unwrap_or_else(|| "it could not".to_owned()),
                        });
                    }
                }
            }
        }
        let empty = Matrix {
            schema: SCHEMA.to_owned(),
            package: self.package.clone(),
            targets: Vec::new(),
            missing: Vec::new(),
        };
        let recorded = files.matrix.as_ref().unwrap_or(&empty);
        differences.extend(compare(recorded, &self.matrix(files), self.probed, whole));
        self.differences = differences;
    }

    /// What was found, in the shape of `matrix.lock`. Where probes were not run, or could not
    /// judge, what the old matrix says of the same bytes and the same program is kept.
    pub fn matrix(&self, files: &SeriesFiles) -> Matrix {
        let mut targets: Vec<Target> = Vec::new();
        for group in &self.groups {
            for derived in &group.targets {
                let (Some(pristine), Some(patched)) = (&derived.pristine, &derived.patched) else {
                    continue;
                };
                let versions: Vec<String> =
                    group.versions.iter().map(ToString::to_string).collect();
                let known = files
                    .matrix
                    .as_ref()
                    .and_then(|m| m.like(&derived.path, pristine, &versions, patched));
                let patches = derived
                    .patches
                    .iter()
                    .map(|patch| {
                        let old = known.and_then(|k| k.patches.iter().find(|e| e.id == patch.id));
                        recorded(files, patch, group.probes.get(&patch.id), old)
                    })
                    .collect();
                targets.push(Target {
                    path: derived.path.clone(),
                    versions,
                    pristine: pristine.clone(),
                    patched: patched.clone(),
                    patches,
                });
            }
        }
        targets.sort_by(|a, b| a.path.cmp(&b.path));
        let missing = files.series.targets().into_iter().map(|path| Missing {
            path: path.to_owned(),
            versions: self.missing.iter().map(ToString::to_string).collect(),
        });
        Matrix {
            schema: SCHEMA.to_owned(),
            package: self.package.clone(),
            targets,
            missing: missing.collect(),
        }
    }

    /// The command to run about a difference.
    pub fn next(&self, difference: &Difference) -> String {
        let about = |group: &&Group| {
            let versions = difference.versions.iter();
            versions.eq(group.versions.iter().map(ToString::to_string).collect::<Vec<_>>().iter())
        };
        let patch = self
            .groups
            .iter()
            .filter(about)
            .flat_map(|group| &group.targets)
            .flat_map(|target| &target.patches)
            .find(|patch| patch.id == difference.what);
        let version = difference.versions.last().map_or("VERSION", String::as_str);
        let id = &difference.what;
        match patch.map(|patch| (patch.verdict, patch.file.as_deref())) {
            Some((Verdict::Malformed, Some(file))) => {
                format!("mad patch import patches/{}/{file} --base {version}", self.series)
            }
            Some((Verdict::Conflict | Verdict::Ambiguous | Verdict::DoesNotParse, Some(file))) => {
                let pin = self.last_good.as_ref().filter(|good| good.as_str() != version);
                let pin = pin.map(|good| format!("; until then pin {good}")).unwrap_or_default();
                format!("mad patch rebase --to {version}, or mad patch bisect {file}{pin}")
            }
            Some((Verdict::Conflict, None)) => format!("mad patch rebase --to {version}"),
            Some((Verdict::NoEffect, _)) => format!("mad patch show {id} --version {version}"),
            Some((Verdict::Superseded, Some(file))) => format!(
                "end the versions of {file} in series.yaml before {version}, then mad patch verify --update"
            ),
            _ if id.ends_with(".patch") => {
                format!("edit patches/{}/{id}, then mad patch refresh --check", self.series)
            }
            _ => "if this is meant: mad patch verify --update".to_owned(),
        }
    }

    /// Whether everything holds.
    pub fn is_good(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Texts that still have the skeleton's gaps.
fn unfinished(files: &SeriesFiles) -> Vec<Difference> {
    let patches = files.patches.iter().filter(|(_, patch)| entry::is_unfinished(&patch.text));
    patches
        .map(|(file, _)| Difference {
            versions: Vec::new(),
            what: file.clone(),
            expected: "a header that says why, where upstream was told and when it may go"
                .to_owned(),
            found: "a `TODO` of the skeleton".to_owned(),
        })
        .collect()
}

/// Hunks that fit, and that the `patch --fuzz=0` of the image build refuses all the same.
fn refused_by_the_build(
    files: &SeriesFiles,
    target: &Derived,
    versions: &[String],
) -> Vec<Difference> {
    let mut found = Vec::new();
    for patch in &target.patches {
        let (Some((before, _)), Some(file)) = (&patch.texts, &patch.file) else { continue };
        let Some(Ok(read)) = files.patches.get(file).map(|text| &text.patch) else { continue };
        let tree = Tree::from([(target.path.clone(), FileState::regular(before.clone()))]);
        for hunk in anchored(read, &tree) {
            found.push(Difference {
                versions: versions.to_vec(),
                what: patch.id.clone(),
                expected: format!("as much context behind hunk {hunk} of {file} as before it"),
                found: "less, which `patch --fuzz=0` takes for an end of the file".to_owned(),
            });
        }
    }
    found
}

/// What the probes make of a verdict that texts alone gave.
fn decide(verdict: Verdict, pair: &ProbePair) -> Verdict {
    use ProbeResult::{Fails, Passes};
    match (verdict, pair.before, pair.after) {
        // Nothing was needed: right, if the probe says so too.
        (Verdict::Superseded, Some(Fails), _) => Verdict::Conflict,
        (applied, Some(Passes), _) if applied.is_clean() => Verdict::Superseded,
        (applied, _, Some(Fails)) if applied.is_clean() => Verdict::NoEffect,
        (verdict, ..) => verdict,
    }
}

/// Why a patch does not hold, on one line.
fn why(patch: &super::DerivedPatch, probe: Option<&ProbePair>) -> String {
    let said = probe.and_then(|pair| pair.why.as_deref());
    let outcome = patch.outcome.as_ref();
    let detail = match patch.verdict {
        Verdict::Conflict if patch.file.is_none() => {
            Some("no variant is for this version, and its probe fails".to_owned())
        }
        Verdict::NoEffect => {
            said.map(|said| format!("applied, and the probe fails as before: {said}"))
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
        Some(detail) => format!("{}: {detail}", patch.verdict.word()),
        None => patch.verdict.word().to_owned(),
    }
}

fn recorded(
    files: &SeriesFiles,
    patch: &super::DerivedPatch,
    probe: Option<&ProbePair>,
    old: Option<&Entry>,
) -> Entry {
    let applied = patch.file.as_ref().filter(|_| patch.after.is_some());
    let program = files
        .series
        .patches
        .iter()
        .find(|other| other.id == patch.id)
        .and_then(|other| files.probes.get(&other.probe))
        .map(sha256)
        .unwrap_or_default();
    let kept = old
        .and_then(|old| old.probe.clone())
        .filter(|kept| kept.program == program && old.is_some_and(|old| old.after == patch.after));
    // A proof on record has the last word, too.
    let verdict = match (&kept, probe) {
        (Some(kept), None) => {
            let (before, after) = (Some(kept.before), Some(kept.after));
            decide(patch.verdict, &ProbePair { before, after, why: None })
        }
        _ => patch.verdict,
    };
    let (verdict, by) = Entry::words(verdict);
    let judged = match probe.map(|pair| (pair.before, pair.after)) {
        Some((Some(before), Some(after))) if ![before, after].contains(&ProbeResult::Unknown) => {
            Some(Probed { program, before, after })
        }
        _ => kept,
    };
    Entry {
        id: patch.id.clone(),
        verdict,
        by,
        file: applied.cloned(),
        patch: applied.and_then(|file| files.patches.get(file)).map(super::PatchText::sha256),
        after: patch.after.clone(),
        probe: judged,
    }
}

/// How what was found differs from what is recorded.
fn compare(recorded: &Matrix, found: &Matrix, probed: bool, whole: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    if recorded.package != found.package {
        differences.push(Difference {
            versions: Vec::new(),
            what: "matrix.lock".to_owned(),
            expected: format!("the package {}", recorded.package),
            found: format!("the package {} in series.yaml", found.package),
        });
    }
    let like = |target: &Target| {
        recorded.like(&target.path, &target.pristine, &target.versions, &target.patched)
    };
    for target in &found.targets {
        let mut differs = |what: &str, expected: String, found: String| {
            if expected != found {
                let versions = target.versions.clone();
                differences.push(Difference { versions, what: what.to_owned(), expected, found });
            }
        };
        let Some(known) = like(target) else {
            differs(
                &target.path,
                "a target that matrix.lock knows".to_owned(),
                format!("an unknown one, sha256 {}", target.pristine),
            );
            continue;
        };
        differs(
            &target.path,
            format!("after the series {}", known.patched),
            format!("after the series {}", target.patched),
        );
        for entry in &target.patches {
            let Some(old) = known.patches.iter().find(|old| old.id == entry.id) else {
                differs(&entry.id, "recorded in matrix.lock".to_owned(), "not recorded".to_owned());
                continue;
            };
            let words = |e: &Entry| format!("{} {:+}", e.verdict, e.by);
            differs(&entry.id, words(old), words(entry));
            let file = |e: &Entry| {
                format!(
                    "{} sha256 {}",
                    e.file.as_deref().unwrap_or("no file"),
                    e.patch.as_deref().unwrap_or("none")
                )
            };
            differs(&entry.id, file(old), file(entry));
            let after =
                |e: &Entry| format!("result sha256 {}", e.after.as_deref().unwrap_or("none"));
            differs(&entry.id, after(old), after(entry));
            // Without probing, the proof on record must be of these bytes and this program.
            if probed || (old.probe.is_some() && entry.probe.is_none()) {
                let said = |e: &Entry| match &e.probe {
                    Some(p) => format!(
                        "probe {:?} before, {:?} after, program {}",
                        p.before, p.after, p.program
                    )
                    .to_lowercase(),
                    None => "not probed".to_owned(),
                };
                differs(&entry.id, said(old), said(entry));
            }
        }
        for old in known.patches.iter().filter(|old| !target.patches.iter().any(|e| e.id == old.id))
        {
            differs(
                &old.id,
                "a patch of the series".to_owned(),
                "gone from series.yaml".to_owned(),
            );
        }
        let gone: Vec<&String> = known
            .versions
            .iter()
            .filter(|version| whole && !target.versions.contains(version))
            .collect();
        if !gone.is_empty() {
            differs(&target.path, format!("also in {gone:?}"), "not in these any more".to_owned());
        }
    }
    if !whole {
        differences.extend(moved(recorded, found));
        return differences;
    }
    let seen: Vec<&Target> = found.targets.iter().filter_map(like).collect();
    for known in recorded.targets.iter().filter(|known| !seen.contains(known)) {
        differences.push(Difference {
            versions: known.versions.clone(),
            what: known.path.clone(),
            expected: format!("recorded, sha256 {}", known.pristine),
            found: "in no published version, or not patched any more".to_owned(),
        });
    }
    for known in &recorded.missing {
        let still = |version: &&String| {
            found.missing.iter().any(|m| m.path == known.path && m.versions.contains(version))
        };
        let gone: Vec<String> = known.versions.iter().filter(|v| !still(v)).cloned().collect();
        if !gone.is_empty() {
            differences.push(Difference {
                versions: gone,
                what: known.path.clone(),
                expected: "recorded as without it".to_owned(),
                found: "with it, or not published any more".to_owned(),
            });
        }
    }
    differences
}

/// Versions that have, by the matrix, another target than they were found with, or none.
fn moved(recorded: &Matrix, found: &Matrix) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |path: &str, version: &str, now: Option<&str>| {
        let word = |pristine: Option<&str>| match pristine {
            Some(pristine) => format!("sha256 {pristine}"),
            None => "no such file".to_owned(),
        };
        let known = recorded.of_version(path, version).map(|target| target.pristine.as_str());
        let is_missing = |m: &Missing| m.path == path && m.versions.iter().any(|v| v == version);
        let is_known = known.is_some() || recorded.missing.iter().any(is_missing);
        if is_known && known != now {
            differences.push(Difference {
                versions: vec![version.to_owned()],
                what: path.to_owned(),
                expected: word(known),
                found: word(now),
            });
        }
    };
    for target in &found.targets {
        // An unknown target was told of already.
        if recorded.target(&target.path, &target.pristine).is_some() {
            for version in &target.versions {
                differs(&target.path, version, Some(&target.pristine));
            }
        }
    }
    for missing in &found.missing {
        for version in &missing.versions {
            differs(&missing.path, version, None);
        }
    }
    differences
}

#[cfg(test)]
mod tests;
