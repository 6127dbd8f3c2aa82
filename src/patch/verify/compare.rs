//! How what was found differs from what is recorded.

use std::collections::BTreeMap;

use super::super::{Matrix, PatchRecord, ProvenVersions, SeriesFiles, Target};
use super::differences::{Difference, DifferenceKind};

/// What one comparison is about.
struct VersionDifferences<'a> {
    versions: &'a [String],
    found: &'a mut Vec<Difference>,
}

impl VersionDifferences<'_> {
    fn differs(&mut self, what: &str, expected: String, found: String) {
        if expected != found {
            let versions = self.versions.to_vec();
            let (kind, what) = (DifferenceKind::Record, what.to_owned());
            self.found.push(Difference { kind, versions, what, expected, found });
        }
    }
}

/// Compares a record with what was found; `whole` says that all published versions were looked at.
pub(super) fn compare(
    files: &SeriesFiles,
    recorded: &Matrix,
    found: &Matrix,
    probed: bool,
    whole: bool,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if recorded.package != found.package {
        differences.push(Difference {
            kind: DifferenceKind::Record,
            versions: Vec::new(),
            what: "matrix.lock".to_owned(),
            expected: format!("the package {}", recorded.package),
            found: format!("the package {} in series.yaml", found.package),
        });
    }
    for group in &found.groups {
        for (known, versions) in of_record(recorded, group) {
            let mut of = VersionDifferences { versions: &versions, found: &mut differences };
            match known {
                Some(known) => of_group(&mut of, known, group, probed),
                None => of.differs(
                    &name_of(files, group),
                    "a version in matrix.lock".to_owned(),
                    format!("an unknown one, its files have sha256 {}", group.inputs),
                ),
            }
        }
    }
    if whole {
        differences.extend(gone(files, recorded, found));
    }
    differences
}

/// What a group is called in a finding: its first target.
fn name_of(files: &SeriesFiles, group: &ProvenVersions) -> String {
    let first = group.targets.first().map(|target| target.path.clone());
    let named = || files.series.targets().into_iter().next().map(str::to_owned);
    first.or_else(named).unwrap_or_default()
}

/// The versions of a group by what is recorded of them.
fn of_record<'a>(
    recorded: &'a Matrix,
    group: &ProvenVersions,
) -> Vec<(Option<&'a ProvenVersions>, Vec<String>)> {
    let variants: Vec<(String, Option<String>)> =
        group.patches.iter().map(|entry| (entry.id.clone(), entry.file.clone())).collect();
    let mut parts: BTreeMap<Option<&String>, (Option<&ProvenVersions>, Vec<String>)> =
        BTreeMap::new();
    for version in &group.versions {
        let known = recorded.like(version, &group.inputs, &variants);
        let key = known.and_then(|known| known.versions.first());
        parts.entry(key).or_insert((known, Vec::new())).1.push(version.clone());
    }
    parts.into_values().collect()
}

fn of_group(
    of: &mut VersionDifferences<'_>,
    known: &ProvenVersions,
    group: &ProvenVersions,
    probed: bool,
) {
    if known.inputs != group.inputs {
        let name = group.targets.first().map_or("matrix.lock", |target| target.path.as_str());
        let files = |inputs: &str| format!("files with sha256 {inputs}");
        of.differs(name, files(&known.inputs), files(&group.inputs));
    }
    for target in &group.targets {
        let old = known.targets.iter().find(|old| old.path == target.path);
        let words = |target: Option<&Target>| match target {
            Some(target) => {
                format!("sha256 {}, {} after the series", target.pristine, target.patched)
            }
            None => "not patched".to_owned(),
        };
        of.differs(&target.path, words(old), words(Some(target)));
    }
    for old in &known.targets {
        if !group.targets.iter().any(|target| target.path == old.path) {
            let expected = format!("sha256 {}", old.pristine);
            of.differs(&old.path, expected, "no such file, or not patched any more".to_owned());
        }
    }
    for entry in &group.patches {
        let Some(old) = known.entry(&entry.id) else {
            of.differs(&entry.id, "recorded in matrix.lock".to_owned(), "not recorded".to_owned());
            continue;
        };
        of_entry(of, old, entry, probed);
    }
    for old in &known.patches {
        if !group.patches.iter().any(|entry| entry.id == old.id) {
            let found = "gone from series.yaml".to_owned();
            of.differs(&old.id, "a patch of the series".to_owned(), found);
        }
    }
}

fn of_entry(of: &mut VersionDifferences<'_>, old: &PatchRecord, entry: &PatchRecord, probed: bool) {
    let words = |e: &PatchRecord| format!("{} {:+}", e.verdict, e.by);
    of.differs(&entry.id, words(old), words(entry));
    let file = |e: &PatchRecord| {
        let (name, hash) = (e.file.as_deref(), e.patch.as_deref());
        format!("{} sha256 {}", name.unwrap_or("no file"), hash.unwrap_or("none"))
    };
    of.differs(&entry.id, file(old), file(entry));
    let after = |e: &PatchRecord| match &e.after {
        Some(after) => format!("applied, sha256 {after} after it"),
        None => "left out".to_owned(),
    };
    of.differs(&entry.id, after(old), after(entry));
    // Without probing, what is not on record of these files and this program was told of already.
    if probed {
        let said = |e: &PatchRecord| match &e.probe {
            Some(p) => {
                format!("probe {:?} before, {:?} after, program {}", p.before, p.after, p.program)
                    .to_lowercase()
            }
            None => "not probed".to_owned(),
        };
        of.differs(&entry.id, said(old), said(entry));
    }
}

/// What is recorded and not there any more.
fn gone(files: &SeriesFiles, recorded: &Matrix, found: &Matrix) -> Vec<Difference> {
    let is_there =
        |version: &&String| found.of_version(version).is_some() || found.missing.contains(version);
    let mut differences = Vec::new();
    for known in &recorded.groups {
        let lost: Vec<String> =
            known.versions.iter().filter(|version| !is_there(version)).cloned().collect();
        if !lost.is_empty() {
            differences.push(Difference {
                kind: DifferenceKind::Record,
                versions: lost,
                what: name_of(files, known),
                expected: format!("recorded, its files have sha256 {}", known.inputs),
                found: "not published any more".to_owned(),
            });
        }
    }
    let lost: Vec<String> = recorded
        .missing
        .iter()
        .filter(|version| !found.missing.contains(version))
        .cloned()
        .collect();
    if !lost.is_empty() {
        differences.push(Difference {
            kind: DifferenceKind::Record,
            versions: lost,
            what: "matrix.lock".to_owned(),
            expected: "recorded as without the target".to_owned(),
            found: "with it, or not published any more".to_owned(),
        });
    }
    differences
}
