//! A small series on a small server: every verdict and every difference from the matrix is named.
//!
//! The probe of a patch is a look at the text: it passes where the word is there that the patch
//! brings. So the verification is tested whole, without Node.js.

use std::collections::BTreeMap;

use bytes::Bytes;
use npm::Version;
use patch_engine::{Verdict, lint};

use super::super::probe::ProbeRun;
use super::super::{
    Matrix, MatrixError, Patch, PatchText, ProbeResult, Proven, Series, SeriesFiles, Upstream,
};
use super::*;

const SERVER: &str = "\
'use strict';
const name = 'demo';

function one() {
  const a = 1;
  const b = 2;
  const c = 3;
  return a + b + c + 'faulty-one';
}

function two() {
  const a = 4;
  const b = 5;
  const c = 6;
  return a + b + c + 'faulty-two';
}

module.exports = { name, one, two };
";

/// One hunk on the server, its counts reckoned.
fn hunk(line: usize, body: &str) -> String {
    let count = |but: char| body.lines().filter(|l| !l.starts_with(but)).count();
    let (old, new) = (count('+'), count('-'));
    format!("--- a/src/server.js\n+++ b/src/server.js\n@@ -{line},{old} +{line},{new} @@\n{body}")
}

fn first() -> String {
    let body = "   const a = 1;\n   const b = 2;\n   const c = 3;\n-  return a + b + c + 'faulty-one';\n+  return a + b + c + 'mended-one';\n }\n \n function two() {\n";
    hunk(5, body)
}

fn second() -> String {
    let body = "   const a = 4;\n   const b = 5;\n   const c = 6;\n-  return a + b + c + 'faulty-two';\n+  return a + b + c + 'mended-two';\n }\n \n module.exports = { name, one, two };\n";
    hunk(12, body)
}

/// A series of patches: id, versions, text. The probe of `one` looks for `mended-one`.
fn series(patches: &[(&str, &str, String)]) -> SeriesFiles {
    let mut files = SeriesFiles {
        name: "demo".to_owned(),
        series: Series {
            schema: "mad.series/1".to_owned(),
            package: "demo".to_owned(),
            needs: Vec::new(),
            patches: Vec::new(),
        },
        patches: BTreeMap::new(),
        probes: BTreeMap::new(),
        matrix: None,
    };
    for (id, versions, text) in patches {
        let probe = format!("probes/{id}.mjs");
        files.probes.insert(probe.clone(), id.as_bytes().to_vec());
        let file = format!("{id}.{}.patch", files.patches.len());
        let patch = lint(text.as_bytes());
        files.patches.insert(file.clone(), PatchText { text: text.clone(), patch });
        let variant = crate::patch::Variant { versions: versions.parse().unwrap(), file };
        if let Some(known) = files.series.patches.iter_mut().find(|patch| patch.id == *id) {
            known.variants.push(variant);
            continue;
        }
        files.series.patches.push(Patch {
            id: (*id).to_owned(),
            why: "it is faulty".to_owned(),
            upstream: "none".to_owned(),
            remove_when: "mended".to_owned(),
            target: "src/server.js".to_owned(),
            probe,
            optional: false,
            variants: vec![variant],
        });
    }
    files
}

fn both() -> SeriesFiles {
    series(&[("one", "*", first()), ("two", "*", second())])
}

fn upstream(version: &str, text: &str) -> Upstream {
    Upstream {
        version: Version::parse(version).unwrap(),
        files: [("src/server.js".to_owned(), Some(Bytes::from(text.to_owned())))].into(),
    }
}

fn missing(version: &str) -> Upstream {
    let mut upstream = upstream(version, "");
    upstream.files.insert("src/server.js".to_owned(), None);
    upstream
}

type Says<'a> = &'a dyn Fn(&str, &str) -> ProbeResult;

/// What the probes say of the texts.
fn honest(id: &str, text: &str) -> ProbeResult {
    let mended = text.contains(&format!("mended-{id}"));
    if mended { ProbeResult::Passes } else { ProbeResult::Fails }
}

