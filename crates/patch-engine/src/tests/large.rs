//! Files of 100 000 lines, and hunks that match in many places, are no work.

use crate::*;

/// A patch of `lines` with one more line in the middle, its stated line `at`.
fn insertion(lines: &[&str], at: usize) -> String {
    let (before, after) = lines.split_at(lines.len() / 2);
    let context =
        |lines: &[&str]| lines.iter().map(|line| format!(" {line}\n")).collect::<String>();
    let (old, new) = (lines.len(), lines.len() + 1);
    format!(
        "--- a/x\n+++ b/x\n@@ -{at},{old} +{at},{new} @@\n{}+new\n{}",
        context(before),
        context(after)
    )
}

fn outcome(patch: &str, text: String) -> Outcome {
    let tree = Tree::from([("x".to_owned(), FileState::regular(text))]);
    apply_text(patch.as_bytes(), &tree)
}

#[test]
fn a_hunk_that_is_everywhere() {
    let outcome = outcome(&insertion(&["}"; 1_000], 1), "}\n".repeat(100_000));
    assert_eq!(outcome.verdict, Verdict::Ambiguous);
    let evidence = &outcome.files[0].evidence[0];
    assert_eq!((evidence.match_count, evidence.matches.len()), (99_001, Evidence::MATCHES));
}

#[test]
fn a_hunk_that_is_nearly_everywhere() {
    let mut lines = vec!["}"; 1_000];
    lines[999] = "end";
    let outcome = outcome(&insertion(&lines, 1), "}\n".repeat(100_000));
    assert_eq!(outcome.verdict, Verdict::Conflict);
    let evidence = &outcome.files[0].evidence[0];
    assert_eq!(evidence.expected.len(), Evidence::LINES);
    assert_eq!(evidence.nearest.map(|nearest| nearest.equal), Some(999));
}
