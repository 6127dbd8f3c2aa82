//! The targets of one version as the patches of a series leave them, up to one of them.

use bytes::Bytes;

use super::{Derived, Series, SeriesError, SeriesFiles, Upstream, derive};
use patch_engine::{FileState, Tree, Verdict};

/// The files at `paths` of one version, before the patch `id`: the patches ahead of it are applied,
/// all of them where the series has no such patch or none is named.
#[derive(Debug, Clone)]
pub struct PatchedTree {
    /// Those of the paths that the version has.
    pub tree: Tree,
    /// Patches ahead that do not fit this version, with what came of them.
    pub failed: Vec<(String, Verdict)>,
}

/// Applies the patches ahead of `id`.
///
/// # Errors
///
/// A version for which two variants are meant.
pub fn stack<'a>(
    files: &SeriesFiles,
    upstream: &Upstream,
    paths: impl IntoIterator<Item = &'a str>,
    id: Option<&str>,
) -> Result<PatchedTree, SeriesError> {
    let patches = files.series.patches.iter().take_while(|patch| Some(patch.id.as_str()) != id);
    let patches = patches.filter(|patch| !files.leaves_out(&upstream.version, &patch.id));
    let series = Series { patches: patches.cloned().collect(), ..files.series.clone() };
    let ahead = SeriesFiles { series, ..files.clone() };
    let derived = derive(&ahead, upstream, &|_| None)?;
    let text = |path: &str| -> Option<Bytes> {
        match derived.iter().find(|derived| derived.path == path) {
            Some(derived) => derived.bytes.clone(),
            None => upstream.files.get(path)?.clone(),
        }
    };
    let tree = paths
        .into_iter()
        .filter_map(|path| text(path).map(|bytes| (path.to_owned(), FileState::regular(bytes))));
    Ok(PatchedTree { tree: tree.collect(), failed: failed(&derived) })
}

fn failed(derived: &[Derived]) -> Vec<(String, Verdict)> {
    let patches = derived.iter().flat_map(|derived| &derived.patches);
    patches
        .filter(|patch| !patch.is_good() && !patch.optional)
        .map(|patch| (patch.id.clone(), patch.verdict))
        .collect()
}