fn probe(verification: &mut Verification, files: &SeriesFiles) {
    probe_by(verification, files, &honest);
}

/// Answers until nothing is asked.
fn probe_by(verification: &mut Verification, files: &SeriesFiles, says: Says<'_>) {
    loop {
        let subjects = verification.subjects(files).unwrap();
        if subjects.is_empty() {
            return;
        }
        let mut runs = Vec::new();
        for subject in subjects {
            let text = String::from_utf8(subject.files["src/server.js"].to_vec()).unwrap();
            for patch in subject.patches {
                let result = says(&patch, &text);
                let why = (result != ProbeResult::Passes).then(|| format!("saw {patch}"));
                runs.push(ProbeRun { subject: subject.name.clone(), patch, result, why });
            }
        }
        verification.take_probes(&runs);
    }
}

fn scope(whole: bool) -> Scope {
    Scope { whole, ..Scope::default() }
}

/// Derived and probed, and judged by the matrix of the series.
fn verified(files: &SeriesFiles, upstreams: &[Upstream], whole: bool) -> Verification {
    let mut verification = group(files, upstreams.to_vec()).unwrap();
    probe(&mut verification, files);
    verification.judge(files, &scope(whole));
    verification
}

/// The same series with what was found recorded.
fn recorded(files: &SeriesFiles, upstreams: &[Upstream]) -> SeriesFiles {
    let found = verified(files, upstreams, true).matrix(files);
    SeriesFiles { matrix: Some(found), ..files.clone() }
}

/// Verdict words by patch, and the findings that are about patches and not about the record.
fn holds(files: &SeriesFiles, upstreams: &[Upstream]) -> (Vec<String>, Vec<Difference>) {
    let verification = verified(&recorded(files, upstreams), upstreams, true);
    let last = verification.groups.last().unwrap();
    let patches = last.targets.iter().flat_map(|target| &target.patches);
    let words = patches.map(|patch| patch.verdict.word().to_owned()).collect();
    (words, verification.differences)
}

#[track_caller]
fn assert_one(differences: &[Difference], what: &str, found: &str) {
    assert_eq!(differences.len(), 1, "{differences:#?}");
    assert_eq!(differences[0].what, what);
    assert!(differences[0].found.contains(found), "{differences:#?}");
}

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

#[test]
fn an_unknown_target_is_a_finding() {
    let files = recorded(&both(), &[upstream("1.0.0", SERVER)]);
    let other = SERVER.replace("'demo'", "'demon'");
    for whole in [true, false] {
        let found = verified(&files, &[upstream("1.0.0", &other)], whole).differences;
        assert_eq!(found[0].what, "src/server.js");
        let said = &found[0].found;
        assert!(said.contains("sha256 "), "{said}");
    }
    assert!(!verified(&both(), &[upstream("1.0.0", SERVER)], false).is_good(), "no matrix yet");
}

#[test]
fn a_version_on_the_target_of_another_is_a_finding() {
    let other = SERVER.replace("'demo'", "'demon'");
    let files = recorded(&both(), &[upstream("1.0.0", SERVER), upstream("1.1.0", &other)]);
    let found = verified(&files, &[upstream("1.1.0", SERVER)], false).differences;
    assert!(
        found
            .iter()
            .all(|d| d.what == "src/server.js" || ["one", "two"].contains(&d.what.as_str()))
    );
    assert!(found[0].found.starts_with("files with sha256 "), "{found:#?}");
    assert_eq!(found[0].versions, ["1.1.0"]);
}

