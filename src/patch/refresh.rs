//! The patch files of a series in deterministic bytes.
//!
//! A patch is rewritten only where reading the new bytes gives a patch that does the same: the
//! same operations and modes, and for every hunk the same lines before, lines after and place.
//! What a patch does to a file depends on nothing else.

use std::collections::BTreeMap;

use super::SeriesFiles;
use patch_engine::{Fault, PatchFile, lint, normalise};

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// It has these bytes already.
    Same,
    /// Other bytes, the same patch.
    Rewritten {
        /// The new text.
        text: String,
    },
    /// It cannot be read, so nothing can be proven.
    Malformed {
        /// Why.
        faults: Vec<Fault>,
    },
    /// The new bytes are not the same patch: a fault of ours, so nothing is written.
    Unproven,
}

/// Each variant's file, by name.
pub fn refresh(files: &SeriesFiles) -> BTreeMap<String, Refreshed> {
    let one = |(name, file): (&String, &super::PatchText)| {
        let refreshed = match &file.patch {
            Ok(patch) => rewrite(&file.text, patch),
            Err(faults) => Refreshed::Malformed { faults: faults.clone() },
        };
        (name.clone(), refreshed)
    };
    files.patches.iter().map(one).collect()
}

/// One patch that was read from `text`.
pub fn rewrite(text: &str, patch: &PatchFile) -> Refreshed {
    let new = normalise(patch);
    if new == text {
        return Refreshed::Same;
    }
    match lint(new.as_bytes()) {
        Ok(read) if is_same(patch, &read) && normalise(&read) == new => {
            Refreshed::Rewritten { text: new }
        }
        _ => Refreshed::Unproven,
    }
}

/// Whether two patches do the same to every tree, and say the same to people.
fn is_same(one: &PatchFile, other: &PatchFile) -> bool {
    let files = |patch: &PatchFile| -> Vec<_> {
        let file = |file: &patch_engine::FilePatch| {
            let hunks = file.hunks.iter().map(|hunk| {
                let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect();
                let before: Vec<String> = owned(hunk.pre_image());
                let after: Vec<String> = owned(hunk.post_image());
                (hunk.old.index(), before, after)
            });
            let hunks: Vec<_> = hunks.collect();
            (file.operation.clone(), file.old_mode, file.new_mode, hunks)
        };
        patch.files.iter().map(file).collect()
    };
    one.prose.trim_end() == other.prose.trim_end() && files(one) == files(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIDY: &str = "Why.\n\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n";

    fn refreshed(text: &str) -> Refreshed {
        rewrite(text, &lint(text.as_bytes()).unwrap())
    }

    #[test]
    fn tidy_bytes_stay() {
        assert_eq!(refreshed(TIDY), Refreshed::Same);
    }

    #[test]
    fn other_bytes_of_the_same_patch_become_tidy() {
        for text in [
            TIDY.replace("--- a/f\n", "--- a/f\t2024-01-01 00:00:00\n"),
            TIDY.replace(
                "--- a/f\n",
                "diff --git a/f b/f\nindex 1234567..89abcde 100644\n--- a/f\n",
            ),
            TIDY.replace("+1,3 @@\n", "+1,3 @@ function f() {\n"),
            TIDY.replace("-b\n+B\n", "+B\n-b\n"),
            TIDY.replace("Why.\n\n", "Why.\n"),
        ] {
            let expected = Refreshed::Rewritten { text: TIDY.to_owned() };
            assert_eq!(refreshed(&text), expected, "{text}");
        }
    }
}
