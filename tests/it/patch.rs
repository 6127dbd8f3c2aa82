//! `mad patch` on a package of this machine: no network, no engine, the probes with this Node.js.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Run, mad_with_path_in};

const SERIES: &str = "\
schema: mad.series/1
package: demo
patches:
  - id: answer
    why: The server answers 41.
    upstream: none
    remove_when: upstream answers 42
    target: src/server.js
    probe: probes/01-answer.mjs
    variants:
      - {versions: '*', file: 01-answer.patch}
";

const PATCH: &str = "\
--- a/src/server.js
+++ b/src/server.js
@@ -1,7 +1,7 @@
 'use strict';
 
 function answer() {
-  return 41;
+  return 42;
 }
 
 module.exports = { answer };
";

const SERVER: &str = "'use strict';\n\nfunction answer() {\n  return 41;\n}\n\nmodule.exports = { answer };\n// end\n";

const PROBE: &str = "\
import { createRequire } from 'node:module';
import path from 'node:path';
const require = createRequire(import.meta.url);
const { answer } = require(path.join(process.argv[2], 'src/server.js'));
const found = answer();
if (found !== 42) console.log(JSON.stringify({ why: `found ${found}` }));
process.exit(found === 42 ? 0 : 1);
";

/// A project with a series, and the package beside it.
struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.write("patches/demo/series.yaml", SERIES);
        project.write("patches/demo/01-answer.patch", PATCH);
        project.write("patches/demo/probes/01-answer.mjs", PROBE);
        project.write("pkg/package.json", r#"{"name": "demo", "version": "1.0.0"}"#);
        project.write("pkg/src/server.js", SERVER);
        project
    }

    /// One whose matrix is written and holds.
    fn recorded() -> Self {
        let project = Self::new();
        let run = project.verify(&["--update"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        project
    }

    fn dir(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.dir().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.dir().join(path)).unwrap();
        assert!(text.contains(from), "{text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    fn run(&self, arguments: &[&str]) -> Run {
        mad_with_path_in(self.dir(), arguments)
    }

    fn verify(&self, arguments: &[&str]) -> Run {
        let all = ["patch", "verify", "./pkg", "--series", "demo", "--probe=host"];
        self.run(&[&all, arguments].concat())
    }
}

#[track_caller]
fn assert_ends(run: &Run, code: i32, expected: &[&str]) {
    let text = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, code, "{text}");
    for expected in expected {
        assert!(text.contains(expected), "expected `{expected}` in:\n{text}");
    }
}

