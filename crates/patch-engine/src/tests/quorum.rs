//! Second opinions: every result of the engine is GNU patch's and git's as well.
//!
//! All that is known to differ is in the table, with the reason; an entry that is no longer true
//! fails as well.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::cases::{case, folders};
use super::properties::{patch, tree};
use super::random::change;
use super::tools::Tool::{self, GitApply, GnuPatch};
use crate::*;

/// What a tool does where the engine does something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KnownDifference {
    /// The engine refuses, the tool reports success.
    Accepts,
    /// The engine has a result, the tool refuses.
    Refuses,
}
use KnownDifference::{Accepts, Refuses};

const EDGE: &str = "a hunk short of context at one end is taken to say that the file ends there";
const ENDS: &str = "a hunk at line 1 or without lines after it must be at that end of the file";
const DROPS: &str = "stops at the stated count and drops the line after it";
const CHOOSES: &str = "chooses one of two places by the stated line";
const BLIND: &str = "does not look for the result";

const KNOWN: &[(&str, Tool, KnownDifference, &str)] = &[
    ("applied-elsewhere-offset", GnuPatch, Accepts, BLIND),
    ("applied-elsewhere-offset", GitApply, Accepts, BLIND),
    ("at-the-end-grown-file", GnuPatch, Refuses, EDGE),
    ("at-the-end-grown-file", GitApply, Refuses, EDGE),
    ("at-the-start-grown-file", GnuPatch, Refuses, EDGE),
    ("at-the-start-grown-file", GitApply, Refuses, EDGE),
    ("offset", GitApply, Refuses, ENDS),
    ("count-too-small", GnuPatch, Accepts, DROPS),
    ("count-too-small", GitApply, Accepts, DROPS),
    ("count-too-small-then-file", GnuPatch, Accepts, DROPS),
    ("count-too-small-then-file", GitApply, Accepts, DROPS),
    ("empty", GnuPatch, Accepts, "does nothing and says success"),
    ("fills-a-file-that-is-not-empty", GnuPatch, Accepts, "inserts at the top of any file"),
    ("hunks-overlap", GnuPatch, Accepts, "lets hunks share lines of context"),
    ("mode-other", GnuPatch, Accepts, "does not say that the mode is there"),
    ("mode-other", GitApply, Accepts, "warns that the mode is there and goes on"),
    ("mode-applied-lines-not", GnuPatch, Accepts, "does not compare the mode before"),
    ("mode-applied-lines-not", GitApply, Accepts, "warns about the mode before and goes on"),
    ("one-of-two-places-by-order", GnuPatch, Accepts, CHOOSES),
    ("one-of-two-places-by-order", GitApply, Accepts, CHOOSES),
    ("rename-over-existing", GnuPatch, Accepts, "writes over the file that is there"),
    ("two-places", GnuPatch, Accepts, CHOOSES),
    ("two-places", GitApply, Accepts, CHOOSES),
    ("two-places-starts-disagree", GnuPatch, Accepts, "chooses the place at the `-` start"),
    ("two-places-starts-disagree", GitApply, Accepts, "chooses the place at the `+` start"),
];

/// The engine's result; none where it refuses or has nothing to do.
fn ours(patch: &[u8], tree: &Tree) -> Option<Tree> {
    let outcome = apply_text(patch, tree);
    outcome.tree.filter(|_| outcome.verdict != Verdict::AlreadyApplied)
}

#[test]
fn on_every_input_file() {
    let entries = KNOWN.iter().map(|(case, tool, does, _)| (((*case).to_owned(), *tool), *does));
    let mut known: BTreeMap<(String, Tool), KnownDifference> = entries.collect();
    let mut unknown = Vec::new();
    for folder in folders("apply") {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let (patch, tree) = case(&folder);
        let ours = ours(&patch, &tree);
        for tool in Tool::ALL {
            let does = match (&ours, tool.apply(&patch, &tree)) {
                (Some(ours), Some(theirs)) => {
                    assert_eq!(*ours, theirs, "{name}: {tool:?} has another result");
                    None
                }
                (None, None) => None,
                (None, Some(_)) => Some(Accepts),
                (Some(_), None) => Some(Refuses),
            };
            let expected = known.remove(&(name.clone(), tool));
            if does != expected {
                unknown.push(format!("{name}: {tool:?}: {does:?}, not {expected:?}"));
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    assert!(known.is_empty(), "no such case: {known:?}");
}

/// Sound patches of random changes, on their file and on a file that has grown at the top.
#[test]
fn on_generated_patches() {
    let mut runner = TestRunner::deterministic();
    let (mut same, mut refused) = (0, 0);
    let count = test_support::cases(30);
    for _ in 0..count {
        let (old, new) = change().new_tree(&mut runner).unwrap().current();
        if old == new {
            continue;
        }
        let patch = patch(&old, &new);
        for grown in ["", "grown at the top\n// by two lines\n"] {
            let tree = tree(&format!("{grown}{old}"));
            let Some(ours) = ours(patch.as_bytes(), &tree) else {
                assert!(!grown.is_empty(), "{patch}");
                continue;
            };
            for tool in Tool::ALL {
                match tool.apply(patch.as_bytes(), &tree) {
                    Some(theirs) => {
                        assert_eq!(ours, theirs, "{tool:?}\n{patch}");
                        same += 1;
                    }
                    // At the edges of a file both tools ask for the edge (`EDGE`, `ENDS`).
                    None => {
                        assert!(!grown.is_empty(), "{tool:?} refuses\n{patch}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(same > count && refused < same, "{same} the same, {refused} refused");
}
