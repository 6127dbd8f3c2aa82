//! What nobody has finished, and the command to run next.

use super::*;

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
