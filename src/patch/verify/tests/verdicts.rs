//! What is said of a patch on a version: the text first, the probe last.

use super::*;

#[test]
fn exact_and_offset_hold() {
    let (words, differences) = holds(&both(), &[upstream("1.0.0", SERVER)]);
    assert_eq!((words.join(" "), differences), ("exact exact".to_owned(), Vec::new()));
    let lower = SERVER.replace("const name", "// a line\n// another\nconst name");
    let verification = verified(&both(), &[upstream("1.0.0", &lower)], true);
    let patches = &verification.groups[0].targets[0].patches;
    assert!(patches.iter().all(|patch| patch.verdict == Verdict::Offset { by: 2 }));
    assert_eq!(holds(&both(), &[upstream("1.0.0", &lower)]).1, []);
}

#[test]
fn without_a_variant_the_probe_says_whether_none_is_needed() {
    let files = series(&[("one", "1.0.0", first())]);
    let mended = SERVER.replace("faulty-one", "mended-one");
    let both = [upstream("1.0.0", SERVER), upstream("2.0.0", &mended)];
    let (words, differences) = holds(&files, &both);
    assert_eq!((words.join(" "), differences), ("superseded".to_owned(), Vec::new()));
    // The probe was seen to fail on no version: that it passes proves nothing.
    let (words, differences) = holds(&files, &both[1..]);
    assert_eq!(words, ["vacuous"]);
    assert_one(&differences, "one", "seen to fail on no version");
    let files = series(&[("one", "2.0.0", first())]);
    let (words, differences) =
        holds(&files, &[upstream("1.0.0", &mended), upstream("2.0.0", SERVER)]);
    assert_eq!((words.join(" "), differences), ("exact".to_owned(), Vec::new()));
    // A hole: no text is for this version, and the fault is there.
    let (words, differences) = holds(&files, &[upstream("1.0.0", SERVER)]);
    assert_eq!(words, ["conflict"]);
    assert_one(&differences, "one", "no variant is for this version, and its probe fails");
    assert_eq!(differences[0].versions, ["1.0.0"]);
}

#[test]
fn the_probe_has_the_last_word() {
    let files = both();
    let upstreams = [upstream("1.0.0", SERVER)];
    let judged = |says: Says<'_>| {
        let mut verification = group(&files, upstreams.to_vec()).unwrap();
        probe_by(&mut verification, &files, says);
        let with = SeriesFiles { matrix: Some(verification.matrix(&files)), ..files.clone() };
        verification.judge(&with, &scope(true));
        verification
    };
    let verdict = |v: &Verification| v.groups[0].targets[0].patches[0].verdict;

    let vacuous = judged(&|id, text| match id {
        "one" => ProbeResult::Passes,
        _ => honest(id, text),
    });
    assert_eq!(verdict(&vacuous), Verdict::Vacuous);
    assert_one(&vacuous.differences, "one", "seen to fail on no version");

    let in_vain = judged(&|id, text| match id {
        "one" => ProbeResult::Fails,
        _ => honest(id, text),
    });
    assert_eq!(verdict(&in_vain), Verdict::NoEffect);
    assert_one(&in_vain.differences, "one", "the probe fails as before: saw one");

    let harmful = judged(&|id, text| match (id, honest(id, text)) {
        ("one", ProbeResult::Fails) => ProbeResult::Passes,
        ("one", _) => ProbeResult::Fails,
        (_, said) => said,
    });
    assert_eq!(verdict(&harmful), Verdict::Breaks);
    assert_one(
        &harmful.differences,
        "one",
        "passes without it, and fails with the series: saw one",
    );

    let unknown = judged(&|id, text| match id {
        "one" => ProbeResult::Unknown,
        _ => honest(id, text),
    });
    assert_eq!(verdict(&unknown), Verdict::Exact);
    assert_one(&unknown.differences, "one", "saw one");
}

/// What one patch does is not the doing of another.
#[test]
fn each_patch_has_its_own_before_and_after() {
    let comment =
        hunk(1, " 'use strict';\n+// a comment\n const name = 'demo';\n \n function one() {\n");
    // The probe of the comment asks for what the other patch mends.
    let files = series(&[("comment", "*", comment), ("one", "*", first())]);
    let upstreams = [upstream("1.0.0", SERVER)];
    let mut verification = group(&files, upstreams.to_vec()).unwrap();
    probe_by(&mut verification, &files, &|_, text| honest("one", text));
    verification.judge(&files, &scope(false));
    let verdicts: Vec<&str> =
        verification.groups[0].targets[0].patches.iter().map(|p| p.verdict.word()).collect();
    assert_eq!(verdicts, ["no-effect", "offset"]);
    assert!(verification.differences[0].found.contains("another patch of the series does that"));
}

#[test]
fn a_probe_that_changes_its_mind_judges_by_something_else() {
    let files = series(&[("one", "*", first())]);
    let mut verification = group(&files, vec![upstream("1.0.0", SERVER)]).unwrap();
    probe(&mut verification, &files);
    let subjects = verification.repeats(0);
    assert_eq!(subjects.len(), 2, "without it and with it");
    let run = |at: usize, result| ProbeRun {
        subject: subjects[at].name.clone(),
        patch: "one".to_owned(),
        result,
        why: None,
    };
    let steady = [run(0, ProbeResult::Fails), run(1, ProbeResult::Passes)];
    let with = SeriesFiles { matrix: Some(verification.matrix(&files)), ..files.clone() };
    verification.take_repeats(&steady);
    verification.judge(&with, &scope(true));
    assert_eq!(verification.differences, []);
    verification.take_repeats(&[run(0, ProbeResult::Passes)]);
    verification.judge(&with, &scope(true));
    let found = &verification.differences[0].found;
    assert!(found.contains("it fails first and passes then"), "{found}");
}

