//! Records that somebody wrote by hand, or of something else than what they are shown for.

use super::registry::Registry;
use super::{Deception, FAULTY, asks, change, replaced, verify};

const MATRIX: &str = "patches/s/matrix.lock";

/// Not verified with these arguments, for this reason.
#[track_caller]
fn refused(registry: &Registry, deception: &Deception, arguments: &[&str], reason: &str) {
    let project = deception.project();
    let run = verify(registry, project.path(), arguments);
    let text = format!("{arguments:?}: {}{}", run.stdout, run.stderr);
    assert_eq!(run.code, 5, "{text}");
    assert!(text.contains(reason), "expected `{reason}` in {text}");
    assert!(!run.stdout.contains("\nverified"), "{text}");
}

fn right() -> String {
    asks("m.f(1) === 2")
}

#[test]
fn a_record_of_another_text_or_program_proves_nothing() {
    let registry = Registry::start();
    let record = Deception::simple("borrowed", &right()).holds(&registry);
    let comment = change("f.js", FAULTY, &format!("// a comment\n{FAULTY}"));
    let with = |patch: &str, probe: &str| {
        Deception::new("borrowed")
            .version("1.0.0", &[("f.js", FAULTY)])
            .patch("p1", "f.js", patch, probe)
            .file(MATRIX, &record)
    };
    let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
    // Another patch under the same name, then another probe, then more beside the probe.
    let other_patch = with(&comment, &right());
    let other_probe = with(&patch, "process.exit(0);\n");
    let other_library = with(&patch, &right()).file("patches/s/probes/lib/more.mjs", "1\n");
    for (deception, probed, unprobed) in [
        (&other_patch, "no-effect", "not probed"),
        (&other_probe, "vacuous", "not probed"),
        (&other_library, "program", "not probed"),
    ] {
        refused(&registry, deception, &[], probed);
        refused(&registry, deception, &["--probe=off"], unprobed);
    }
}

#[test]
fn a_record_that_somebody_wrote_is_found_out_by_a_run() {
    let registry = Registry::start();
    let comment = change("f.js", FAULTY, &format!("// a comment\n{FAULTY}"));
    let in_vain = || {
        Deception::new("by-hand")
            .version("1.0.0", &[("f.js", FAULTY)])
            .version("2.0.0", &[("f.js", &format!("// two\n{FAULTY}"))])
            .patch("p1", "f.js", &comment, &right())
    };
    // The hashes are those of the patch; that the probe was seen to fail and to pass is made up.
    let text = |version: &str, file: &str| {
        let hash = |text: &str| {
            use sha2::Digest as _;
            hex::encode(sha2::Sha256::digest(text.as_bytes()))
        };
        let after = hash(&format!("// a comment\n{file}"));
        format!(
            "- versions: ['{version}']\n  inputs: {inputs}\n  targets:\n  - {{path: f.js, pristine: {before}, patched: {after}}}\n  patches:\n  - {{id: p1, verdict: exact, file: p1.0.patch, patch: {patch}, after: {after}, probe: {{program: {program}, before: fails, after: passes}}}}\n",
            inputs = "0".repeat(64),
            before = hash(file),
            patch = hash(&comment),
            program = "1".repeat(64),
        )
    };
    let matrix = |groups: &str, missing: &str| {
        format!("schema: mad.matrix/2\npackage: by-hand\ngroups:\n{groups}missing: [{missing}]\n")
    };
    in_vain().set_up(&registry);
    let both = [text("1.0.0", FAULTY), text("2.0.0", &format!("// two\n{FAULTY}"))].concat();
    let forged = in_vain().file(MATRIX, &matrix(&both, ""));
    for arguments in [&[][..], &["1.0.0"], &["latest"], &["--update"]] {
        refused(&registry, &forged, arguments, "no-effect");
    }
    refused(&registry, &forged, &["--probe=off"], "not probed");
    // A version that is said to have no target.
    let hidden = in_vain().file(MATRIX, &matrix(&text("1.0.0", FAULTY), "2.0.0"));
    refused(&registry, &hidden, &[], "recorded as without the target");
    // One that is said to be published.
    let more = [both, text("3.0.0", "3\n")].concat();
    let gone = in_vain().file(MATRIX, &matrix(&more, ""));
    refused(&registry, &gone, &[], "not published any more");
}

/// What a folder of that version gave is not what the registry gives.
#[test]
fn a_record_of_a_folder_is_not_one_of_the_registry() {
    let registry = Registry::start();
    let mended = FAULTY.replace("f(x)", "f(x, y)");
    let patch = replaced("f.js", &mended, "return x", "return x + 1");
    let deception = Deception::new("folder")
        .version("1.0.0", &[("f.js", &FAULTY.replace("return x", "return -x"))])
        .patch("p1", "f.js", &patch, &right())
        .file("own/f.js", &mended)
        .file("own/package.json", r#"{"name": "folder", "version": "1.0.0", "type": "module"}"#);
    let project = deception.set_up(&registry);
    let run = |arguments: &[&str]| verify(&registry, project.path(), arguments);
    let folder = run(&["./own", "--update"]);
    assert_eq!(folder.code, 0, "{}{}", folder.stdout, folder.stderr);
    for arguments in [&["1.0.0"][..], &["latest"], &[], &["1.0.0", "--probe=off"]] {
        let published = run(arguments);
        assert_eq!(published.code, 5, "{}", published.stdout);
        assert!(published.stdout.contains("conflict"), "{}", published.stdout);
    }
}
