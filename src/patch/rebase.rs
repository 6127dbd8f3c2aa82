//! A series carried from a version that it fits to another: a proposal, never silent.
//!
//! Each patch in its order: as it is, at another place if there is one only, or by three-way merge
//! from the version that it fits. Where that fails a person is needed, and the patches behind it
//! are tried without it.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use thiserror::Error;

use super::around::{changes, windows};
use super::derive::{Check, Derivation};
use super::{Derived, Patch, SeriesError, SeriesFiles, Upstream, entry, explain};
use hash::sha256;
use patch_engine::{
    FileState, LineKind, Merge, Outcome, ParseFault, PatchFile, Region, Tree, Verdict, apply,
    diff_file, lint, merge, normalise,
};

/// What came of carrying a series.
#[derive(Debug, Clone, Serialize)]
pub struct Rebase {
    /// npm package.
    pub package: String,
    /// The version that the series fits.
    pub from: String,
    /// The version that it is carried to.
    pub to: String,
    /// In the order of the series.
    pub patches: Vec<RebasedPatch>,
    /// By path.
    pub targets: BTreeMap<String, RebasedTarget>,
}

/// A target of the new version.
#[derive(Debug, Clone, Serialize)]
pub struct RebasedTarget {
    /// SHA-256 as it comes; none where the version does not have it.
    pub pristine: Option<String>,
    /// SHA-256 after the patches that could be carried.
    pub patched: Option<String>,
    /// SHA-256 after the series as it is today, where it fits the new version already.
    pub today: Option<String>,
}

/// What came of one patch.
#[derive(Debug, Clone, Serialize)]
pub struct RebasedPatch {
    /// Of the series.
    pub id: String,
    /// The file that it changes.
    pub target: String,
    /// The variant for the version that it fits.
    pub old: Option<String>,
    /// The variant that `series.yaml` names for the new version today.
    pub named: Option<String>,
    /// How it is carried.
    pub how: RebaseOutcome,
    /// The old variant on the new version.
    pub outcome: Option<Outcome>,
    /// The new variant, where the old one does not fit.
    pub new: Option<NewVariant>,
    /// What upstream changed around its hunks: a unified diff without context.
    pub upstream: String,
}

/// A variant that is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewVariant {
    /// Its file's name.
    pub file: String,
    /// Its text.
    #[serde(skip)]
    pub text: String,
    /// From the old variant's text to this one's.
    #[serde(skip)]
    pub difference: String,
}

/// How a patch is carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum RebaseOutcome {
    /// As it is.
    Exact,
    /// As it is, at another place.
    Offset {
        /// Lines; negative is up.
        by: i64,
    },
    /// By three-way merge.
    Merged,
    /// Upstream has the whole change: the patch's own probe has the last word.
    Superseded,
    /// The version that the series fits did not need it.
    NotNeeded,
    /// It is optional, and does not fit the version to start from either.
    LeftOut,
    /// Upstream and the patch changed the same lines.
    Conflict {
        /// Those.
        regions: Vec<Region>,
        /// What may help a person; no more than that.
        clue: Option<ConflictHint>,
    },
    /// The result is no program any more.
    DoesNotParse {
        /// Where.
        fault: Option<ParseFault>,
    },
    /// The new version does not have the file.
    TargetMissing,
}

/// What the texts say about a conflict. Lines prove nothing about the place that they are meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictHint {
    /// Each line that the patch puts in or takes out is so somewhere in the file.
    LinesElsewhere,
    /// A merge of both changes is upstream's text, among other lines than the patch names.
    OtherContext,
}

