//! The series on one version of a package: what each patch makes of its target, and why.
//!
//! The order of attempts is fixed: at the stated place, at another place if it is the only one, by
//! three-way merge from a version that the patch is known to fit, else not at all. Never by fuzz.

use std::collections::BTreeMap;

use bytes::Bytes;
use hash::sha256;
use npm::Version;
use patch_engine::{FileState, Language, Merge, Outcome, Region, Tree, Verdict, apply, merge};
use serde::Serialize;

use super::{SeriesError, SeriesFiles, Upstream};

/// A version that a patch is known to fit: the target before that patch and after it.
#[derive(Debug, Clone)]
pub struct Base {
    /// The version.
    pub version: Version,
    /// Before the patch.
    pub before: Bytes,
    /// After it.
    pub after: Bytes,
}

/// What the series makes of one target.
#[derive(Debug, Clone, Serialize)]
pub struct Derived {
    /// The target's path in the package.
    pub path: String,
    /// SHA-256 of the target as it comes; `None` where the version does not have it.
    pub pristine: Option<String>,
    /// SHA-256 after the last patch; `None` where a patch that is not optional does not fit.
    pub patched: Option<String>,
    /// By patch, in order.
    pub patches: Vec<DerivedPatch>,
    /// The text after the last patch that fits.
    #[serde(skip)]
    pub bytes: Option<Bytes>,
}

/// What one patch makes of a target.
#[derive(Debug, Clone, Serialize)]
pub struct DerivedPatch {
    /// Of the series.
    pub id: String,
    /// The variant for this version; `None` where the series has none, because none is needed.
    pub file: Option<String>,
    /// What came of it.
    pub verdict: Verdict,
    /// What was seen on the way.
    pub outcome: Option<Outcome>,
    /// The version that a merge started from, and where it failed.
    pub merge: Option<MergeTried>,
    /// SHA-256 of the target after this patch, where it changed it.
    pub after: Option<String>,
    /// Whether the series does without it where it does not fit.
    pub optional: bool,
    #[serde(skip)]
    pub(super) texts: Option<(Bytes, Bytes)>,
}

/// A three-way merge that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct MergeTried {
    /// The version that the patch is known to fit.
    pub base: String,
    /// Lines that both changed; empty where it merged.
    pub conflicts: Vec<Region>,
}

impl DerivedPatch {
    /// Whether the version is right without more work: applied as the build applies it, or not
    /// needed. A merge is a proposal: the build has no text for it.
    pub fn is_good(&self) -> bool {
        match self.verdict {
            Verdict::Exact | Verdict::Offset { .. } | Verdict::AlreadyApplied => true,
            Verdict::Superseded | Verdict::NotNeeded => true,
            // Neither a file nor a text for it: the series is not about this version's file.
            Verdict::TargetMissing => self.file.is_none(),
            _ => false,
        }
    }

    /// Whether the series does without it here: optional patches may not fit. One that does the
    /// wrong thing, or nothing, is no better for being optional.
    pub fn may_be_missing(&self) -> bool {
        let does_not_fit = matches!(
            self.verdict,
            Verdict::Conflict
                | Verdict::Ambiguous
                | Verdict::Merged
                | Verdict::DoesNotParse
                | Verdict::TargetMissing
        );
        self.optional && does_not_fit
    }

    /// Whether it changes the target as the build would.
    pub fn is_applied(&self) -> bool {
        self.after.is_some() && self.is_good()
    }
}

impl Derived {
    /// Whether every patch that must fit does.
    pub fn is_good(&self) -> bool {
        self.patches.iter().all(|patch| patch.is_good() || patch.may_be_missing())
    }
}

/// Applies the series to each of its targets in one version. `base` finds a version that a patch
/// fits, for the merge.
pub fn derive(
    files: &SeriesFiles,
    upstream: &Upstream,
    base: &dyn Fn(&str) -> Option<Base>,
) -> Result<Vec<Derived>, SeriesError> {
    Derivation::new(files, upstream, base).with(&|_| true, Check::EveryPatch)
}

/// What is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The target after every patch.
    EveryPatch,
    /// The target after the last one: which patch broke it does not matter.
    Result,
}

/// One version, of which the series is derived as a whole and in part.
pub(super) struct Derivation<'a> {
    files: &'a SeriesFiles,
    upstream: &'a Upstream,
    base: &'a dyn Fn(&str) -> Option<Base>,
    /// By target: what the pristine file is.
    languages: BTreeMap<&'a str, Option<Language>>,
}