#[test]
fn every_changed_field_of_the_matrix_is_named() {
    let upstreams = [upstream("1.0.0", SERVER)];
    let files = recorded(&both(), &upstreams);
    type Change = fn(&mut Proven);
    let changes: [(Change, &str); 8] = [
        (|t| t.targets[0].patched = "0".repeat(64), "src/server.js"),
        (|t| t.patches[0].after = Some("0".repeat(64)), "one"),
        (|t| t.patches[1].after = None, "two"),
        (|t| t.patches[1].patch = Some("0".repeat(64)), "two"),
        (|t| t.patches[1].file = Some("other.patch".to_owned()), "two"),
        (|t| t.patches[0].verdict = "merged".to_owned(), "one"),
        (|t| t.patches[0].by = 3, "one"),
        (|t| t.patches[1].id = "gone".to_owned(), "two"),
    ];
    for (change, what) in changes {
        let mut changed = files.clone();
        change(&mut changed.matrix.as_mut().unwrap().groups[0]);
        for probed in [true, false] {
            let mut verification = group(&changed, upstreams.to_vec()).unwrap();
            if probed {
                probe(&mut verification, &changed);
            }
            verification.judge(&changed, &scope(false));
            let found = verification.differences;
            assert!(found.iter().any(|d| d.what == what), "{what}: {found:#?}");
            assert_eq!(found[0].versions, ["1.0.0"]);
        }
    }
}

#[test]
fn no_letter_of_the_matrix_changes_unnoticed() {
    let upstreams = [missing("0.9.0"), upstream("1.0.0", SERVER), upstream("1.1.0", SERVER)];
    let files = recorded(&both(), &upstreams);
    let text = files.matrix.as_ref().unwrap().to_text();
    let start = text.find('\n').unwrap();
    let mut verification = verified(&files, &upstreams, true);
    assert!(verification.is_good());
    for (at, byte) in
        text.bytes().enumerate().skip(start).filter(|(_, b)| b.is_ascii_alphanumeric())
    {
        let mut changed = text.clone().into_bytes();
        changed[at] = if byte == b'1' { b'2' } else { b'1' };
        let Ok(matrix) = Matrix::parse(std::str::from_utf8(&changed).unwrap()) else { continue };
        let changed = SeriesFiles { matrix: Some(matrix), ..files.clone() };
        verification.judge(&changed, &scope(true));
        let line = text[..at].lines().count();
        assert!(!verification.is_good(), "line {line}: {}", text.lines().nth(line - 1).unwrap());
    }
}

#[test]
fn a_changed_patch_or_probe_is_a_finding() {
    let upstreams = [upstream("1.0.0", SERVER)];
    let mut files = recorded(&both(), &upstreams);
    let text = second().replace("mended-two", "mended-two-x");
    files.patches.insert("two.1.patch".to_owned(), PatchText::read(&text, "src/server.js"));
    let found = verified(&files, &upstreams, false).differences;
    assert!(found.iter().any(|d| d.what == "two" && d.found.contains("two.1.patch sha256")));

    let mut files = recorded(&both(), &upstreams);
    files.probes.insert("probes/two.mjs".to_owned(), b"another program".to_vec());
    assert_one(&verified(&files, &upstreams, false).differences, "two", "program");
    // Without running it, the proof on record is still that of another program.
    let mut verification = group(&files, upstreams.to_vec()).unwrap();
    verification.judge(&files, &scope(false));
    assert_one(&verification.differences, "two", "not probed");
}

#[test]
fn a_new_version_of_a_known_target_holds_and_a_lost_one_is_told_of_when_all_were_seen() {
    let old = [upstream("1.0.0", SERVER), upstream("1.1.0", SERVER), missing("0.9.0")];
    let files = recorded(&both(), &old);
    let one = [upstream("1.2.0", SERVER)];
    assert!(verified(&files, &one, false).is_good());
    assert!(verified(&files, &[&old[..], &one].concat(), true).is_good());
    let less = &[&old[..], &[missing("0.8.0")]].concat();
    assert_one(&verified(&files, less, true).differences, "src/server.js", "no such file");
    assert_one(
        &verified(&files, &[old[0].clone(), old[2].clone()], true).differences,
        "src/server.js",
        "not published any more",
    );
    let other = SERVER.replace("'demo'", "'demon'");
    let files = recorded(&both(), &[upstream("1.0.0", SERVER), upstream("2.0.0", &other)]);
    assert!(verified(&files, &[upstream("1.0.0", SERVER)], false).is_good());
    let found = verified(&files, &[upstream("1.0.0", SERVER)], true).differences;
    assert_one(&found, "src/server.js", "not published any more");
    assert_eq!(found[0].versions, ["2.0.0"]);
}

