//! The commands that change patches, on packages in folders: no network, no engine.

use std::path::{Path, PathBuf};

use crate::support::{Run, mad_in};

fn inputs(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/patches").join(path)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A project with the series `toy`, and its package in several versions beside it.
fn toy() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&inputs("toy"), dir.path());
    dir
}

fn read(dir: &Path, path: &str) -> String {
    std::fs::read_to_string(dir.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn assert_ends(run: &Run, code: i32) {
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
}

#[test]
fn imports() {
    insta::glob!("../inputs/patches/import", "*.patch", |path| {
        let dir = toy();
        let name = path.file_name().unwrap().to_str().unwrap();
        std::fs::copy(path, dir.path().join(name)).unwrap();
        let arguments =
            ["patch", "import", "--series", "toy", "--base", "./1.0.0", name, "-o", "out.patch"];
        let run = mad_in(dir.path(), &arguments);
        let refused = name.starts_with("refused");
        assert_ends(&run, if refused { 5 } else { 0 });
        let out = dir.path().join("out.patch");
        assert_eq!(out.exists(), !refused);
        if !refused && !run.stderr.contains("at an end of the file only") {
            // What it wrote, GNU patch takes without a word of doubt, and git too.
            let check = |program: &str, arguments: &[&str]| {
                let mut command = std::process::Command::new(program);
                let input = std::fs::File::open(&out).unwrap();
                command.args(arguments).current_dir(dir.path().join("1.0.0")).stdin(input);
                let output = command.output().unwrap();
                assert!(output.status.success(), "{program}: {output:?}");
                let said = String::from_utf8(output.stdout).unwrap();
                assert!(!said.contains("offset") && !said.contains("fuzz"), "{program}: {said}");
            };
            check("git", &["apply", "--check"]);
            check("patch", &["-p1", "--fuzz=0", "--dry-run"]);
        }
        insta::assert_snapshot!(format!("{}---- stderr\n{}", run.stdout, run.stderr));
    });
}

#[test]
fn an_import_into_the_series_gets_its_name_its_header_and_its_entry() {
    let dir = toy();
    // The patches ahead of it are in its base: it changes a line beside one of theirs.
    let patch = "--- a/src/server.js\n+++ b/src/server.js\n@@ -1,3 +1,3 @@\n       case 'ping':\n-        return { id, result: {} };\n+        return { id, result: { ok: true } };\n       case 'tools/list':";
    std::fs::write(dir.path().join("given.patch"), patch).unwrap();
    let base =
        ["patch", "import", "given.patch", "--series", "toy", "--base", "./1.0.0", "--as", "ok"];
    let run = mad_in(dir.path(), &base);
    assert_ends(&run, 0);
    let written = read(dir.path(), "patches/toy/03-ok.patch");
    assert!(written.starts_with("TODO one sentence"), "{written}");
    assert!(written.contains("@@ -18,3 +18,3 @@"), "{written}");
    assert!(run.stdout.contains("  - id: ok\n"), "{}", run.stdout);
    let series = read(dir.path(), "patches/toy/series.yaml");
    let entry = &run.stdout[run.stdout.find("  - id: ok").unwrap()..];
    std::fs::write(dir.path().join("patches/toy/series.yaml"), series + entry).unwrap();
    let run = mad_in(dir.path(), &["patch", "refresh", "--series", "toy", "--check"]);
    assert_ends(&run, 0);
    // A patch of a series changes one file.
    let two = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n";
    std::fs::write(dir.path().join("given.patch"), two).unwrap();
    let run = mad_in(dir.path(), &base);
    assert_ends(&run, 2);
    assert!(run.stderr.contains("changes 2 files, expected one"), "{}", run.stderr);
}

#[test]
fn refresh_writes_the_same_patch_in_the_same_bytes() {
    let dir = toy();
    let file = "patches/toy/01-ping.patch";
    let tidy = read(dir.path(), file);
    let check = ["patch", "refresh", "--series", "toy", "--check"];
    let write = ["patch", "refresh", "--series", "toy"];
    assert_ends(&mad_in(dir.path(), &check), 0);
    let untidy =
        tidy.replace("--- a/src/server.js\n", "--- a/src/server.js\t2020-01-01 00:00:00\n");
    let untidy = untidy.replace(" @@\n", " @@ handle(message) {\n");
    std::fs::write(dir.path().join(file), &untidy).unwrap();
    let run = mad_in(dir.path(), &check);
    assert_ends(&run, 5);
    assert!(run.stdout.contains("-@@ -15,6 +15,8 @@ handle(message) {\n"), "{}", run.stdout);
    assert_eq!(read(dir.path(), file), untidy);
    let run = mad_in(dir.path(), &write);
    assert_ends(&run, 0);
    assert_eq!(run.stdout, "rewrote 01-ping.patch\n");
    assert_eq!(read(dir.path(), file), tidy);
    // A patch that cannot be read is not touched.
    let broken = tidy.replace("@@ -15,6", "@@ -15,7");
    std::fs::write(dir.path().join(file), &broken).unwrap();
    let run = mad_in(dir.path(), &write);
    assert_ends(&run, 5);
    assert!(run.stdout.contains("old count too big"), "{}", run.stdout);
    assert_eq!(read(dir.path(), file), broken);
}