impl RebaseOutcome {
    /// Whether a person must do something.
    pub fn needs_a_person(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::DoesNotParse { .. } | Self::TargetMissing)
    }

    /// In a word.
    pub fn word(&self) -> String {
        match self {
            Self::Exact => "exact".to_owned(),
            Self::Offset { by } => format!("offset {by:+}"),
            Self::Merged => "merged".to_owned(),
            Self::Superseded => "superseded".to_owned(),
            Self::NotNeeded => "not needed".to_owned(),
            Self::LeftOut => "left out".to_owned(),
            Self::Conflict { .. } => "conflict".to_owned(),
            Self::DoesNotParse { .. } => "does not parse".to_owned(),
            Self::TargetMissing => "target missing".to_owned(),
        }
    }
}

impl Rebase {
    /// Patches that a person must carry.
    pub fn open(&self) -> impl Iterator<Item = &RebasedPatch> {
        self.patches.iter().filter(|patch| patch.how.needs_a_person())
    }
}

/// A series that cannot be carried at all.
#[derive(Debug, Error)]
pub enum RebaseError {
    /// The version to start from is not one that the series fits.
    #[error("the series does not apply to {version}, the version to rebase from: {}", .patches.join(", "))]
    DoesNotFit {
        /// The version.
        version: String,
        /// Patches that do not fit, with their verdicts.
        patches: Vec<String>,
    },
    /// Two variants are meant for a version.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// Whether the series fits a version: it has the targets, and every patch fits or is not needed.
///
/// # Errors
///
/// A version for which two variants are meant.
pub fn fits(files: &SeriesFiles, upstream: &Upstream) -> Result<bool, SeriesError> {
    let derived = as_built(files, upstream)?;
    Ok(derived.iter().all(|target| target.pristine.is_some() && target.is_good()))
}

/// The series without what a build of this version leaves out.
fn as_built(files: &SeriesFiles, upstream: &Upstream) -> Result<Vec<Derived>, SeriesError> {
    let wanted = |id: &str| !files.leaves_out(&upstream.version, id);
    Derivation::new(files, upstream, &|_| None).with(&wanted, Check::EveryPatch)
}

/// Carries the series from one version to another. Both need the files of the targets.
///
/// # Errors
///
/// A version to start from that the series does not fit.
pub fn rebase(files: &SeriesFiles, from: &Upstream, to: &Upstream) -> Result<Rebase, RebaseError> {
    let old = as_built(files, from)?;
    if !old.iter().all(|target| target.pristine.is_some() && target.is_good()) {
        return Err(RebaseError::DoesNotFit {
            version: from.version.to_string(),
            patches: unfit(&old),
        });
    }
    let today = as_built(files, to)?;
    let mut current: BTreeMap<String, Bytes> = BTreeMap::new();
    for path in files.series.targets() {
        current.extend(to.files.get(path).cloned().flatten().map(|b| (path.to_owned(), b)));
    }
    let pristine = current.clone();
    let mut patches = Vec::new();
    for patch in &files.series.patches {
        let derived = old.iter().flat_map(|derived| &derived.patches).find(|d| d.id == patch.id);
        let texts = derived.and_then(|derived| derived.texts.clone());
        let left_out = derived.is_some_and(|derived| !derived.is_good());
        let step = RebaseStep { files, patch, from, to, texts, left_out };
        let (carried, after) = step.carry(current.get(&patch.target))?;
        if let Some(after) = after {
            current.insert(patch.target.clone(), after);
        }
        patches.push(carried);
    }
    let target = |path: &str| RebasedTarget {
        pristine: pristine.get(path).map(sha256),
        patched: current.get(path).map(sha256),
        today: today.iter().find(|d| d.path == path).and_then(|d| d.patched.clone()),
    };
    let targets = files.series.targets().into_iter();
    Ok(Rebase {
        package: files.series.package.clone(),
        from: from.version.to_string(),
        to: to.version.to_string(),
        patches,
        targets: targets.map(|path| (path.to_owned(), target(path))).collect(),
    })
}

fn unfit(derived: &[Derived]) -> Vec<String> {
    let gone = derived.iter().filter(|derived| derived.pristine.is_none());
    let gone = gone.map(|derived| format!("no `{}`", derived.path));
    let patches = derived.iter().filter(|d| d.pristine.is_some()).flat_map(|d| &d.patches);
    let bad = patches.filter(|patch| !patch.is_good() && !patch.optional);
    gone.chain(bad.map(|patch| format!("`{}` {}", patch.id, explain::word(patch.verdict))))
        .collect()
}

/// One patch to carry.
struct RebaseStep<'a> {
    files: &'a SeriesFiles,
    patch: &'a Patch,
    from: &'a Upstream,
    to: &'a Upstream,
    /// The target before and after it, in the version that it fits.
    texts: Option<(Bytes, Bytes)>,
    /// Whether it does not fit that version, and need not.
    left_out: bool,
}

