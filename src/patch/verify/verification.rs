//! The whole: what is asked next, what was said, and the judgement.

use npm::Version;
use patch_engine::Verdict;
use serde::Serialize;

use super::super::probe::{ProbeRun, ProbedPackage};
use super::super::{Matrix, ProbeResult, SeriesError, SeriesFiles};
use super::compare::compare;
use super::differences::{Difference, DifferenceKind, of_group, unfinished};
use super::group::{Group, as_strings};

/// The whole verification.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// `mad.verification/2`.
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
    /// Probes that said one thing and then another of the same files.
    #[serde(skip)]
    unsteady: Vec<Difference>,
}

/// What was meant to be verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// All published versions were looked at.
    pub whole: bool,
    /// One version was asked for by name: that it has no target is an answer that nobody may miss.
    pub asked: bool,
    /// Versions that a profile of the project would build.
    pub built: Vec<Version>,
}

impl Scope {
    /// All published versions.
    pub fn whole() -> Self {
        Self { whole: true, ..Self::default() }
    }
}

impl Group {
    /// Its versions as texts.
    pub fn names(&self) -> Vec<String> {
        self.versions.iter().map(ToString::to_string).collect()
    }

    /// By patch, the variant that the series names for these versions.
    pub(super) fn variants(&self, files: &SeriesFiles) -> Vec<(String, Option<String>)> {
        let variant = |patch: &super::super::Patch| {
            // A tie was told of when the versions were grouped.
            let variant = patch.variant(self.versions.first()?).ok().flatten();
            variant.map(|variant| variant.file.clone())
        };
        files.series.patches.iter().map(|patch| (patch.id.clone(), variant(patch))).collect()
    }
}

/// Patches of which neither a probe was run nor a run is on record of the same files and texts.
fn not_probed(found: &Matrix) -> Vec<Difference> {
    let mut differences = Vec::new();
    for group in &found.groups {
        for entry in group.patches.iter().filter(|entry| entry.probe.is_none()) {
            let left_out = ["superseded", "not-needed", "already-applied"];
            if entry.is_applied() || left_out.contains(&entry.verdict.as_str()) {
                differences.push(Difference {
                    kind: DifferenceKind::Probe,
                    versions: group.versions.clone(),
                    what: entry.id.clone(),
                    expected: "a run of its probe, now or on record of the same files".to_owned(),
                    found: "not probed".to_owned(),
                });
            }
        }
    }
    differences
}

impl Verification {
    pub(super) fn of(files: &SeriesFiles, groups: Vec<Group>, missing: Vec<Version>) -> Self {
        Self {
            schema: "mad.verification/2",
            package: files.series.package.clone(),
            series: files.name.clone(),
            groups,
            missing,
            differences: Vec::new(),
            probed: false,
            last_good: None,
            unsteady: Vec::new(),
        }
    }

    /// The packages to probe next; none when every patch is decided on.
    ///
    /// # Errors
    ///
    /// A version for which two variants are meant.
    pub fn subjects(&mut self, files: &SeriesFiles) -> Result<Vec<ProbedPackage>, SeriesError> {
        self.probed = true;
        let mut subjects = Vec::new();
        for (index, group) in self.groups.iter_mut().enumerate() {
            if !group.settle(files)? {
                subjects.extend(group.answers.take_questions(&index.to_string()));
            }
        }
        if subjects.is_empty() {
            self.conclude(files);
        }
        Ok(subjects)
    }

    /// Takes in what the probes said.
    pub fn take_probes(&mut self, runs: &[ProbeRun]) {
        for run in runs {
            if let Some((group, hash)) = self.asked_about(run) {
                self.groups[group].answers.take(&hash, run);
            }
        }
    }

    /// For each patch the newest version on which it was seen to have its effect, once more: without
    /// it and then with it, in every second round the other way round. A probe that says something
    /// else now judges by something else than files.
    pub fn repeats(&self, round: usize) -> Vec<ProbedPackage> {
        let mut subjects = Vec::new();
        let mut told: Vec<&String> = Vec::new();
        for (index, group) in self.groups.iter().enumerate().rev() {
            for (id, held) in &group.held {
                if told.contains(&id) {
                    continue;
                }
                told.push(id);
                let mut hashes = [&held.before, &held.after];
                if round % 2 == 1 {
                    hashes.reverse();
                }
                for hash in hashes {
                    subjects.extend(group.answers.once_more(&index.to_string(), hash, id));
                }
            }
        }
        subjects
    }

    /// Compares what the probes said once more with what they said before.
    pub fn take_repeats(&mut self, runs: &[ProbeRun]) {
        let word = |result: ProbeResult| format!("{result:?}").to_lowercase();
        for run in runs {
            let Some((index, hash)) = self.asked_about(run) else { continue };
            let group = &mut self.groups[index];
            let Some(first) = group.answers.known(&hash, &run.patch).map(|said| said.result) else {
                continue;
            };
            if first == run.result {
                continue;
            }
            let found = format!(
                "it {} first and {} then: it judges by something else than the package",
                word(first),
                word(run.result)
            );
            let pair = group.probes.entry(run.patch.clone()).or_default();
            pair.after = Some(ProbeResult::Unknown);
            pair.why = Some(found.clone());
            let difference = Difference {
                kind: DifferenceKind::Probe,
                versions: group.names(),
                what: run.patch.clone(),
                expected: "a probe that gives the same result for the same files".to_owned(),
                found,
            };
            if !self.unsteady.iter().any(|known| known.what == difference.what) {
                self.unsteady.push(difference);
            }
        }
    }