/// The steps of docs/patch-a-package.md, on a package that no series knows.
#[test]
fn from_nothing_to_a_proven_patch() {
    let project = Project(tempfile::tempdir().unwrap());
    project.write("pkg/package.json", r#"{"name": "@team/demo", "version": "1.0.0"}"#);
    project.write("pkg/src/server.js", SERVER);
    project.write("edited.js", &SERVER.replace("41", "42"));
    let new = |arguments: &[&str]| {
        let all = ["patch", "new", "answer", "--series", "demo", "--base", "./pkg"];
        project.run(&[&all, arguments].concat())
    };
    let run = new(&["--from", "edited.js"]);
    assert_ends(&run, 2, &["there is no series `demo`", "--package PACKAGE"]);
    let target = ["--package", "@team/demo", "--target", "src/server.js"];
    let run = new(&[&target[..2], &["--from", "edited.js"]].concat());
    assert_ends(&run, 2, &["the series has no target yet", "--target PATH"]);
    let run = new(&["--package", "../x", "--target", "src/server.js", "--from", "edited.js"]);
    assert_ends(&run, 2, &["the name of an npm package"]);
    assert!(!project.dir().join("patches").exists());
    let run = new(&[&target[..], &["--from", "edited.js"]].concat());
    assert_ends(
        &run,
        0,
        &["wrote", "patches/demo/series.yaml", "mad patch verify '1.0.0' --series demo"],
    );

    // It says what is left to do, until it is done.
    assert_ends(&project.verify(&[]), 5, &["TODO"]);
    for (path, todo, done) in [
        ("patches/demo/series.yaml", "TODO what is wrong without it.", "The server answers 41."),
        ("patches/demo/series.yaml", "TODO link, or none known", "none known"),
        ("patches/demo/series.yaml", "TODO condition, or its", "its"),
    ] {
        project.change(path, todo, done);
    }
    let path = project.dir().join("patches/demo/01-answer.patch");
    let patch = std::fs::read_to_string(&path).unwrap();
    let head = patch.find("--- a/").unwrap();
    std::fs::write(&path, format!("Answers 42.\n\n{}", &patch[head..])).unwrap();
    project.write("patches/demo/probes/01-answer.mjs", PROBE);
    assert_ends(&project.verify(&["--update"]), 0, &["answer"]);
    assert_ends(&project.verify(&[]), 0, &["answer"]);

    // The next one goes on from there.
    project.write("more.js", &SERVER.replace("41", "42").replace("// end", "// the end"));
    let all = [
        "patch", "new", "more", "--series", "demo", "--base", "./pkg", "--add", "--from", "more.js",
    ];
    assert_ends(&project.run(&all), 0, &["added `more` to series.yaml"]);
}

#[test]
fn an_edit_that_makes_no_patch_is_kept() {
    let project = Project::new();
    let output = Command::new(env!("CARGO_BIN_EXE_mad"))
        .args(["patch", "new", "other", "--series", "demo", "--base", "./pkg", "--add"])
        .current_dir(project.dir())
        .env("EDITOR", "sed -i -e 's/module.exports/)module.exports/'")
        .env_remove("VISUAL")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("`other.edited.server.js`"), "{said}");
    let kept = std::fs::read_to_string(project.dir().join("other.edited.server.js")).unwrap();
    assert!(kept.contains(")module.exports"), "{kept}");
    assert!(!project.dir().join("patches/demo/02-other.patch").exists());
}

#[test]
fn what_was_recorded_holds() {
    let project = Project::new();
    assert_ends(&project.verify(&[]), 5, &["a version in matrix.lock", "src/server.js"]);
    let run = project.verify(&["--update"]);
    assert_ends(&run, 0, &["wrote ", "every probe fails without its patch and passes with it"]);
    let lock = std::fs::read_to_string(project.dir().join("patches/demo/matrix.lock")).unwrap();
    assert!(lock.contains("before: fails") && lock.contains("after: passes"), "{lock}");
    assert_ends(&project.verify(&[]), 0, &["answer  exact", "\nverified; "]);
    assert_ends(&project.verify(&["--update"]), 0, &["matrix.lock is up to date"]);
    let run = project.run(&["patch", "verify", "./pkg", "--series", "demo", "--probe=off"]);
    assert_ends(&run, 0, &["verified; probes were not run"]);
}

#[test]
fn a_tarball_is_like_its_folder() {
    let project = Project::recorded();
    let packed = Command::new("tar")
        .args(["czf", "demo-1.0.0.tgz", "--transform=s,^pkg,package,", "pkg"])
        .current_dir(project.dir())
        .status()
        .unwrap();
    assert!(packed.success());
    let verify = |which: &str| {
        let all = ["patch", "verify", which, "--series", "demo", "--probe=host", "--format=json"];
        project.run(&all)
    };
    let (folder, tarball) = (verify("./pkg"), verify("demo-1.0.0.tgz"));
    assert_ends(&tarball, 0, &[]);
    assert_eq!(folder.stdout, tarball.stdout);
}