impl RebaseStep<'_> {
    /// What comes of it on the new version's target, and the target after it where it is carried.
    fn carry(&self, current: Option<&Bytes>) -> Result<(RebasedPatch, Option<Bytes>), SeriesError> {
        let path = &self.patch.target;
        let file = |upstream: &Upstream| -> Result<Option<String>, SeriesError> {
            Ok(self.patch.variant(&upstream.version)?.map(|variant| variant.file.clone()))
        };
        let mut carried = RebasedPatch {
            id: self.patch.id.clone(),
            target: path.clone(),
            old: file(self.from)?,
            named: file(self.to)?,
            how: RebaseOutcome::NotNeeded,
            outcome: None,
            new: None,
            upstream: String::new(),
        };
        let Some(current) = current else {
            carried.how = RebaseOutcome::TargetMissing;
            return Ok((carried, None));
        };
        let old = carried.old.as_ref().and_then(|file| self.files.patches.get(file));
        if self.left_out {
            carried.how = RebaseOutcome::LeftOut;
            return Ok((carried, None));
        }
        // A patch without text or effect there: its version did not need it.
        let (Some(old), Some((before, after))) = (old, &self.texts) else {
            return Ok((carried, None));
        };
        let Ok(patch) = &old.patch else { return Ok((carried, None)) };
        carried.upstream = self.upstream(patch, before, current);
        let tree = Tree::from([(path.clone(), FileState::regular(current.clone()))]);
        let outcome = apply(patch, &tree).parse_checked(&tree, |path| self.to.package_type(path));
        let result = outcome.tree.as_ref().and_then(|tree| Some(tree.get(path)?.bytes.clone()));
        let parse = outcome.files.iter().find_map(|file| file.parse.clone());
        let verdict = outcome.verdict;
        carried.outcome = Some(outcome);
        let (how, result) = match verdict {
            Verdict::Exact => (RebaseOutcome::Exact, result),
            Verdict::Offset { by } => (RebaseOutcome::Offset { by }, result),
            Verdict::AlreadyApplied => (RebaseOutcome::Superseded, None),
            Verdict::DoesNotParse => (RebaseOutcome::DoesNotParse { fault: parse }, None),
            _ => self.merged(before, after, current),
        };
        let how = match how {
            RebaseOutcome::Conflict { regions, clue: None }
                if is_upstream(patch, before, current) =>
            {
                RebaseOutcome::Conflict { regions, clue: Some(ConflictHint::LinesElsewhere) }
            }
            how => how,
        };
        if how == RebaseOutcome::Merged
            && let Some(result) = &result
        {
            carried.new = self.variant(patch, &old.text, current, result);
            if carried.new.is_none() {
                // It merged, and no patch gives that text: nothing to propose.
                carried.how = RebaseOutcome::Conflict { regions: Vec::new(), clue: None };
                return Ok((carried, None));
            }
        }
        carried.how = how;
        Ok((carried, result))
    }

    fn merged(
        &self,
        before: &[u8],
        after: &[u8],
        current: &[u8],
    ) -> (RebaseOutcome, Option<Bytes>) {
        let package = self.to.package_type(&self.patch.target);
        match merge(&self.patch.target, before, after, current, package) {
            Merge::Merged { bytes } => (RebaseOutcome::Merged, Some(bytes.into())),
            Merge::TakenUpstream => {
                let clue = Some(ConflictHint::OtherContext);
                (RebaseOutcome::Conflict { regions: Vec::new(), clue }, None)
            }
            Merge::Conflict { regions } => (RebaseOutcome::Conflict { regions, clue: None }, None),
            Merge::DoesNotParse { fault } => {
                (RebaseOutcome::DoesNotParse { fault: Some(fault) }, None)
            }
        }
    }

    /// The new text, if reading and applying it gives the merged target exactly.
    fn variant(
        &self,
        old: &PatchFile,
        old_text: &str,
        current: &Bytes,
        merged: &Bytes,
    ) -> Option<NewVariant> {
        let path = &self.patch.target;
        let states = [current, merged].map(|bytes| FileState::regular(bytes.clone()));
        let file = diff_file(path, Some(&states[0]), Some(&states[1])).ok()??;
        let text = normalise(&PatchFile { prose: old.prose.clone(), files: vec![file] });
        let tree = Tree::from([(path.clone(), states[0].clone())]);
        let outcome = apply(&lint(text.as_bytes()).ok()?, &tree);
        let is_proven = outcome.verdict == Verdict::Exact
            && outcome.tree.as_ref().and_then(|tree| tree.get(path)) == Some(&states[1]);
        let label = self.to.version.to_string();
        let file = entry::variant_file(&self.files.series, &self.patch.id, &label);
        let old_file = self.patch.variant(&self.from.version).ok()??.file.clone();
        let difference = explain::difference(&old_file, &file, old_text, &text);
        is_proven.then_some(NewVariant { file, text, difference })
    }

    /// Upstream's changes around the hunks: in the targets as they come where the patch fits that
    /// one alone, else as the patches ahead leave them.
    fn upstream(&self, patch: &PatchFile, before: &Bytes, current: &Bytes) -> String {
        let path = &self.patch.target;
        let pristine =
            [self.from, self.to].map(|upstream| upstream.files.get(path).cloned().flatten());
        let mut texts = [before.clone(), current.clone()];
        let fit = |text: &Bytes| {
            let tree = Tree::from([(path.clone(), FileState::regular(text.clone()))]);
            apply(patch, &tree)
        };
        if let [Some(old), Some(new)] = pristine
            && fit(&old).tree.is_some()
        {
            texts = [old, new];
        }
        let outcome = fit(&texts[0]);
        let names = [self.from, self.to].map(|upstream| upstream.version.to_string());
        let files = patch.files.iter().zip(&outcome.files);
        let windows: Vec<_> =
            files.flat_map(|(file, outcome)| windows(file, &outcome.places, &[])).collect();
        changes(path, &texts[0], &texts[1], &windows, [&names[0], &names[1]])
    }
}

/// Whether upstream has every line of the patch, wherever: each that the patch puts in is
/// there more often than before, each that it takes out less often, by as much as the patch does.
fn is_upstream(patch: &PatchFile, before: &[u8], current: &[u8]) -> bool {
    let mut wanted: BTreeMap<&[u8], i64> = BTreeMap::new();
    for line in patch.files.iter().flat_map(|f| &f.hunks).flat_map(|hunk| &hunk.lines) {
        let by = match line.kind {
            LineKind::Context => continue,
            LineKind::Insert => 1,
            LineKind::Delete => -1,
        };
        *wanted.entry(line.text.as_bytes()).or_default() += by;
    }
    wanted.retain(|_, by| *by != 0);
    let count = |text: &[u8], line: &[u8]| -> i64 {
        text.split_inclusive(|&byte| byte == b'\n').filter(|found| *found == line).count() as i64
    };
    let done = |(line, by): (&&[u8], &i64)| {
        let change = count(current, line) - count(before, line);
        change.signum() == by.signum() && change.abs() >= by.abs()
    };
    !wanted.is_empty() && wanted.iter().all(done)
}

#[cfg(test)]
mod tests;
