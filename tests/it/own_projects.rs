//! `mad init`, `add`, `remove`, `lock` and `--locked`, as far as they go without an engine.

use std::fs;
use std::path::Path;

use crate::support::{Run, mad_in};

fn write(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix("own-").tempdir().unwrap();
    write(dir.path(), files);
    dir
}

fn read(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn assert_fails(run: &Run, code: i32, expected: &[&str]) {
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    for text in expected {
        assert!(run.stderr.contains(text), "expected `{text}` in:\n{}", run.stderr);
    }
}

#[track_caller]
fn good(dir: &Path, arguments: &[&str]) -> Run {
    let run = mad_in(dir, arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    run
}

#[test]
fn init_begins_a_profile_that_renders() {
    let dir = folder(&[("README.md", "")]);
    let run = good(dir.path(), &["init"]);
    assert!(run.stderr.contains("wrote profiles/dev.yaml and mad.yaml"), "{}", run.stderr);
    let name = dir.path().file_name().unwrap().to_str().unwrap().to_owned();
    let profile = read(dir.path(), "profiles/dev.yaml");
    assert!(profile.ends_with(&format!("extends: common\ndescription: \"Agents for {name}\"\n")));
    assert!(read(dir.path(), "mad.yaml").contains("default: dev\ntag: own-"));
    let rendered = good(dir.path(), &["render"]).stdout;
    assert_eq!(rendered, good(dir.path(), &["render", "-p", "dev"]).stdout);
    good(dir.path(), &["lock", "--check"]);
    // Nothing is overwritten; a second profile is one more.
    assert_fails(&mad_in(dir.path(), &["init"]), 2, &["`profiles/dev.yaml` is there already"]);
    good(dir.path(), &["init", "gpu", "--extends", "cuda", "--base", "debian:trixie"]);
    assert!(read(dir.path(), "profiles/gpu.yaml").contains("extends: cuda\n"));
    assert!(read(dir.path(), "mad.yaml").contains("default: dev"));
    good(dir.path(), &["render", "-p", "gpu"]);
}

#[test]
fn init_that_fails_leaves_nothing() {
    let dir = folder(&[]);
    for (arguments, expected) in [
        (&["init", "--extends", "comon"][..], "did you mean `common`?"),
        (&["init", "../x"], "found the name `../x`"),
        (&["init", "-p"], ""),
        (&["init", "--base", "Debian"], "upper-case"),
    ] {
        assert_fails(&mad_in(dir.path(), arguments), 2, &[expected]);
        assert!(!dir.path().join("mad.yaml").exists(), "{arguments:?}");
        assert!(!dir.path().join("profiles/dev.yaml").exists(), "{arguments:?}");
    }
}

/// A project begins where it is asked for, not in the project around.
#[test]
fn init_below_a_project_is_a_project_of_its_own() {
    let dir = folder(&[("mad.yaml", ""), ("a/b", "")]);
    good(&dir.path().join("a"), &["init"]);
    assert!(dir.path().join("a/profiles/dev.yaml").is_file());
}

/// What manifests ask for is added by the engine; without one the command is told.
#[test]
fn init_proposes_for_what_is_there() {
    for (files, packages, notes) in [
        (&[("requirements.txt", "httpx>=0.27\nrich\n")][..], "'pip:httpx>=0.27' pip:rich", ""),
        (&[("pyproject.toml", "[project]\ndependencies = [\"flask\"]\n")], "pip:flask", ""),
        (
            &[("Cargo.toml", "[package]\n")],
            "apt:cargo apt:rustc apt:build-essential apt:pkg-config",
            "",
        ),
        (&[("package.json", "{\"packageManager\": \"pnpm@9.1.0\"}")], "npm:pnpm@9.1.0", ""),
        (&[("go.mod", "module x")], "apt:golang-go", ""),
        (&[("Gemfile", "")], "apt:ruby-full apt:bundler apt:build-essential", ""),
        (&[("pom.xml", "")], "apt:default-jdk-headless apt:maven", ""),
        (
            &[(".tool-versions", "golang 1.22\nterraform 1.5\n")],
            "apt:golang-go",
            "left out: terraform 1.5",
        ),
        (
            &[(
                ".devcontainer/devcontainer.json",
                "{\"image\": \"x:1\", \"features\": {\"f/go:1\": {}}} // end",
            )],
            "apt:golang-go",
            "starts from `x:1`",
        ),
        (
            &[(
                "cog.yaml",
                "build: {system_packages: [ffmpeg], python_packages: [\"torch==2.0.1\"]}",
            )],
            "apt:ffmpeg pip:torch==2.0.1",
            "",
        ),
        (&[("Makefile", ""), ("CMakeLists.txt", "")], "apt:build-essential apt:cmake apt:make", ""),
    ] {
        let dir = folder(files);
        let run = good(dir.path(), &["init", "--no-packages"]);
        assert_eq!(run.stdout, format!("mad add -p dev {packages}\n"));
        assert!(run.stderr.contains(notes), "{}", run.stderr);
        good(dir.path(), &["render"]);
        // Without an engine the profile is there all the same.
        let other = folder(files);
        let run = mad_in(other.path(), &["init"]);
        assert_fails(&run, 7, &["no Docker Engine answers", &format!("mad add -p dev {packages}")]);
        good(other.path(), &["render"]);
    }
    // What needs no package needs no engine.
    let dir = folder(&[("Dockerfile", "FROM x"), ("package.json", "{\"dependencies\": {}}")]);
    let run = good(dir.path(), &["init"]);
    assert!(run.stderr.contains("`mad users audit Dockerfile`"), "{}", run.stderr);
    let dir = folder(&[(
        ".devcontainer.json",
        "{\"remoteUser\": \"me\", \"containerEnv\": {\"A\": \"b: c\"}}",
    )]);
    good(dir.path(), &["init"]);
    let rendered = good(dir.path(), &["render"]).stdout;
    assert!(rendered.contains("ENV A=\"b: c\"") && rendered.contains("USER=me"), "{rendered}");
}

#[test]
fn packages_that_are_none_and_profiles_of_others_are_refused_before_an_engine_is_asked() {
    let dir = folder(&[]);
    good(dir.path(), &["init"]);
    let profile = read(dir.path(), "profiles/dev.yaml");
    for (arguments, code, expected) in [
        (&["add"][..], 2, "<PACKAGE>"),
        (&["add", "httpx"], 2, "`pip:httpx`, `npm:httpx`"),
        (&["add", "pip:x @ https://example.org"], 2, "a package of PyPI"),
        (&["add", "-p", "cpu", "pip:httpx"], 2, "`mad init`"),
        (&["lock", "-p", "cuda", "--upgrade"], 2, "`mad init`"),
        (&["remove", "pip:rich"], 2, "it comes from profiles/common.yaml:"),
        (&["remove", "npm:no-such"], 2, "`no-such` is not in profiles/dev.yaml"),
        (&["lock", "--upgrade", "rich"], 2, "no package `rich` of its own"),
        (&["lock", "--check", "--upgrade"], 2, "cannot be used with"),
        (&["add", "pip:httpx"], 7, "no Docker Engine answers"),
    ] {
        assert_fails(&mad_in(dir.path(), arguments), code, &[expected]);
        assert_eq!(read(dir.path(), "profiles/dev.yaml"), profile, "{arguments:?}");
    }
    let gpu = folder(&[("profiles/gpu.yaml", "extends: cuda\n")]);
    assert_fails(&mad_in(gpu.path(), &["add", "pip:x"]), 2, &["cuda-versions.yaml"]);
}

/// What is removed without an engine is there again afterwards.
#[test]
fn a_removal_that_cannot_be_locked_is_undone() {
    let text = "extends: common\npython:\n  packages:\n    - httpx==0.28.1   # ours\n";
    let dir = folder(&[("profiles/dev.yaml", text)]);
    assert_fails(&mad_in(dir.path(), &["remove", "pip:httpx"]), 7, &["no Docker Engine answers"]);
    assert_eq!(read(dir.path(), "profiles/dev.yaml"), text);
}

#[test]
fn a_stale_lock_says_the_command() {
    let dir =
        folder(&[("profiles/dev.yaml", "extends: cpu\npython: {packages: [flask==3.0.0]}\n")]);
    for command in [&["render"][..], &["build", "--dry-run"]] {
        let run = mad_in(dir.path(), command);
        if run.code != 7 {
            assert_fails(&run, 2, &["no `flask`, expected `flask==3.0.0`", "`mad lock -p dev`"]);
        }
    }
    assert_fails(
        &mad_in(dir.path(), &["lock", "--check"]),
        6,
        &["no `flask`", "`mad lock -p dev`"],
    );
    // mad's own profiles cannot be locked.
    let set = ["render", "-p", "cpu", "--set", "python.packages=[flask==3.0.0]"];
    assert_fails(&mad_in(dir.path(), &set), 2, &["`mad add pip:NAME`"]);
}

/// Everything that a lock holds, and how its change is named.
#[test]
fn every_kind_of_drift_is_6_and_named() {
    let series = Path::new(env!("CARGO_MANIFEST_DIR")).join("patches/claude-flow");
    type Change = fn(&Path);
    let cases: [(&str, Change, &[&str]); 8] = [
        (
            "a value",
            |dir| append(dir, "profiles/dev.yaml", "apt: {runtime: [file=1:5.*]}\n"),
            &["`apt.runtime.file` is new: `1:5.*`"],
        ),
        (
            "the base",
            |dir| write(dir, &[("mad.local.yaml", "base: debian:bookworm\n")]),
            &["it starts from `debian:bookworm`, and was locked from `debian:trixie-slim`"],
        ),
        (
            "a template",
            |dir| write(dir, &[("templates/stages/toolchain.j2", "FROM base AS toolchain\n")]),
            &["templates/stages/toolchain.j2 has changed"],
        ),
        (
            "a helper",
            |dir| write(dir, &[("templates/files/with-ca", "#!/bin/sh\nexec \"$@\"\n")]),
            &["templates/files/with-ca has changed"],
        ),
        (
            "the Python lock",
            |dir| append(dir, "l/requirements.txt", "extra==1\n"),
            &["l/requirements.txt has changed"],
        ),
        (
            "the npm lock",
            |dir| append(dir, "l/package-lock.json", "\n"),
            &["l/package-lock.json has changed"],
        ),
        (
            "mad",
            |dir| {
                replace(
                    dir,
                    "mad.lock",
                    &format!("mad: {}", env!("CARGO_PKG_VERSION")),
                    "mad: 9.9.9",
                )
            },
            &["it was locked by mad 9.9.9"],
        ),
        (
            "no lock",
            |dir| fs::remove_file(dir.join("mad.lock")).unwrap(),
            &["it is not in mad.lock"],
        ),
    ];
    for (what, change, expected) in cases {
        let dir = folder(&[(
            "profiles/dev.yaml",
            "extends: common\nnode: {lock: l/package-lock.json}\npython: {lock: l/requirements.txt}\n",
        )]);
        let locks = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/locks");
        fs::create_dir(dir.path().join("l")).unwrap();
        fs::copy(locks.join("cpu.txt"), dir.path().join("l/requirements.txt")).unwrap();
        fs::copy(locks.join("package-lock.json"), dir.path().join("l/package-lock.json")).unwrap();
        good(dir.path(), &["lock"]);
        good(dir.path(), &["lock", "--check"]);
        // Files of the project itself are its work, and no drift.
        write(dir.path(), &[("main.py", "x")]);
        good(dir.path(), &["lock", "--check"]);
        change(dir.path());
        let run = mad_in(dir.path(), &["lock", "--check"]);
        assert_fails(
            &run,
            6,
            &[&["mad.lock does not hold for the profile `dev`", "`mad lock -p dev`"], expected]
                .concat(),
        );
        assert!(!run.stderr.contains("\n  "), "{what}: one thing alone: {}", run.stderr);
        good(dir.path(), &["lock"]);
        good(dir.path(), &["lock", "--check"]);
    }
    // A patch: a series of the project's own lies over mad's.
    let dir = folder(&[("profiles/dev.yaml", "extends: common\n")]);
    good(dir.path(), &["lock"]);
    fs::create_dir(dir.path().join("patches")).unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(&series)
        .arg(dir.path().join("patches"))
        .status();
    assert!(copied.unwrap().success());
    good(dir.path(), &["lock", "--check"]);
    append(dir.path(), "profiles/dev.yaml", "patches: !replace []\n");
    let run = mad_in(dir.path(), &["lock", "--check"]);
    assert_fails(&run, 6, &["`patches.claude-flow` is gone", "patches/claude-flow/"]);
    // A file that is none.
    fs::write(dir.path().join("mad.lock"), "schema: other\nprofiles: {}\n").unwrap();
    assert_fails(&mad_in(dir.path(), &["lock", "--check"]), 2, &["mad.lock: found schema `other`"]);
}

fn append(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(name), read(dir, name) + text).unwrap();
}

fn replace(dir: &Path, name: &str, from: &str, to: &str) {
    let text = read(dir, name);
    assert!(text.contains(from), "{text}");
    fs::write(dir.join(name), text.replace(from, to)).unwrap();
}