impl<'a> Derivation<'a> {
    pub fn new(
        files: &'a SeriesFiles,
        upstream: &'a Upstream,
        base: &'a dyn Fn(&str) -> Option<Base>,
    ) -> Self {
        let language = |path: &'a str| {
            let bytes = upstream.file(path);
            let package = upstream.package_type(path);
            (path, bytes.and_then(|bytes| Language::of(path, bytes, package)))
        };
        let languages = files.series.targets().into_iter().map(language).collect();
        Self { files, upstream, base, languages }
    }

    /// Applies those patches of the series that `wanted` names.
    ///
    /// # Errors
    ///
    /// A version for which two variants are meant.
    pub fn with(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        check: Check,
    ) -> Result<Vec<Derived>, SeriesError> {
        let targets = self.files.series.targets().into_iter();
        targets.map(|path| self.target(path, wanted, check)).collect()
    }

    fn target(
        &self,
        path: &str,
        wanted: &dyn Fn(&str) -> bool,
        check: Check,
    ) -> Result<Derived, SeriesError> {
        let pristine = self.upstream.file(path).cloned();
        let mut derived = Derived {
            path: path.to_owned(),
            pristine: pristine.as_ref().map(sha256),
            patched: None,
            patches: Vec::new(),
            bytes: pristine.clone(),
        };
        let patches = self.files.series.patches.iter();
        for patch in patches.filter(|patch| patch.target == path && wanted(&patch.id)) {
            let variant = patch.variant(&self.upstream.version)?;
            let mut entry = DerivedPatch {
                id: patch.id.clone(),
                file: variant.map(|variant| variant.file.clone()),
                verdict: Verdict::TargetMissing,
                outcome: None,
                merge: None,
                after: None,
                optional: patch.optional,
                texts: None,
            };
            if let Some(current) = derived.bytes.clone() {
                match variant {
                    None => entry.verdict = Verdict::Superseded,
                    Some(variant) => {
                        let after = self.one(&variant.file, path, &current, &mut entry, check);
                        // What is only proposed is not built on where it can be done without.
                        let proposed = patch.optional && entry.verdict == Verdict::Merged;
                        let after = after.filter(|_| !proposed);
                        if let Some(after) = after.filter(|after| *after != current) {
                            entry.after = Some(sha256(&after));
                            entry.texts = Some((current, after.clone()));
                            derived.bytes = Some(after);
                        }
                    }
                }
            }
            derived.patches.push(entry);
        }
        if check == Check::Result
            && let (Some(language), Some(bytes)) = (self.language(path), &derived.bytes)
            && language.check(path, bytes).is_err()
            && let Some(last) = derived.patches.iter_mut().rfind(|patch| patch.after.is_some())
        {
            last.verdict = Verdict::DoesNotParse;
        }
        if derived.is_good() {
            derived.patched = derived.bytes.as_ref().map(sha256);
        }
        Ok(derived)
    }

    fn language(&self, path: &str) -> Option<Language> {
        self.languages.get(path).copied().flatten()
    }

    /// The target after one patch, and the verdict in `entry`.
    fn one(
        &self,
        file: &str,
        path: &str,
        current: &Bytes,
        entry: &mut DerivedPatch,
        check: Check,
    ) -> Option<Bytes> {
        let language = self.language(path).filter(|_| check == Check::EveryPatch);
        let tree = Tree::from([(path.to_owned(), FileState::regular(current.clone()))]);
        let outcome = match &self.files.patches.get(file)?.patch {
            Ok(patch) => apply(patch, &tree).parses_as(language),
            Err(faults) => Outcome::malformed(faults.clone()),
        };
        entry.verdict = outcome.verdict;
        let after = outcome.tree.as_ref().and_then(|tree| Some(tree.get(path)?.bytes.clone()));
        entry.outcome = Some(outcome);
        if entry.verdict != Verdict::Conflict {
            return after;
        }
        let base = (self.base)(&entry.id).filter(|base| base.version != self.upstream.version)?;
        let mut tried = MergeTried { base: base.version.to_string(), conflicts: Vec::new() };
        let package = self.upstream.package_type(path);
        let merged = merge(path, &base.before, &base.after, current, package);
        let after = match merged {
            Merge::Merged { bytes } => {
                entry.verdict = Verdict::Merged;
                Some(Bytes::from(bytes))
            }
            // The probe has the last word on whether upstream really mended the fault.
            Merge::TakenUpstream => {
                entry.verdict = Verdict::Superseded;
                None
            }
            Merge::Conflict { regions } => {
                tried.conflicts = regions;
                None
            }
            Merge::DoesNotParse { .. } => {
                entry.verdict = Verdict::DoesNotParse;
                None
            }
        };
        entry.merge = Some(tried);
        after
    }
}
