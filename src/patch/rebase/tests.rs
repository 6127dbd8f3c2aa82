//! On the versions of `tests/inputs/patches/toy`.

use super::super::report;
use super::super::testing::{toy, upstream};
use super::*;

fn words(rebase: &Rebase) -> Vec<String> {
    rebase.patches.iter().map(|patch| patch.how.word()).collect()
}

#[test]
fn as_it_is_where_it_fits() {
    let rebase = rebase(&toy(), &upstream("1.0.0"), &upstream("1.1.0")).unwrap();
    assert_eq!(words(&rebase), ["offset +2", "offset +2"]);
    assert!(rebase.patches.iter().all(|patch| patch.new.is_none()));
    let target = &rebase.targets["src/server.js"];
    assert!(target.patched.is_some());
    assert_eq!(target.patched, target.today);
}

#[test]
fn by_merge_where_the_context_changed_and_superseded_where_upstream_did_it() {
    let rebase = rebase(&toy(), &upstream("1.1.0"), &upstream("2.0.0")).unwrap();
    assert_eq!(words(&rebase), ["conflict", "superseded"]);
    let conflict = rebase.open().next().unwrap();
    assert_eq!(conflict.id, "ping");
    assert!(conflict.new.is_none());
    assert!(conflict.upstream.contains("+      case 'health':\n"), "{}", conflict.upstream);
}

#[test]
fn a_new_variant_has_the_old_header_and_gives_the_merged_text() {
    let mut to = upstream("1.1.0");
    to.version = npm::Version::parse("1.1.1").unwrap();
    let text = to.files["src/server.js"].clone().unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    let other = text.replace("    switch (method) {\n", "    switch (method ?? '') {\n");
    to.files.insert("src/server.js".to_owned(), Some(other.into()));
    let rebase = rebase(&toy(), &upstream("1.0.0"), &to).unwrap();
    assert_eq!(words(&rebase), ["merged", "offset +2"]);
    let new = rebase.patches[0].new.as_ref().unwrap();
    assert_eq!(new.file, "01-ping.1.1.1.patch");
    assert!(new.text.starts_with("Answer `ping`.\n\n--- a/src/server.js\n"), "{}", new.text);
    assert!(new.text.contains("     switch (method ?? '') {\n"), "{}", new.text);
    assert!(new.difference.contains("-     switch (method) {\n"), "{}", new.difference);
    assert!(rebase.targets["src/server.js"].today.is_none());
    // Carried to where it is needed, the series fits.
    let mut files = toy();
    let variant: super::super::Variant =
        serde_yaml::from_str("{versions: 1.1.1, file: 01-ping.1.1.1.patch}").unwrap();
    files.series.patches[0].variants.push(variant);
    let patch = lint(new.text.as_bytes());
    let text = super::super::PatchText { text: new.text.clone(), patch };
    files.patches.insert(new.file.clone(), text);
    assert!(fits(&files, &to).unwrap());
}

/// Lines elsewhere are a clue, not a proof: another function may have got them.
#[test]
fn the_same_lines_at_another_place_need_a_person() {
    let mut to = upstream("1.0.0");
    to.version = npm::Version::parse("1.0.1").unwrap();
    let text = String::from_utf8(to.files["src/server.js"].clone().unwrap().to_vec()).unwrap();
    let ping = "      case 'ping':\n        return { id, result: {} };\n";
    let other = text.replace("      default:\n", &format!("{ping}      default:\n"));
    let other = other.replace("      case 'tools/list':\n", "      case 'tools/all':\n");
    to.files.insert("src/server.js".to_owned(), Some(other.clone().into()));
    let moved = rebase(&toy(), &upstream("1.0.0"), &to).unwrap();
    let clue = |rebase: &Rebase| match &rebase.patches[0].how {
        RebaseOutcome::Conflict { clue, .. } => *clue,
        how => panic!("{how:?}"),
    };
    assert_eq!(clue(&moved), Some(ConflictHint::LinesElsewhere));
    assert!(moved.patches[0].how.needs_a_person());
    assert!(report(&moved).contains("Only a look at the place"));
    // Half of it is not all of it.
    let half = other.replace("        return { id, result: {} };\n", "");
    to.files.insert("src/server.js".to_owned(), Some(half.into()));
    let half = rebase(&toy(), &upstream("1.0.0"), &to).unwrap();
    assert_eq!(clue(&half), None);
}

#[test]
fn without_its_file_a_patch_needs_a_person() {
    let rebase = rebase(&toy(), &upstream("1.0.0"), &upstream("3.0.0")).unwrap();
    assert_eq!(words(&rebase), ["target missing", "target missing"]);
    assert_eq!(rebase.open().count(), 2);
}

#[test]
fn it_starts_only_from_what_it_fits() {
    let error = rebase(&toy(), &upstream("1.2.0"), &upstream("2.0.0")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the series does not apply to 1.2.0, the version to rebase from: `ping` conflict"
    );
    let error = rebase(&toy(), &upstream("3.0.0"), &upstream("2.0.0")).unwrap_err();
    assert!(error.to_string().ends_with("no `src/server.js`"), "{error}");
}
