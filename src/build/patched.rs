//! The patched files of a candidate against what matrix.lock proves of them, before any tag moves.
//!
//! That the steps ended well is no proof of it: a later step may have written over them.

use std::collections::BTreeMap;

use super::error::{BuildError, OtherFile};
use super::options::BuildOptions;
use crate::render::Plan;
use engine::{Builder, Image};

/// Looks at the candidate's patched files.
///
/// # Errors
///
/// Files that are not as they were proven.
pub(super) async fn check(
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    image: &Image,
    replaced: &BTreeMap<String, String>,
) -> Result<(), BuildError> {
    let is_whole = plan.is_whole(options.target.as_deref());
    // Tags that point to this image already do not move.
    let moves = options.tags.is_empty()
        || options.tags.iter().any(|tag| replaced.get(tag) != Some(&image.id));
    if plan.patched.is_empty() || !is_whole || !moves {
        return Ok(());
    }
    let paths: Vec<&str> = plan.patched.keys().map(String::as_str).collect();
    let found = engine.files_sha256(&image.id, &paths).await?;
    let others: Vec<OtherFile> = plan
        .patched
        .iter()
        .filter_map(|(path, expected)| {
            let found = found.get(path).cloned().flatten();
            let (path, expected) = (path.clone(), expected.clone());
            (found.as_ref() != Some(&expected)).then_some(OtherFile { path, expected, found })
        })
        .collect();
    if others.is_empty() { Ok(()) } else { Err(BuildError::Unpatched { files: others }) }
}