    fn asked_about(&self, run: &ProbeRun) -> Option<(usize, String)> {
        let (index, hash) = run.subject.split_once(':')?;
        let index: usize = index.parse().ok()?;
        (index < self.groups.len()).then(|| (index, hash.to_owned()))
    }

    /// Judges the whole: patches that do not hold, and differences from the matrix.
    pub fn judge(&mut self, files: &SeriesFiles, scope: &Scope) {
        let proven = files.matrix.iter().flat_map(|matrix| &matrix.groups);
        let newest = proven.filter_map(|group| group.versions.last());
        self.last_good = newest.max_by_key(|version| Version::parse(version).ok()).cloned();
        let mut differences = unfinished(files);
        differences.extend(self.without_target(files, scope));
        for group in &self.groups {
            let of_group = of_group(files, group).into_iter();
            let known = |d: &Difference| self.unsteady.iter().any(|u| u.what == d.what);
            differences.extend(of_group.filter(|difference| !known(difference)));
        }
        differences.extend(self.unsteady.clone());
        let empty = Matrix::empty(&self.package);
        let recorded = files.matrix.as_ref().unwrap_or(&empty);
        let found = self.matrix(files);
        if !self.probed {
            differences.extend(not_probed(&found));
        }
        differences.extend(compare(files, recorded, &found, self.probed, scope.whole));
        self.differences = differences;
    }

    /// Versions that have nothing to patch, where that must not pass in silence.
    fn without_target(&self, files: &SeriesFiles, scope: &Scope) -> Vec<Difference> {
        let mut differences = Vec::new();
        let targets = files.series.targets();
        let named = targets.iter().copied().collect::<Vec<_>>().join("`, `");
        if files.series.patches.is_empty() {
            differences.push(Difference {
                kind: DifferenceKind::Series,
                versions: Vec::new(),
                what: "series.yaml".to_owned(),
                expected: "patches".to_owned(),
                found: "none: there is nothing to verify".to_owned(),
            });
        }
        for path in &targets {
            let here = self.groups.iter().flat_map(|group| &group.targets);
            let here = here.into_iter().any(|t| t.path == *path && t.pristine.is_some());
            let on_record = files.matrix.as_ref().is_some_and(|matrix| matrix.has_target(path));
            if !here && (scope.whole || !on_record) {
                let versions = self.groups.iter().flat_map(Group::names);
                let missing = self.missing.iter().map(ToString::to_string);
                differences.push(Difference {
                    kind: DifferenceKind::Target,
                    versions: versions.chain(missing).collect(),
                    what: (*path).to_owned(),
                    expected: "a file that some version of the package has".to_owned(),
                    found: "no such file in any of these".to_owned(),
                });
            }
        }
        let expected = |version: &Version| {
            let version = version.to_string();
            files.matrix.as_ref().is_some_and(|matrix| matrix.missing.contains(&version))
        };
        let mut tell = |versions: Vec<String>, expected: &str| {
            if !versions.is_empty() {
                differences.push(Difference {
                    kind: DifferenceKind::Target,
                    versions,
                    what: named.clone(),
                    expected: expected.to_owned(),
                    found: "no such file".to_owned(),
                });
            }
        };
        let names =
            |versions: Vec<&Version>| versions.into_iter().map(Version::to_string).collect();
        let built = |version: &Version| scope.built.contains(version);
        let of_built = self.missing.iter().filter(|version| built(version)).collect();
        tell(names(of_built), "the target, in a version that a profile builds");
        if files.series.patches.is_empty() {
            return differences;
        }
        let others = self.missing.iter().filter(|version| !built(version));
        if scope.asked {
            tell(names(others.collect()), "the target, in a version that was asked for");
        } else {
            let new = others.filter(|version| !expected(version)).collect();
            tell(names(new), "the target, or a record in matrix.lock that the version has none");
        }
        differences
    }

    /// The command to run about a difference.
    pub fn next(&self, difference: &Difference) -> String {
        let about = |group: &&Group| difference.versions == group.names();
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
            Some((
                Verdict::Conflict | Verdict::Merged | Verdict::Ambiguous | Verdict::DoesNotParse,
                Some(file),
            )) => {
                let pin = self.last_good.as_ref().filter(|good| good.as_str() != version);
                let pin = pin.map(|good| format!("; until then pin {good}")).unwrap_or_default();
                format!("mad patch rebase --to {version}, or mad patch bisect {file}{pin}")
            }
            Some((Verdict::Conflict, None)) => format!("mad patch rebase --to {version}"),
            Some((Verdict::NoEffect | Verdict::Breaks, _)) => {
                format!("mad patch show {id} --version {version}")
            }
            Some((Verdict::Vacuous, _)) => {
                "make the probe test what the patch fixes, then mad patch verify".to_owned()
            }
            Some((Verdict::TargetMissing, Some(file))) => {
                format!("end the versions of {file} in series.yaml before {version}")
            }
            _ if id.ends_with(".patch") => {
                format!("edit patches/{}/{id}, then mad patch refresh --check", self.series)
            }
            _ if difference.found.starts_with("no such file")
                && !difference.expected.contains("matrix.lock") =>
            {
                format!(
                    "set `target` in patches/{}/series.yaml, or pin a version that has it",
                    self.series
                )
            }
            _ => "if this is meant: mad patch verify --update".to_owned(),
        }
    }

    /// Whether everything holds.
    pub fn is_good(&self) -> bool {
        self.differences.is_empty()
    }
}
