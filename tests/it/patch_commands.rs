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

/// Names in an envelope of every tool: what fits one file only is mended, and nothing else.
#[test]
fn an_import_takes_the_names_of_other_tools() {
    let body = "@@ -1,3 +1,3 @@\n export function f(x) {\n-  return x;\n+  return x + 1;\n }\n";
    let import = |head: &str| {
        let dir = toy();
        let text = "export function f(x) {\n  return x;\n}\n";
        std::fs::create_dir_all(dir.path().join("pkg/dist")).unwrap();
        std::fs::write(
            dir.path().join("pkg/package.json"),
            "{\"name\":\"toy\",\"version\":\"1.0.0\"}",
        )
        .unwrap();
        std::fs::write(dir.path().join("pkg/dist/f.js"), text).unwrap();
        std::fs::write(dir.path().join("in.patch"), format!("{head}{body}")).unwrap();
        let arguments = ["import", "--series", "toy", "--base", "./pkg", "in.patch"];
        let arguments = [&["patch"], &arguments[..], &["-o", "out.patch"]].concat();
        let run = mad_in(dir.path(), &arguments);
        let out = std::fs::read_to_string(dir.path().join("out.patch")).unwrap_or_default();
        (run, out)
    };
    for head in [
        "diff --git a/dist/f.js b/dist/f.js\n--- a/dist/f.js\n+++ b/dist/f.js\n",
        "--- dist/f.js\n+++ dist/f.js\n",
        "--- ./dist/f.js\n+++ ./dist/f.js\n",
        "diff --git dist/f.js dist/f.js\n--- dist/f.js\n+++ dist/f.js\n",
        "diff --git i/dist/f.js w/dist/f.js\n--- i/dist/f.js\n+++ w/dist/f.js\n",
        "--- pkg.orig/dist/f.js\n+++ pkg/dist/f.js\n",
        "--- dist/f.js.orig\t2026-01-01 00:00:00\n+++ dist/f.js\t2026-01-02 00:00:00\n",
        "--- a/node_modules/toy/dist/f.js\n+++ b/node_modules/toy/dist/f.js\n",
        "\u{feff}--- a/dist/f.js\n+++ b/dist/f.js\n",
        "Index: dist/f.js\n=====\n--- dist/f.js\t(revision 1)\n+++ dist/f.js\t(working copy)\n",
    ] {
        let (run, out) = import(head);
        assert_eq!(run.code, 0, "{head}{}{}", run.stdout, run.stderr);
        assert!(out.contains("--- a/dist/f.js\n+++ b/dist/f.js\n@@"), "{head}{out}");
    }
    // No such file, and one outside of the package.
    for head in ["--- a/dist/g.js\n+++ b/dist/g.js\n", "--- ../dist/f.js\n+++ ../dist/f.js\n"] {
        let (run, out) = import(head);
        assert_eq!((run.code, out.as_str()), (5, ""), "{head}{}{}", run.stdout, run.stderr);
    }
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
    assert!(written.contains("@@ -16,7 +16,7 @@"), "{written}");
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

const VERSIONS: [&str; 5] = ["./1.0.0", "./1.1.0", "./1.2.0", "./2.0.0", "./3.0.0"];

#[test]
fn bisect_names_the_first_bad_version_and_the_upstream_lines() {
    let dir = toy();
    let bisect = |arguments: &[&str]| {
        let mut all = vec!["patch", "bisect", "--series", "toy"];
        all.extend(VERSIONS.iter().flat_map(|version| ["--package", *version]));
        mad_in(dir.path(), &[&all, arguments].concat())
    };
    let run = bisect(&["ping"]);
    assert_ends(&run, 0);
    insta::assert_snapshot!(run.stdout);
    assert!(run.stderr.contains("mad patch rebase --to 1.2.0 --series toy"), "{}", run.stderr);
    // One of its files is the same patch; another file is judged on the package as it comes.
    let run = bisect(&["01-ping.patch"]);
    assert!(run.stdout.contains("first bad:  1.2.0"), "{}", run.stdout);
    let early = read(dir.path(), "patches/toy/02-no-early-notification.patch");
    std::fs::write(dir.path().join("early.patch"), early).unwrap();
    let run = bisect(&["--good", "1.1.0", "early.patch"]);
    assert_ends(&run, 0);
    assert!(run.stdout.contains("last good:  1.2.0\nfirst bad:  2.0.0\n"), "{}", run.stdout);
    assert!(run.stdout.contains("-    this.notify('started');\n"), "{}", run.stdout);
    // What was said to be good must be.
    let run = bisect(&["--good", "1.2.0", "ping"]);
    assert_ends(&run, 2);
    assert!(run.stderr.contains("--good 1.2.0: found conflict"), "{}", run.stderr);
    let run = bisect(&["nothing"]);
    assert_ends(&run, 2);
    assert!(run.stderr.contains("is no patch of the series, and no file"), "{}", run.stderr);
}

#[test]
fn rebase_writes_a_proposal_and_says_where_a_person_is_needed() {
    let dir = toy();
    let rebase = |from: &str, to: &str, output: &str| {
        let fixed = ["patch", "rebase", "--series", "toy", "-o", output];
        mad_in(dir.path(), &[&fixed[..], &["--from", from, "--to", to]].concat())
    };
    let run = rebase("./1.0.0", "./1.1.0", "out");
    assert_ends(&run, 0);
    assert!(run.stdout.contains("the same bytes as from the series as it is today"));
    let names = |folder: &str| {
        let entries = std::fs::read_dir(dir.path().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    assert_eq!(names("out"), ["REPORT.md"]);
    // A line in the context of `ping` is another: merged, and an earlier proposal goes.
    let path = dir.path().join("1.1.0/src/server.js");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("switch (method) {", "switch (method ?? '') {")).unwrap();
    let run = rebase("./1.0.0", "./1.1.0", "out");
    assert_ends(&run, 0);
    assert_eq!(
        names("out"),
        ["01-ping.1.1.0.patch", "REPORT.md", "ping.patch.diff", "ping.upstream.diff"]
    );
    insta::assert_snapshot!(read(dir.path(), "out/REPORT.md"));
    let run = rebase("./1.0.0", "./2.0.0", "out");
    assert_ends(&run, 5);
    assert!(run.stderr.contains("manual resolution needed for ping"), "{}", run.stderr);
    insta::assert_snapshot!(read(dir.path(), "out/REPORT.md"));
    let run = rebase("./2.0.0", "./1.0.0", "out");
    assert_ends(&run, 5);
    assert!(run.stderr.contains("the series does not apply to 2.0.0"), "{}", run.stderr);
    // A folder with other files is not touched.
    let run = rebase("./1.0.0", "./1.1.0", "2.0.0");
    assert_ends(&run, 2);
    assert!(dir.path().join("2.0.0/package.json").exists());
}

#[test]
fn new_makes_a_patch_of_an_edit_and_asks_for_the_words() {
    let dir = toy();
    let new = |id: &str, arguments: &[&str]| {
        let fixed = ["patch", "new", id, "--series", "toy", "--base", "./1.0.0"];
        mad_in(dir.path(), &[&fixed[..], arguments].concat())
    };
    // The edited file has the patches of the series in it already.
    let text = read(dir.path(), "1.0.0/src/server.js");
    let ping = "      case 'ping':\n        return { id, result: {} };\n      case 'tools/list':\n";
    let text = text.replace("      case 'tools/list':\n", ping);
    let text = text.replace("    this.notify('started');\n", "");
    std::fs::write(dir.path().join("same.js"), &text).unwrap();
    let edited = text.replace("'1.0.0'", "'9.9.9'");
    std::fs::write(dir.path().join("edited.js"), &edited).unwrap();
    std::fs::write(dir.path().join("broken.js"), edited.replace("start() {", "start( {")).unwrap();

    let run = new("other", &["--from", "same.js"]);
    assert_ends(&run, 2);
    assert!(run.stderr.contains("`src/server.js` was not changed"), "{}", run.stderr);
    let run = new("other", &["--from", "broken.js"]);
    assert_ends(&run, 5);
    let run = new("ping", &["--from", "edited.js"]);
    assert_ends(&run, 2);
    let run = new("other", &[]);
    assert_ends(&run, 2);
    assert!(run.stderr.contains("found neither VISUAL nor EDITOR"), "{}", run.stderr);
    assert!(!dir.path().join("patches/toy/03-other.patch").exists());

    let run = new("other", &["--from", "edited.js", "--add"]);
    assert_ends(&run, 0);
    let patch = read(dir.path(), "patches/toy/03-other.patch");
    assert!(patch.contains("-const VERSION = '1.0.0';\n+const VERSION = '9.9.9';\n"), "{patch}");
    assert!(read(dir.path(), "patches/toy/probes/03-other.mjs").contains("check(false"));
    assert_ends(&mad_in(dir.path(), &["patch", "refresh", "--series", "toy", "--check"]), 0);
    let run = mad_in(
        dir.path(),
        &["patch", "bisect", "--series", "toy", "--package", "./1.0.0", "other"],
    );
    assert!(run.stdout.contains("fits   exact  1.0.0"), "{}", run.stdout);
}

#[test]
fn an_editor_edits_a_scratch_copy() {
    let dir = toy();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mad"))
        .args(["patch", "new", "other", "--series", "toy", "--base", "./1.0.0"])
        .current_dir(dir.path())
        .env("EDITOR", "sed -i s/9999999/1/ -e s/1.0.0/9.9.9/")
        .env_remove("VISUAL")
        .output()
        .unwrap();
    assert!(!output.status.success(), "sed takes the first word for a file");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mad"))
        .args(["patch", "new", "other", "--series", "toy", "--base", "./1.0.0"])
        .current_dir(dir.path())
        .env("EDITOR", "sed -i -e s/1.0.0/9.9.9/")
        .env_remove("VISUAL")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("  - id: other\n"));
    assert!(read(dir.path(), "1.0.0/src/server.js").contains("'1.0.0'"), "upstream is not edited");
}
