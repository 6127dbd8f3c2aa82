//! `mad users fix` where no engine is: what it prints, writes and refuses.

use std::path::Path;

use dockerfile::File;
use dockerfile::consolidate::{Options, Strategy, consolidate};

use crate::support::mad_in;

const TEXT: &str = "FROM debian\nUSER root\nUSER root\nRUN a\nUSER dev\nUSER root\nRUN b\n";

fn folder(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("Dockerfile"), text).unwrap();
    dir
}

fn read(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).unwrap()
}

#[test]
fn nothing_is_written_unless_it_is_told_to() {
    let dir = folder(TEXT);
    let run = mad_in(dir.path(), &["users", "fix"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("-USER dev"), "{}", run.stdout);
    assert!(run.stdout.contains("USER lines"), "{}", run.stdout);
    assert_eq!(read(dir.path(), "Dockerfile"), TEXT);
}

#[test]
fn write_and_output_write_the_new_file() {
    let dir = folder(TEXT);
    let run = mad_in(dir.path(), &["users", "fix", "-o", "new/Dockerfile", "Dockerfile"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let new = read(dir.path(), "new/Dockerfile");
    assert_eq!(new, "FROM debian\nUSER root\nRUN a\nRUN b\n");
    assert_eq!(read(dir.path(), "Dockerfile"), TEXT);
    let run = mad_in(dir.path(), &["users", "fix", "-w"]);
    assert!(run.stdout.contains("wrote "), "{}", run.stdout);
    assert_eq!(read(dir.path(), "Dockerfile"), new);
    let run = mad_in(dir.path(), &["users", "fix", "-w"]);
    assert!(run.stdout.contains("nothing to change"), "{}", run.stdout);
    assert_eq!(read(dir.path(), "Dockerfile"), new);
}

#[test]
fn diff_is_a_patch_and_json_has_its_schema() {
    let dir = folder(TEXT);
    let run = mad_in(dir.path(), &["users", "fix", "--diff"]);
    let lines: Vec<&str> = run.stdout.lines().take(2).collect();
    assert!(lines[0].starts_with("--- ") && lines[1].ends_with("(fixed)"), "{lines:?}");
    let run = mad_in(dir.path(), &["users", "fix", "--format", "json"]);
    let fix: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(fix["schema"], "mad.users-fix/1");
    assert_eq!(fix["before"]["user_lines"], 4);
    assert_eq!(fix["after"]["user_lines"], 1);
    assert!(fix["proving"].is_null() && fix["written"].is_null());
}

/// Three of `dev` and three of root that `minimal` brings together, and quick steps in a row.
const GUESSED: &str = "# syntax=docker/dockerfile:1\nFROM debian\nUSER dev\nRUN touch ~/a\nUSER root\nRUN touch /opt/a\nRUN touch /opt/b\nUSER dev\nRUN touch ~/b\n";

#[test]
fn a_guess_needs_a_proof_or_is_marked() {
    let dir = folder(GUESSED);
    for guess in
        [&["--strategy", "minimal"][..], &["--merge"], &["--strategy", "minimal", "--merge"]]
    {
        let fix = [&["users", "fix"], guess].concat();
        for write in [&[][..], &["--write"], &["--diff"], &["--format", "json"]] {
            let run = mad_in(dir.path(), &[&fix[..], write].concat());
            assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{guess:?} {write:?}");
            assert!(run.stderr.contains("`--unproven`"), "{}", run.stderr);
            assert_eq!(read(dir.path(), "Dockerfile"), GUESSED);
        }
        let run = mad_in(dir.path(), &[&fix[..], &["--unproven", "-o", "new"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout.contains("unproven"), "{}", run.stdout);
        let new = read(dir.path(), "new");
        assert!(
            new.starts_with(
                "# syntax=docker/dockerfile:1\n# Unproven: rewritten by `mad users fix"
            ),
            "{new}"
        );
        // Marked once; the result is a fixed point.
        let again = [&["users", "fix"], guess, &["--unproven", "-o", "again", "new"]].concat();
        assert_eq!(mad_in(dir.path(), &again).code, 0);
        assert_eq!(read(dir.path(), "again"), new, "{guess:?}");
    }
    // Where nothing but needless lines go, there is nothing to prove.
    let dir = folder(TEXT);
    let run = mad_in(dir.path(), &["users", "fix", "--strategy", "minimal", "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_ne!(read(dir.path(), "Dockerfile"), TEXT);
    let run = mad_in(dir.path(), &["users", "fix", "--strategy", "balanced"]);
    assert_eq!(run.code, 2, "balanced is gone");
}

#[test]
fn what_cannot_be_is_2_and_no_engine_is_7() {
    let dir = folder(TEXT);
    for arguments in [
        &["users", "fix", "nowhere"][..],
        &["users", "fix", "--write", "-o", "x"],
        &["users", "fix", "--target", "x"],
        &["users", "fix", "--strategy", "minimal", "--unproven", "--strict"],
        &["users", "fix", "--attempts", "3"],
        &["users", "fix", "--prove", "--unproven"],
        &["users", "fix", "--diff", "--format", "json"],
        &["users", "fix", "--prove", "--context", "nowhere"],
        &["users", "fix", "--prove", "--build-arg", "=x"],
        &["users", "fix", "--write", "-"],
    ] {
        let run = mad_in(dir.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
    }
    let run = mad_in(dir.path(), &["users", "fix", "--prove", "--write"]);
    assert_eq!(run.code, 7, "{}", run.stderr);
    assert_eq!(read(dir.path(), "Dockerfile"), TEXT);
    let bad = folder("FROM x\nRUM y\n");
    let run = mad_in(bad.path(), &["users", "fix"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("line 2"), "{}", run.stderr);
}

#[test]
fn a_file_over_the_limit_says_what_was_not_tried() {
    let steps: String = (0..1200).map(|at| format!("USER u{}\nRUN a{at}\n", at % 2)).collect();
    let text = format!("FROM debian AS long\n{steps}FROM long\nUSER u1\n");
    let dir = folder(&text);
    let ask = ["users", "fix", "--strategy", "minimal"];
    let why = "stage `long` has 2401 instructions, and the limit is 1000";
    let run = mad_in(dir.path(), &ask);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let out = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains(&format!("line 1: {why}: no other order was tried")), "{out}");
    assert!(!out.contains("nothing to change") && !out.contains("--target"), "{out}");
    let run = mad_in(dir.path(), &[&ask[..], &["--merge", "--format", "json"]].concat());
    let fix: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(fix["not_tried"]["line"], 1);
    let told = fix["not_tried"]["text"].as_str().unwrap();
    assert!(told.starts_with(why) && told.contains("no other order and no merge"), "{told}");
    let run = mad_in(dir.path(), &[&ask[..], &["--diff"]].concat());
    assert!(run.stderr.contains(why), "{}", run.stderr);
    // What `safe` does is done, and nothing else was asked for.
    let run = mad_in(dir.path(), &["users", "fix", "--format", "json"]);
    let fix: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(fix["not_tried"].is_null());
}

/// Every Dockerfile of the tests, rewritten as far as it is guessed: what changes, and why the rest stays. What came out is left as it is the second time.
#[test]
fn every_dockerfile_is_fixed() {
    insta::glob!("../inputs/dockerfiles", "*.Dockerfile", |path| {
        let dir = path.parent().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let run =
            mad_in(dir, &["users", "fix", name, "--strategy", "minimal", "--merge", "--unproven"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains(['\x1b', '\x07', '\u{202e}']));
        insta::assert_snapshot!(run.stdout);

        let bytes = std::fs::read(path).unwrap();
        let file = File::parse(&bytes).unwrap();
        for strategy in [Strategy::Safe, Strategy::Minimal] {
            for merge in [false, true] {
                let options = Options { merge, ..Options::default() };
                let once = consolidate(&file, strategy, options).text;
                let again = File::parse(once.as_bytes()).unwrap();
                let twice = consolidate(&again, strategy, options).text;
                assert_eq!(twice, once, "{name}, {strategy:?}, merge {merge}");
            }
        }
    });
}

/// What mad renders has no `USER` line to spare.
#[test]
fn what_is_rendered_is_at_its_minimum() {
    let project = tempfile::tempdir().unwrap();
    for profile in ["cpu", "cuda"] {
        for level in ["1.2", "1.4"] {
            let out = tempfile::tempdir().unwrap();
            let folder = out.path().to_str().unwrap();
            let arguments = ["render", "-p", profile, "--frontend", level, "-o", folder];
            let rendered = mad_in(project.path(), &arguments);
            assert_eq!(rendered.code, 0, "{}", rendered.stderr);
            let audit = mad_in(out.path(), &["users", "audit", "--format", "json", "."]);
            let audit: serde_json::Value = serde_json::from_str(&audit.stdout).unwrap();
            assert_eq!(audit["user_lines"], audit["fewest"], "{profile} {level}");
            assert_eq!(audit["user_lines"], 1, "{profile} {level}");
            let text = read(out.path(), "Dockerfile");
            let file = File::parse(text.as_bytes()).unwrap();
            let fixed = consolidate(&file, Strategy::Minimal, Options::default());
            assert_eq!(fixed.text, text, "{profile} {level}");
        }
    }
}
