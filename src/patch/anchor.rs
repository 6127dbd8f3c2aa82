//! Hunks that `patch --fuzz=0` and `git apply` look for only at an end of the file.
//!
//! Fewer lines of context behind a change than before it mean to them that the file ends there (and
//! the other way round that it begins there): GNU patch 2.7.6, `locate_hunk`. We do not read more
//! into a patch than it says; but what is applied by those tools must not depend on it.

use patch_engine::{FilePatch, LineKind, Operation, Tree, diff_file};
use patch_engine::{PatchFile, apply};

/// Numbers of the hunks (in the whole patch, from 1) that those tools refuse on this tree.
pub fn anchored(patch: &PatchFile, tree: &Tree) -> Vec<usize> {
    let outcome = apply(patch, tree);
    let mut number = 0;
    let mut found = Vec::new();
    for (file, outcome) in patch.files.iter().zip(&outcome.files) {
        let length = match (&file.operation, tree.get(file.operation.path())) {
            (Operation::Modify { .. }, Some(state)) => lines(&state.bytes),
            // What is created or deleted is given whole.
            _ => {
                number += file.hunks.len();
                continue;
            }
        };
        for (hunk, place) in file.hunks.iter().zip(&outcome.places) {
            number += 1;
            let context = |line: &&patch_engine::Line| line.kind == LineKind::Context;
            let before = hunk.lines.iter().take_while(context).count();
            let behind = hunk.lines.iter().rev().take_while(context).count();
            let end = place.line.saturating_sub(1) + hunk.pre_image().len();
            if behind < before && end < length || before < behind && place.line > 1 {
                found.push(number);
            }
        }
    }
    found
}

/// The same change with context that every tool reads the same way.
///
/// None where the patch does not fit the tree, or does more than change a text.
pub fn with_context(patch: &PatchFile, tree: &Tree) -> Option<PatchFile> {
    let after = apply(patch, tree).tree?;
    let one = |file: &FilePatch| {
        let path = file.operation.path();
        match file.operation {
            Operation::Modify { .. } => diff_file(path, tree.get(path), after.get(path)).ok()?,
            _ => Some(file.clone()),
        }
    };
    let files = patch.files.iter().map(one).collect::<Option<_>>()?;
    Some(PatchFile { prose: patch.prose.clone(), files })
}

fn lines(bytes: &[u8]) -> usize {
    bytes.split_inclusive(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use patch_engine::{FileState, lint, normalise};

    #[test]
    fn a_change_without_context_behind_it_gets_some() {
        let tree = Tree::from([("f".to_owned(), FileState::regular("a\nb\nc\nd\ne\nf\ng\n"))]);
        let patch = lint(b"--- a/f\n+++ b/f\n@@ -2,3 +2,4 @@\n b\n c\n d\n+X\n").unwrap();
        assert_eq!(anchored(&patch, &tree), [1]);
        let better = with_context(&patch, &tree).unwrap();
        assert_eq!(anchored(&better, &tree), [0usize; 0]);
        assert!(normalise(&better).ends_with("@@ -2,6 +2,7 @@\n b\n c\n d\n+X\n e\n f\n g\n"));
        // Where the file ends there is none to give.
        let patch = lint(b"--- a/f\n+++ b/f\n@@ -5,3 +5,4 @@\n e\n f\n g\n+X\n").unwrap();
        assert_eq!(anchored(&patch, &tree), [0usize; 0]);
    }
}