#[test]
fn a_result_that_is_no_program_is_found() {
    let broken = first().replace("+  return a + b + c + 'mended-one';", "+  return mended-one (;");
    let (words, differences) =
        holds(&series(&[("one", "*", broken)]), &[upstream("1.0.0", SERVER)]);
    assert_eq!(words, ["does-not-parse"]);
    assert_one(&differences, "one", "does-not-parse: ");
    assert!(differences[0].found.contains('8'), "{differences:?}");
}

#[test]
fn two_places_are_named_by_their_lines() {
    let again: String = SERVER.lines().skip(4).take(7).map(|line| format!("{line}\n")).collect();
    let twice = format!("{SERVER}\nfunction three() {{\n{again}}}\n");
    let (words, differences) =
        holds(&series(&[("one", "*", first())]), &[upstream("1.0.0", &twice)]);
    assert_eq!(words, ["ambiguous"]);
    assert_one(&differences, "one", "(lines [5, 21])");
}

#[test]
fn a_patch_that_is_there_already_is_named_and_left_out() {
    let mended = SERVER.replace("faulty-one", "mended-one");
    let files = series(&[("one", "*", first())]);
    let verification = group(&files, vec![upstream("2.0.0", &mended)]).unwrap();
    assert_eq!(verification.groups[0].targets[0].patches[0].verdict, Verdict::AlreadyApplied);
    // Its probe passes before: upstream has it.
    let versions = [upstream("1.0.0", SERVER), upstream("2.0.0", &mended)];
    let (words, differences) = holds(&files, &versions);
    assert_eq!((words.join(" "), differences), ("superseded".to_owned(), Vec::new()));
}

#[test]
fn a_malformed_patch_is_named_with_its_line() {
    let wrong = first().replace("@@ -5,7 +5,7 @@", "@@ -5,9 +5,7 @@");
    let (words, differences) = holds(&series(&[("one", "*", wrong)]), &[upstream("1.0.0", SERVER)]);
    assert_eq!(words, ["malformed"]);
    assert_one(&differences, "one", "line 3");
    assert_eq!(differences[0].found.matches("line 3").count(), 1, "said once: {differences:?}");
}

#[test]
fn a_conflict_is_merged_from_a_version_that_fits_or_named() {
    let files = series(&[("one", "*", first())]);
    let next = |from: &str, to: &str| {
        [upstream("1.0.0", SERVER), upstream("1.1.0", &SERVER.replace(from, to))]
    };
    // A merge is a proposal: the build has no text for it.
    let (words, differences) = holds(&files, &next("const a = 1;", "const a = 10;"));
    assert_eq!(words, ["merged"]);
    assert_one(&differences, "one", "only by a merge from 1.0.0");

    let (words, differences) = holds(&files, &next("'faulty-one'", "'other-one'"));
    assert_eq!(words, ["conflict"]);
    assert_one(&differences, "one", "conflict: ");
    assert_eq!(differences[0].versions, ["1.1.0"]);

    // Nothing to merge from.
    let (words, differences) = holds(&files, &next("const a = 1;", "const a = 10;")[1..]);
    assert_eq!(words, ["conflict"]);
    assert_one(&differences, "one", "nearest: line 5, 6 of 7 lines equal");

    // Upstream did the same, and more around it.
    let taken = SERVER.replace("const a = 1;", "const a = 10;").replace("faulty-one", "mended-one");
    let (words, differences) =
        holds(&files, &[upstream("1.0.0", SERVER), upstream("1.1.0", &taken)]);
    assert_eq!((words.join(" "), differences), ("superseded".to_owned(), Vec::new()));
}

#[test]
fn a_merge_that_is_no_program_says_why() {
    // Both declare it: the texts go together, the program does not.
    let body = "   const a = 1;\n   const b = 2;\n   const c = 3;\n-  return a + b + c + 'faulty-one';\n+  const d = 4;\n+  return a + b + c + 'mended-one';\n }\n \n function two() {\n";
    let files = series(&[("one", "*", hunk(5, body))]);
    let upstreams = SERVER.replace("  const a = 1;\n", "  const d = 0;\n  const a = 1 + 0;\n");
    let (words, differences) =
        holds(&files, &[upstream("1.0.0", SERVER), upstream("1.1.0", &upstreams)]);
    assert_eq!(words, ["does-not-parse"]);
    assert_one(&differences, "one", "does-not-parse: ");
}

#[test]
fn an_optional_patch_may_fail() {
    let mut files = series(&[("one", "*", first()), ("two", "*", second())]);
    files.series.patches[0].optional = true;
    let other = SERVER.replace("faulty-one", "other-one");
    let (words, differences) = holds(&files, &[upstream("1.0.0", &other)]);
    assert_eq!((words.join(" "), differences), ("conflict exact".to_owned(), Vec::new()));
    let matrix = recorded(&files, &[upstream("1.0.0", &other)]).matrix.unwrap();
    assert!(!matrix.groups[0].patches[0].is_applied());
    assert!(matrix.groups[0].patches[1].is_applied());
}
