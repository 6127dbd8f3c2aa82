//! Between which versions a patch stopped to fit, and the upstream lines at fault.
//!
//! Versions share targets, so each distinct target is judged once. All of them are: a binary search
//! would be quicker by milliseconds and could not tell a patch that fits, fails and fits again.

use std::collections::BTreeMap;

use serde::Serialize;

use super::around::{changes, windows};
use super::{SeriesError, SeriesFiles, Upstream, stack};
use hash::sha256;
use patch_engine::{FileState, Outcome, PatchFile, Tree, Verdict, apply};

/// What is bisected.
#[derive(Debug, Clone, Copy)]
pub enum Bisected<'a> {
    /// A patch of the series, in the variant that each version has.
    Patch(&'a str),
    /// One variant's file, for every version alike, where the series applies it.
    Variant {
        /// The patch that it is of.
        id: &'a str,
        /// The file's name.
        file: &'a str,
    },
    /// Any patch, on the package as it comes.
    Alone(&'a PatchFile),
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Bisection {
    /// Runs of versions with the same verdict, in order.
    pub spans: Vec<VersionSpan>,
    /// The oldest version that the patch fits; then what follows until the first that it does not.
    pub first_good: Option<String>,
    /// The newest of that run.
    pub last_good: Option<String>,
    /// The version after it.
    pub first_bad: Option<String>,
    /// Whether it never fits again after that.
    pub monotone: bool,
    /// Why it stopped to fit.
    pub blame: Option<Blame>,
}

/// Versions in a row of which the same is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionSpan {
    /// In order.
    pub versions: Vec<String>,
    /// What came of the patch.
    pub verdict: Verdict,
    /// Whether it fits, or is not needed.
    pub good: bool,
}

/// Why a patch does not fit any more.
#[derive(Debug, Clone, Serialize)]
pub struct Blame {
    /// The patch on the first version that it does not fit.
    pub outcome: Option<Outcome>,
    /// What upstream changed around the hunks that fail, as a unified diff without context.
    pub upstream: String,
}

/// One version judged.
struct JudgedVersion {
    verdict: Verdict,
    good: bool,
    outcome: Option<Outcome>,
    patch: Option<PatchFile>,
    before: Tree,
}

/// Judges a patch on versions, oldest first.
///
/// # Errors
///
/// A version for which two variants are meant.
pub fn bisect(
    files: &SeriesFiles,
    bisected: Bisected<'_>,
    upstreams: &[Upstream],
) -> Result<Bisection, SeriesError> {
    let mut known: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut judged: Vec<JudgedVersion> = Vec::new();
    let mut of_version = Vec::with_capacity(upstreams.len());
    for upstream in upstreams {
        let key = key(files, bisected, upstream)?;
        let index = match known.get(&key) {
            Some(index) => *index,
            None => {
                judged.push(judge(files, bisected, upstream)?);
                known.insert(key, judged.len() - 1);
                judged.len() - 1
            }
        };
        of_version.push(index);
    }
    let good = |at: &usize| judged[*at].good;
    let first_good = of_version.iter().position(good);
    let first_bad = first_good.and_then(|first| {
        let bad = of_version[first..].iter().position(|at| !good(at))?;
        Some(first + bad)
    });
    let last_good = match (first_good, first_bad) {
        (Some(_), Some(bad)) => Some(bad - 1),
        (Some(_), None) => Some(upstreams.len() - 1),
        (None, _) => None,
    };
    let name = |at: Option<usize>| at.map(|at| upstreams[at].version.to_string());
    let blame = last_good.zip(first_bad).map(|(last, bad)| {
        let names = [last, bad].map(|at| upstreams[at].version.to_string());
        let pristine = [&upstreams[last], &upstreams[bad]];
        blame(&judged[of_version[last]], &judged[of_version[bad]], pristine, &names)
    });
    let again = first_bad.is_some_and(|bad| of_version[bad..].iter().any(good));
    Ok(Bisection {
        spans: spans(upstreams, &of_version, &judged),
        first_good: name(first_good),
        last_good: name(last_good),
        first_bad: name(first_bad),
        monotone: !again,
        blame,
    })
}

/// What decides the verdict: the targets, and the variants of the patches up to this one.
fn key(
    files: &SeriesFiles,
    bisected: Bisected<'_>,
    upstream: &Upstream,
) -> Result<Vec<String>, SeriesError> {
    let bytes = upstream.files.values();
    let mut key: Vec<String> =
        bytes.map(|bytes| bytes.as_ref().map(sha256).unwrap_or_default()).collect();
    if !matches!(bisected, Bisected::Alone(_)) {
        for patch in &files.series.patches {
            key.push(patch.variant(&upstream.version)?.map(|v| v.file.clone()).unwrap_or_default());
        }
    }
    Ok(key)
}

fn judge(
    files: &SeriesFiles,
    bisected: Bisected<'_>,
    upstream: &Upstream,
) -> Result<JudgedVersion, SeriesError> {
    let mut judged = JudgedVersion {
        verdict: Verdict::Superseded,
        good: true,
        outcome: None,
        patch: None,
        before: Tree::new(),
    };
    let (id, file) = match bisected {
        Bisected::Alone(patch) => {
            judged.before = pristine(patch, upstream);
            judged.patch = Some(patch.clone());
            (None, None)
        }
        Bisected::Variant { id, file } => (Some(id), Some(file.to_owned())),
        Bisected::Patch(id) => {
            let patch = files.series.patches.iter().find(|patch| patch.id == id);
            let variant =
                patch.map(|patch| patch.variant(&upstream.version)).transpose()?.flatten();
            (Some(id), variant.map(|variant| variant.file.clone()))
        }
    };
    if let Some(id) = id {
        let target = files.series.patches.iter().find(|patch| patch.id == id);
        let target = target.map(|patch| patch.target.as_str());
        judged.before = stack(files, upstream, target, Some(id))?.tree;
        match file.and_then(|file| files.patches.get(&file)).map(|file| file.patch.clone()) {
            Some(Ok(patch)) => judged.patch = Some(patch),
            Some(Err(faults)) => {
                judged.verdict = Verdict::Malformed;
                judged.good = false;
                judged.outcome = Some(Outcome::malformed(faults));
            }
            // No variant: the version needs none. Without its file it cannot have the fault either,
            // but then there is nothing that the patch is good for.
            None if judged.before.is_empty() => {
                judged.verdict = Verdict::TargetMissing;
                judged.good = false;
            }
            None => {}
        }
    }
    if let Some(patch) = &judged.patch {
        let outcome = apply(patch, &judged.before)
            .parse_checked(&judged.before, |path| upstream.package_type(path));
        judged.verdict = outcome.verdict;
        judged.good = matches!(outcome.verdict, Verdict::Exact | Verdict::Offset { .. });
        judged.outcome = Some(outcome);
    }
    Ok(judged)
}

/// The files of a patch as the version has them.
fn pristine(patch: &PatchFile, upstream: &Upstream) -> Tree {
    let paths = patch.files.iter().flat_map(|file| file.operation.paths());
    let file = |path: &str| {
        let bytes = upstream.files.get(path)?.clone()?;
        Some((path.to_owned(), FileState::regular(bytes)))
    };
    paths.filter_map(file).collect()
}

fn spans(
    upstreams: &[Upstream],
    of_version: &[usize],
    judged: &[JudgedVersion],
) -> Vec<VersionSpan> {
    let mut spans: Vec<VersionSpan> = Vec::new();
    for (upstream, at) in upstreams.iter().zip(of_version) {
        let JudgedVersion { verdict, good, .. } = judged[*at];
        let version = upstream.version.to_string();
        match spans.last_mut().filter(|span| span.verdict == verdict) {
            Some(span) => span.versions.push(version),
            None => spans.push(VersionSpan { versions: vec![version], verdict, good }),
        }
    }
    spans
}

/// The lines that changed around the hunks that fail: of the files as they come where the patch
/// alone tells them apart, else of the files as the patches ahead leave them.
fn blame(
    good: &JudgedVersion,
    bad: &JudgedVersion,
    upstreams: [&Upstream; 2],
    names: &[String; 2],
) -> Blame {
    let mut text = String::new();
    if let Some(patch) = good.patch.as_ref().or(bad.patch.as_ref()) {
        let [old, new] = upstreams.map(|upstream| pristine(patch, upstream));
        let alone = apply(patch, &old).tree.is_some() && apply(patch, &new).tree.is_none();
        let (old, new) = if alone { (&old, &new) } else { (&good.before, &bad.before) };
        let names = [names[0].as_str(), names[1].as_str()];
        text = around(patch, old, new, names);
    }
    Blame { outcome: bad.outcome.clone(), upstream: text }
}

/// Upstream's changes near the hunks of a patch that fits `old` and not `new`: near those that
/// fail, or near all where nothing says which.
fn around(patch: &PatchFile, old: &Tree, new: &Tree, names: [&str; 2]) -> String {
    let (fits, fails) = (apply(patch, old), apply(patch, new));
    let mut text = String::new();
    for ((file, fits), fails) in patch.files.iter().zip(&fits.files).zip(&fails.files) {
        let path = file.operation.path();
        let (Some(old), Some(new)) = (old.get(path), new.get(path)) else { continue };
        let failing: Vec<usize> = fails.evidence.iter().filter_map(|e| e.hunk).collect();
        let windows = windows(file, &fits.places, &failing);
        text += &changes(path, &old.bytes, &new.bytes, &windows, names);
    }
    text
}

#[cfg(test)]
mod tests;
