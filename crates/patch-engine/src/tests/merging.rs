//! Three-way merges, and git merge-file as a second opinion.

use std::process::Command;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::random::change;
use crate::*;

const BASE: &str = "const a = 1;\nconst b = 2;\nfunction f() {\n  return a;\n}\nf();\n";

fn merged(patched: &str, upstream: &str) -> Merge {
    let [base, patched, upstream] = [BASE, patched, upstream].map(str::as_bytes);
    merge("x.js", base, patched, upstream, PackageType::Module)
}

#[test]
fn both_changes_come_together() {
    let patched = BASE.replace("return a", "return a + b");
    let upstream = "// new\n".to_owned() + &BASE.replace("a = 1", "a = 10");
    let both = upstream.replace("return a", "return a + b");
    assert_eq!(merged(&patched, &upstream), Merge::Merged { bytes: both.into_bytes() });
}

#[test]
fn what_upstream_took_in_is_told() {
    let patched = BASE.replace("return a", "return a + b");
    let upstream = patched.replace("a = 1", "a = 10");
    assert_eq!(merged(&patched, &upstream), Merge::TakenUpstream);
}

#[test]
fn a_conflict_shows_the_three_sides_and_the_upstream_line() {
    let patched = BASE.replace("return a", "return a + b");
    let upstream = "// <<<<<<< not a marker\n".to_owned() + &BASE.replace("return a", "return -a");
    let Merge::Conflict { regions } = merged(&patched, &upstream) else { panic!() };
    let lines = |text: &str| vec![format!("  return {text};\n")];
    let region = Region {
        upstream_line: Some(5),
        base: lines("a"),
        patched: lines("a + b"),
        upstream: lines("-a"),
    };
    assert_eq!(regions, [region]);
}

#[test]
fn a_clean_merge_that_is_no_program_is_none() {
    // Both declare the same name, at different places: no conflict for any merge of texts.
    let patched = BASE.replace("const a = 1;\n", "const c = 3;\nconst a = 1;\n");
    let upstream = BASE.to_owned() + "const c = 4;\n";
    let Merge::DoesNotParse { fault } = merged(&patched, &upstream) else { panic!() };
    assert_eq!((fault.line, fault.column), (1, 7), "{fault}");
}

#[test]
fn git_merges_the_same_where_both_are_clean() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let mut clean = 0;
    for _ in 0..120 {
        let (base, patched) = change().new_tree(&mut runner).unwrap().current();
        let upstream = format!("new line 1\nnew line 2\n\n{base}");
        for (name, text) in [("base", &base), ("patched", &patched), ("upstream", &upstream)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let output = Command::new("git")
            .args(["merge-file", "-p", "patched", "base", "upstream"])
            .current_dir(folder.path())
            .output()
            .expect("git is installed: this test is a second opinion");
        let [base, patched, upstream] = [&base, &patched, &upstream].map(|text| text.as_bytes());
        let ours = merge("x.txt", base, patched, upstream, PackageType::Module);
        if let (true, Merge::Merged { bytes }) = (output.status.success(), ours) {
            let [ours, theirs] = [&bytes, &output.stdout].map(|text| String::from_utf8_lossy(text));
            assert_eq!(ours, theirs);
            clean += 1;
        }
    }
    assert!(clean > 20, "{clean}");
}
