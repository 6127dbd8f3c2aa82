//! Nothing that can be in a patch file makes the engine panic, or contradict itself.
//!
//! A failure names its seed. `cargo fuzz run patch` is the long run.

use test_support::{Mutator, each};

use super::cases::{case, folders};
use crate::*;

const WORDS: [&str; 12] = [
    "--- a/x.js\n",
    "+++ b/x.js\n",
    "@@ -0,0 +1 @@\n",
    "@@ -1 +0,0 @@\n",
    "+\n",
    "-\n",
    " \n",
    "\n",
    "\\ No newline at end of file\n",
    "diff --git a/x b/x\n",
    "-- \n",
    "--- /dev/null\n",
];

const BYTES: &[u8] = b"@-+ 0123456789,\n\r\\/\0\xffab";

#[test]
fn nothing_makes_it_panic() {
    let (corpus, trees) = corpus();
    let mutator = Mutator { corpus, lines: &WORDS, bytes: BYTES, most: 3 };
    let sound = each(10_000, &mutator, |random, patch| one(patch, random.one(&trees)));
    assert!(sound > 0);
}

/// All of the engine on one patch; whether it has no fault.
fn one(patch: &[u8], tree: &Tree) -> bool {
    let outcome = apply_text(patch, tree);
    assert_eq!(outcome.verdict.is_clean(), outcome.tree.is_some());
    serde_json::to_string(&outcome).unwrap();
    if let Ok(import) = import(patch, tree) {
        assert_eq!(import.outcome.verdict, Verdict::Exact);
    }
    let read = match lint(patch) {
        Ok(read) => read,
        Err(faults) => {
            assert!(!faults.is_empty());
            assert!(faults.iter().all(|fault| fault.line > 0 && !fault.to_string().is_empty()));
            return false;
        }
    };
    // What is read is written and read again as the same, forwards and backwards.
    for patch in [read.clone(), reverse(&read)] {
        let text = normalise(&PatchFile { prose: String::new(), ..patch });
        match lint(text.as_bytes()) {
            Ok(again) => assert_eq!(normalise(&again), text),
            // A deletion of whole hunks without context is an insertion backwards.
            Err(faults) => assert!(
                faults.iter().all(|fault| fault.kind == FaultKind::NoContext),
                "{faults:?}\n{text}"
            ),
        }
    }
    if let (Verdict::Exact | Verdict::Offset { .. }, Some(after)) = (outcome.verdict, outcome.tree)
    {
        assert_ne!(&after, tree);
        let back = apply(&reverse(&read), &after);
        assert!(back.tree.is_none_or(|back| back == *tree || back == after));
    }
    true
}

fn corpus() -> (Vec<Vec<u8>>, Vec<Tree>) {
    let (mut patches, mut trees) = (Vec::new(), Vec::new());
    for folder in folders("apply").into_iter().chain(folders("import")) {
        let (patch, tree) = case(&folder);
        patches.push(patch);
        trees.push(tree);
    }
    for path in folders("lint") {
        patches.push(std::fs::read(path).unwrap());
    }
    (patches, trees)
}
