//! The inputs that diffy, GNU patch or git apply take wrongly, and what is said about them here.

use super::cases::{case, inputs};
use crate::*;

/// The verdict on a case of `tests/inputs/patches/engine/apply`, and its first reason or fault.
#[track_caller]
fn said(name: &str, verdict: &str, why: &str) {
    let (patch, tree) = case(&inputs("apply").join(name));
    let outcome = apply_text(&patch, &tree);
    assert_eq!(outcome.verdict.word(), verdict, "{name}: {outcome:#?}");
    assert_eq!(outcome.tree.is_some(), outcome.verdict.is_clean());
    let faults = outcome.faults.iter().map(|fault| format!("{}:{}", fault.line, fault.kind));
    let evidence = outcome.files.iter().flat_map(|file| &file.evidence);
    let reasons = evidence.map(|evidence| format!("{:?}", evidence.reason));
    let found: Vec<String> = faults.chain(reasons).collect();
    assert_eq!(found.first().map_or("", String::as_str), why, "{name}");
}

#[test]
fn a_count_too_big() {
    said("count-too-big", "malformed", "3:old count too big");
}

#[test]
fn a_count_too_small_drops_nothing() {
    said("count-too-small", "malformed", "3:new count too small");
    said("count-too-small-then-file", "malformed", "3:new count too small");
}

#[test]
fn a_hunk_far_away_is_applied_and_the_distance_told() {
    let far: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
    let (patch, tree) = case(&inputs("apply").join("exact"));
    let near = tree["x.js"].bytes.clone();
    let bytes = [far.as_bytes(), &near].concat();
    let tree = Tree::from([("x.js".to_owned(), FileState::regular(bytes))]);
    let outcome = apply_text(&patch, &tree);
    assert_eq!(outcome.verdict, Verdict::Offset { by: 100_000 });
    assert_eq!(outcome.files[0].places, [HunkPlace { hunk: 1, line: 100_001, by: 100_000 }]);
}

#[test]
fn two_places_are_never_chosen_from() {
    said("two-places-starts-disagree", "malformed", "3:`-` and `+` starts disagree");
    said("two-places", "ambiguous", "SeveralPlaces");
}

#[test]
fn context_is_never_left_out() {
    said("outer-context-changed", "conflict", "NotFound");
}

#[test]
fn a_patch_without_its_last_newline_glues_nothing() {
    said("no-final-newline", "malformed", "6:no newline at the end of the patch");
}

#[test]
fn line_endings_are_told_and_kept() {
    said("crlf-file-lf-patch", "conflict", "LineEndings");
    said("lf-file-crlf-lines", "conflict", "LineEndings");
    said("crlf-patch-lf-file", "malformed", "1:CRLF line endings in headers");
    said("crlf-file-crlf-lines", "exact", "");
}

#[test]
fn several_files_go_together() {
    said("several-files", "exact", "");
    said("several-files-one-conflict", "conflict", "NotFound");
    said("several-files-one-missing", "target-missing", "FileMissing");
    said("several-files-one-applied", "conflict", "FileApplied");
}

#[test]
fn nothing_is_no_patch() {
    said("empty", "malformed", "1:no hunk");
    said("prose", "malformed", "1:no hunk");
    said("header-only", "malformed", "1:no hunk");
}

#[test]
fn names_stay_inside() {
    said("name-escapes", "malformed", "1:name leaves the folder");
    said("name-escapes-without-prefix", "malformed", "1:name leaves the folder");
    said("name-absolute", "malformed", "1:absolute name");
}

#[test]
fn a_file_is_not_created_over_another() {
    said("create-over-existing", "conflict", "FileExists");
}

#[test]
fn a_file_is_not_deleted_with_other_content() {
    said("delete-other-content", "conflict", "OtherContent");
}

#[test]
fn what_is_applied_is_not_applied_again() {
    said("already-applied-insertion", "already-applied", "");
    said("already-applied", "already-applied", "");
    said("already-applied-deletion", "already-applied", "");
    said("partly-applied", "conflict", "PartlyApplied");
    said("partly-applied-insertion", "conflict", "PartlyApplied");
    said("applied-elsewhere", "exact", "");
    said("applied-elsewhere-offset", "ambiguous", "AlsoApplied");
}

#[test]
fn hunks_keep_their_order() {
    said("second-before-first", "conflict", "OutOfOrder");
    said("hunks-out-of-order", "malformed", "7:hunks out of order");
    said("hunks-overlap", "malformed", "8:hunks overlap");
}

#[test]
fn diffy_still_takes_what_we_refuse() {
    // Where this fails, diffy has become stricter, and the reason for the own lint is weaker.
    let diffy = |name: &str| {
        let (patch, tree) = case(&inputs("apply").join(name));
        let text = String::from_utf8(patch).unwrap();
        let base = tree.values().next().unwrap();
        let base = String::from_utf8(base.bytes.to_vec()).unwrap();
        diffy::Patch::from_str(&text).is_ok_and(|patch| diffy::apply(&base, &patch).is_ok())
    };
    for name in [
        "count-too-small",
        "no-final-newline",
        "empty",
        "prose",
        "create-over-existing",
        "delete-other-content",
        "already-applied-insertion",
        "second-before-first",
        "two-places-starts-disagree",
    ] {
        assert!(diffy(name), "{name}");
    }
}

/// Found by the fuzz target: the result ends without a newline, and the file goes on.
#[test]
fn a_line_without_newline_is_not_glued_to_the_next() {
    let patch =
        b"--- a/x.js\n+++ b/x.js\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n";
    let tree = |text: &str| {
        Tree::from([("x.js".to_owned(), FileState::regular(text.as_bytes().to_vec()))])
    };
    let outcome = apply_text(patch, &tree("a\nb\n\nmore\n"));
    assert_eq!(outcome.verdict, Verdict::Conflict, "{outcome:#?}");
    let outcome = apply_text(patch, &tree("a\nb\n"));
    assert_eq!(outcome.tree.unwrap()["x.js"].bytes, "a\nc");
}