#[test]
fn one_changed_byte_is_5_and_named() {
    let lock = "patches/demo/matrix.lock";
    for (path, from, to, expected) in [
        ("patches/demo/01-answer.patch", "return 42", "return 43", "x answer in 1.0.0"),
        ("patches/demo/probes/01-answer.mjs", "found ${", "Found ${", "x answer in 1.0.0"),
        (lock, "verdict: exact", "verdict: exacT", "x answer in 1.0.0"),
        (lock, "before: fails", "before: passes", "x answer in 1.0.0"),
        ("pkg/src/server.js", "41", "40", "a patch that fits src/server.js"),
        ("pkg/src/server.js", "// end", "// End", "x src/server.js in 1.0.0"),
    ] {
        let project = Project::recorded();
        project.change(path, from, to);
        assert_ends(&project.verify(&[]), 5, &[expected]);
    }
    // In every hash of the record.
    for name in ["pristine: ", "patched: ", "patch: ", "after: ", "program: "] {
        let project = Project::recorded();
        let text = std::fs::read_to_string(project.dir().join(lock)).unwrap();
        let hash = text.find(name).unwrap() + name.len();
        let old = &text[hash..=hash];
        let new = if old == "0" { "1" } else { "0" };
        project.write(lock, &format!("{}{new}{}", &text[..hash], &text[hash + 1..]));
        assert_ends(&project.verify(&[]), 5, &["x "]);
        assert_ends(&project.verify(&["--update"]), 0, &["wrote "]);
        assert_eq!(std::fs::read_to_string(project.dir().join(lock)).unwrap(), text, "{name}");
    }
}

#[test]
fn a_patch_that_does_not_hold_is_not_recorded() {
    let project = Project::recorded();
    let lock = project.dir().join("patches/demo/matrix.lock");
    let before = std::fs::read(&lock).unwrap();
    project.change("patches/demo/01-answer.patch", "return 42", "return 43");
    let run = project.verify(&["--update"]);
    assert_ends(&run, 5, &["no-effect", "found 43", "matrix.lock not written", "1 finding"]);
    assert_eq!(std::fs::read(&lock).unwrap(), before);
}

#[test]
fn a_bad_series_is_2_and_names_the_file() {
    let file = "patches/demo/series.yaml";
    for (from, to, expected) in [
        ("patches:", "patches: [", "line"),
        ("    why:", "    whi: a\n    why:", "unknown field `whi`"),
        ("mad.series/1", "mad.series/7", "expected `mad.series/1`"),
        ("file: 01-answer.patch", "file: ../x.patch", "stays in its folder"),
    ] {
        let project = Project::new();
        project.change(file, from, to);
        let run = project.verify(&[]);
        assert_ends(&run, 2, &[file, expected]);
        assert_eq!(run.stdout, "");
    }
    let project = Project::new();
    let tie = "- {versions: '<2.0.0', file: 01-answer.patch}\n      - {versions: '>=1.0.0', file: 01-b.patch}";
    project.change(file, "- {versions: '*', file: 01-answer.patch}", tie);
    project.write("patches/demo/01-b.patch", PATCH);
    assert_ends(&project.verify(&[]), 2, &["01-answer.patch", "01-b.patch", file]);

    let project = Project::recorded();
    project.change("patches/demo/matrix.lock", "schema: mad.matrix/2", "schema: mad.matrix/8");
    let expected = ["patches/demo/matrix.lock", "expected `mad.matrix/2`", "--update"];
    assert_ends(&project.verify(&[]), 2, &expected);
}

#[test]
fn every_format_is_what_it_says() {
    let project = Project::recorded();
    let json = project.verify(&["--format=json"]);
    let facts: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(facts["schema"], "mad.verification/2");
    assert_eq!(facts["groups"][0]["probes"]["answer"]["before"], "fails");
    project.change("pkg/src/server.js", "41", "40");
    for (format, start, within) in [
        ("json", "{\n", "\"differences\": [\n    {"),
        ("markdown", "## Patches of demo\n\n| ", "| answer | conflict |"),
        ("junit", "<?xml version=\"1.0\"", "<failure message=\"conflict"),
        ("sarif", "{\n  \"$schema\": ", "\"ruleId\": \"mad/patch-fails\""),
        (
            "github",
            "::error file=patches/demo/01-answer.patch,title=Patch does not hold::answer in 1.0.0",
            "conflict",
        ),
    ] {
        let run = project.verify(&["--format", format]);
        assert_ends(&run, 5, &[within]);
        assert!(run.stdout.starts_with(start), "{}", run.stdout);
    }
}

