//! The series on one version of a package: what each patch makes of its target, and why.
//!
//! The order of attempts is fixed: at the stated place, at another place if it is the only one, by
//! three-way merge from a version that the patch is known to fit, else not at all. Never by fuzz.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use super::{Series, SeriesError, SeriesFiles};
use hash::sha256;
use npm::Version;
use patch_engine::{FileState, Merge, Outcome, PackageType, Region, Tree, Verdict, apply, merge};

/// A version's files, as far as the series needs them.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// The version.
    pub version: Version,
    /// By path in the package; `None` for one that the version does not have.
    pub files: BTreeMap<String, Option<Bytes>>,
    /// What a `.js` file of it is.
    pub package_type: PackageType,
}

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
    /// Whether the version is right without more work: applied, or not needed.
    pub fn is_good(&self) -> bool {
        self.verdict.is_clean() || self.verdict == Verdict::Superseded
    }
}

impl Derived {
    /// Whether every patch that must fit does.
    pub fn is_good(&self) -> bool {
        self.pristine.is_some() && self.patches.iter().all(|p| p.is_good() || p.optional)
    }
}

/// Applies the series to each of its targets in one version. `base` finds a version that a patch
/// fits, for the merge.
pub fn derive(
    files: &SeriesFiles,
    upstream: &Upstream,
    base: &dyn Fn(&str) -> Option<Base>,
) -> Result<Vec<Derived>, SeriesError> {
    files.series.targets().into_iter().map(|path| target(files, upstream, path, base)).collect()
}

fn target(
    files: &SeriesFiles,
    upstream: &Upstream,
    path: &str,
    base: &dyn Fn(&str) -> Option<Base>,
) -> Result<Derived, SeriesError> {
    let series: &Series = &files.series;
    let pristine = upstream.files.get(path).cloned().flatten();
    let mut derived = Derived {
        path: path.to_owned(),
        pristine: pristine.as_ref().map(sha256),
        patched: None,
        patches: Vec::new(),
        bytes: pristine.clone(),
    };
    for patch in series.patches.iter().filter(|patch| patch.target == path) {
        let variant = patch.variant(&upstream.version)?;
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
                    let after =
                        one(files, &variant.file, path, &current, upstream, &mut entry, base);
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
    if derived.is_good() {
        derived.patched = derived.bytes.as_ref().map(sha256);
    }
    Ok(derived)
}

/// The target after one patch, and the verdict in `entry`.
fn one(
    files: &SeriesFiles,
    file: &str,
    path: &str,
    current: &Bytes,
    upstream: &Upstream,
    entry: &mut DerivedPatch,
    base: &dyn Fn(&str) -> Option<Base>,
) -> Option<Bytes> {
    let tree = Tree::from([(path.to_owned(), FileState::regular(current.clone()))]);
    let outcome = match &files.patches.get(file)?.patch {
        Ok(patch) => apply(patch, &tree).parse_checked(upstream.package_type),
        Err(faults) => Outcome::malformed(faults.clone()),
    };
    entry.verdict = outcome.verdict;
    let after = outcome.tree.as_ref().and_then(|tree| Some(tree.get(path)?.bytes.clone()));
    entry.outcome = Some(outcome);
    if entry.verdict != Verdict::Conflict {
        return after;
    }
    let base = base(&entry.id).filter(|base| base.version != upstream.version)?;
    let mut tried = MergeTried { base: base.version.to_string(), conflicts: Vec::new() };
    let merged = merge(path, &base.before, &base.after, current, upstream.package_type);
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