#[test]
fn one_target_under_two_variants_is_two_entries_of_the_matrix() {
    let longer = second().replace("mended-two", "mended-two-longer");
    let files = series(&[("two", "<2.0.0", second()), ("two", ">=2.0.0", longer)]);
    let upstreams = [upstream("1.0.0", SERVER), upstream("2.0.0", SERVER)];
    let files = recorded(&files, &upstreams);
    assert_eq!(files.matrix.as_ref().unwrap().groups.len(), 2);
    assert_eq!(verified(&files, &upstreams, true).differences, []);
    assert_eq!(verified(&files, &upstreams[1..], false).differences, []);
    let matrix = files.matrix.as_ref().unwrap();
    let again = verified(&files, &upstreams[1..], false).matrix(&files).over(matrix);
    assert_eq!(&again, matrix);
}

#[test]
fn what_was_probed_stays_recorded_without_probing() {
    let upstreams = [upstream("1.0.0", SERVER), upstream("1.1.0", &SERVER.replace("demo", "d"))];
    let files = recorded(&both(), &upstreams);
    let mut verification = group(&files, upstreams.to_vec()).unwrap();
    assert_eq!(&verification.matrix(&files), files.matrix.as_ref().unwrap());
    verification.judge(&files, &scope(true));
    assert_eq!(verification.differences, []);

    // Not needed in the newer one, and left out: that too.
    let mended =
        [upstreams[0].clone(), upstream("2.0.0", &SERVER.replace("'demo'", "'mended-one'"))];
    let files = recorded(&both(), &mended);
    let second = &files.matrix.as_ref().unwrap().groups[1].patches[0];
    assert_eq!((second.verdict.as_str(), second.is_applied()), ("superseded", false));
    assert!(second.file.is_some() && second.patch.is_some());
    for some in [&mended[..], &mended[1..]] {
        let mut verification = group(&files, some.to_vec()).unwrap();
        verification.judge(&files, &scope(false));
        assert_eq!(verification.differences, []);
    }
    // Seen to fail on record, of a version that was not looked at now.
    assert_eq!(verified(&files, &mended[1..], false).differences, []);
}

#[test]
fn a_part_is_laid_over_the_whole() {
    let other = SERVER.replace("'demo'", "'demon'");
    let part = [upstream("1.5.0", SERVER), missing("0.5.0")];
    let all = [upstream("2.0.0", &other), upstream("1.0.0", SERVER), missing("0.9.0")];
    let old = recorded(&both(), &all).matrix.unwrap();
    let new = recorded(&both(), &part).matrix.unwrap();
    let merged = new.clone().over(&old);
    let versions: Vec<String> = merged.groups.iter().map(|t| t.versions.join(" ")).collect();
    assert_eq!(versions, ["1.0.0 1.5.0", "2.0.0"]);
    assert_eq!(merged.missing, ["0.5.0", "0.9.0"]);
    assert_eq!(new.over(&merged), merged, "once more changes nothing");

    // A version that is elsewhere now is no longer where it was.
    let moved = recorded(&both(), &[upstream("1.0.0", &other)]).matrix.unwrap().over(&old);
    let versions: Vec<String> = moved.groups.iter().map(|t| t.versions.join(" ")).collect();
    assert_eq!(versions, ["1.0.0 2.0.0"]);
    let found = recorded(&both(), &[upstream("0.9.0", SERVER)]).matrix.unwrap().over(&old);
    assert_eq!(found.missing, [""; 0]);
    let lost = recorded(&both(), &[missing("2.0.0")]).matrix.unwrap().over(&old);
    assert_eq!(lost.groups.len(), 1);
    assert_eq!(lost.missing, ["0.9.0", "2.0.0"]);
}