#[test]
fn what_a_probe_says_moves_no_cursor() {
    let project = Project::new();
    project.write(
        "patches/demo/probes/01-answer.mjs",
        "console.log(JSON.stringify({why: 'a\\u001b[2Jb\\n::error::c'})); process.exit(2);\n",
    );
    let run = project.verify(&[]);
    assert_ends(&run, 5, &["found    ab ::error::c"]);
    assert!(!run.stdout.contains('\u{1b}'));
}

/// Takes as long as the limit of a probe, 20 s; both run at once.
#[test]
fn a_probe_that_hangs_ends_with_all_that_it_started() {
    let project = Project::new();
    let pids = project.dir().join("pids");
    let probe = format!(
        "import {{ spawn }} from 'node:child_process';\n\
         import fs from 'node:fs';\n\
         const child = spawn('sleep', ['300'], {{ stdio: 'inherit' }});\n\
         fs.appendFileSync({:?}, `${{process.pid}}\\n${{child.pid}}\\n`);\n\
         setInterval(() => {{}}, 1000);\n",
        pids.to_str().unwrap()
    );
    project.write("patches/demo/probes/01-answer.mjs", &probe);
    let run = project.verify(&[]);
    assert_ends(&run, 5, &["answer  exact ?", "it took more than 20 s"]);
    let pids = std::fs::read_to_string(pids).unwrap();
    assert_eq!(pids.lines().count(), 4);
    let ended = |pid: &str| {
        // Nobody there, or a corpse that its new parent has not taken yet.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.map_or(true, |stat| stat.contains(") Z "))
    };
    let until = Instant::now() + Duration::from_secs(2);
    while !pids.lines().all(ended) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let alive: Vec<&str> = pids.lines().filter(|pid| !ended(pid)).collect();
    assert!(alive.is_empty(), "{alive:?} are alive");
}

#[test]
fn the_series_is_listed_and_shown() {
    let project = Project::recorded();
    let list = project.run(&["patch", "list", "--series", "demo"]);
    assert_ends(&list, 0, &["answer: The server answers 41.", "proven in 1 versions"]);
    let list = project.run(&["patch", "list", "--series", "demo", "--json"]);
    let facts: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    assert_eq!(facts["schema"], "mad.patch-list/1");
    assert_eq!(facts["patches"][0]["id"], "answer");
    assert_eq!(facts["patches"][0]["proven_versions"], 1);

    let show = project.run(&["patch", "show", "answer", "--series", "demo"]);
    assert_eq!((show.code, show.stdout.as_str()), (0, PATCH), "{}", show.stderr);
    let nope = project.run(&["patch", "show", "nope", "--series", "demo"]);
    assert_ends(&nope, 2, &["no patch `nope`, expected one of `answer`"]);
    assert_ends(&Project::new().run(&["patch", "list", "--series", "nope"]), 2, &["nope"]);

    // Our own series, from inside the program.
    let own = tempfile::tempdir().unwrap();
    let own = |arguments: &[&str]| mad_with_path_in(own.path(), arguments);
    assert_ends(&own(&["patch", "list"]), 0, &["terminal-execute: "]);
    assert_ends(&own(&["patch", "show", "ping"]), 0, &["+++ b/src/mcp/mcp-server.js"]);
}

#[test]
fn nothing_to_work_on_is_said_with_a_hint() {
    let project = Project::new();
    let all = ["patch", "verify", "--series", "demo", "--probe=off", "--offline"];
    let run = project.run(&all);
    assert!([1, 2].contains(&run.code), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("demo") && run.stderr.contains("hint: "), "{}", run.stderr);
    let none = ["patch", "verify", "./nowhere", "--series", "demo", "--probe=off"];
    assert_ends(&project.run(&none), 2, &["nowhere"]);
    project.write("pkg/package.json", "{\"name\": \"demo\"}");
    assert_ends(&project.verify(&[]), 2, &["states no version"]);
}