#[test]
fn the_file_is_the_same_bytes_after_reading_it() {
    let upstreams = [upstream("1.0.0", SERVER), missing("0.9.0")];
    let matrix = recorded(&both(), &upstreams).matrix.unwrap();
    let text = matrix.to_text();
    let again = Matrix::parse(&text).unwrap();
    assert_eq!(again, matrix);
    assert_eq!(again.to_text(), text);
    let other = text.replace("mad.matrix/2", "mad.matrix/1");
    assert_eq!(Matrix::parse(&other), Err(MatrixError::Schema("mad.matrix/1".to_owned())));
    let twice = text.replace("0.9.0", "1.0.0");
    assert!(matches!(Matrix::parse(&twice), Err(MatrixError::Twice(_))));
    let unknown = text.replace("pristine:", "pristin:");
    assert!(matches!(Matrix::parse(&unknown), Err(MatrixError::Syntax(_))));
}

#[test]
fn what_the_build_would_refuse_or_nobody_has_finished_is_found() {
    let short = hunk(
        5,
        "   const a = 1;\n   const b = 2;\n   const c = 3;\n-  return a + b + c + 'faulty-one';\n+  return a + b + c + 'mended-one';\n }\n",
    );
    let files = series(&[("one", "*", format!("TODO why\n\n{short}"))]);
    let mut verification = group(&files, vec![upstream("1.0.0", SERVER)]).unwrap();
    verification.judge(&files, &scope(false));
    let found = |text: &str| verification.differences.iter().any(|d| d.found.contains(text));
    assert!(found("`TODO` of the skeleton"), "{:#?}", verification.differences);
    assert!(found("`patch --fuzz=0` takes for an end"), "{:#?}", verification.differences);
}

#[test]
fn every_finding_has_a_command_to_run_next() {
    let next = |files: &SeriesFiles, upstreams: &[Upstream]| {
        let mut verification = group(files, upstreams.to_vec()).unwrap();
        probe(&mut verification, files);
        verification.judge(files, &scope(false));
        verification.next(&verification.differences[0])
    };
    let other = SERVER.replace("'faulty-one'", "'other-one'");
    let conflict = next(&series(&[("one", "*", first())]), &[upstream("1.0.0", &other)]);
    assert_eq!(conflict, "mad patch rebase --to 1.0.0, or mad patch bisect one.0.patch");
    let wrong = first().replace("@@ -5,7 +5,7 @@", "@@ -5,9 +5,7 @@");
    let malformed = next(&series(&[("one", "*", wrong)]), &[upstream("1.0.0", SERVER)]);
    assert_eq!(malformed, "mad patch import patches/demo/one.0.patch --base 1.0.0");
    let useless = first().replace("mended-one", "other-one");
    let no_effect = next(&series(&[("one", "*", useless)]), &[upstream("1.0.0", SERVER)]);
    assert_eq!(no_effect, "mad patch show one --version 1.0.0");
    let new = next(&series(&[("one", "*", first())]), &[upstream("1.0.0", SERVER)]);
    assert_eq!(new, "if this is meant: mad patch verify --update");
}

#[test]
fn the_last_version_that_holds_is_proposed_and_never_taken() {
    let files = recorded(&series(&[("one", "*", first())]), &[upstream("1.0.0", SERVER)]);
    let other = SERVER.replace("'faulty-one'", "'other-one'");
    let mut verification = group(&files, vec![upstream("2.0.0", &other)]).unwrap();
    verification.judge(&files, &scope(false));
    let next = verification.next(&verification.differences[0]);
    assert!(next.ends_with("; until then pin 1.0.0"), "{next}");
    assert!(!verification.is_good());
}
