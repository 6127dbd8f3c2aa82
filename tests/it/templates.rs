//! `mad templates`, `mad show config` and `mad explain`: what is there, where it is from, what it is.

use std::fs;
use std::path::Path;

use crate::support::{Run, command, mad_in};

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

#[track_caller]
fn good(dir: &Path, arguments: &[&str]) -> Run {
    let run = mad_in(dir, arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    run
}

const OWN: (&str, &str) = ("profiles/own.yaml", "extends: cpu\nenv:\n  OWN: \"1\"\n");

#[test]
fn a_template_is_ejected_changed_and_compared() {
    let dir = project(&[OWN]);
    let before = good(dir.path(), &["render", "--frontend", "1.2"]).stdout;
    assert_eq!(good(dir.path(), &["templates", "diff"]).stdout, "");
    let ejected = good(dir.path(), &["templates", "eject", "final", "files/with-ca"]).stdout;
    assert_eq!(ejected, "templates/files/with-ca\ntemplates/stages/final.j2\n");
    // What was copied changes nothing.
    assert_eq!(good(dir.path(), &["render", "--frontend", "1.2"]).stdout, before);
    let path = dir.path().join("templates/stages/final.j2");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("FROM base AS final", "FROM base AS final\nRUN echo own"))
        .unwrap();
    let rendered = good(dir.path(), &["render", "--frontend", "1.2"]).stdout;
    assert!(rendered.contains("RUN echo own"));
    let diff = good(dir.path(), &["templates", "diff"]).stdout;
    assert!(diff.starts_with("--- mad/templates/stages/final.j2\n"), "{diff}");
    assert_eq!(diff.lines().filter(|line| line.starts_with('+')).count(), 2, "{diff}");
    let list = good(dir.path(), &["templates", "list"]).stdout;
    for (name, state) in [
        ("templates/stages/final.j2 ", "own, instead of the built-in one"),
        ("templates/files/with-ca ", "own, the same as built in"),
        ("templates/macros.j2 ", "built in"),
    ] {
        let line = list.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.ends_with(state), "{line}");
    }
    // Nothing of the project's own is written over.
    let again = good(dir.path(), &["templates", "eject", "final"]);
    assert!(
        again.stdout.is_empty() && again.stderr.contains("is there already"),
        "{}",
        again.stderr
    );
    assert!(fs::read_to_string(&path).unwrap().contains("RUN echo own"));
    let all = good(dir.path(), &["templates", "eject"]).stdout;
    assert!(all.contains("templates/Dockerfile.j2\n") && !all.contains("final.j2"), "{all}");
    let json = good(dir.path(), &["templates", "list", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "mad.templates/1");
}

#[test]
fn nothing_is_ejected_through_a_link_or_by_a_name_that_is_none() {
    let dir = project(&[OWN]);
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("templates")).unwrap();
    let run = mad_in(dir.path(), &["templates", "eject"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    let run = mad_in(dir.path(), &["templates", "eject", "stages/finl.j2"]);
    assert!(
        run.code == 2 && run.stderr.contains("did you mean `stages/final.j2`?"),
        "{}",
        run.stderr
    );
    assert_eq!(mad_in(dir.path(), &["templates", "eject", "../x"]).code, 2);
}

#[test]
fn a_profile_in_full_names_where_each_value_is_from() {
    let dir = project(&[OWN, ("mad.yaml", "base: debian:bookworm\n")]);
    let shown = good(dir.path(), &["show", "config", "--set", "user.uid=1001"]).stdout;
    let line = |start: &str| {
        let line = shown.lines().find(|line| line.trim_start().starts_with(start)).unwrap();
        line.split_once('#').unwrap().1.trim().to_owned()
    };
    assert_eq!(line("OWN:"), "profiles/own.yaml:3");
    assert_eq!(line("base:"), "mad.yaml:1");
    assert_eq!(line("uid:"), "--set");
    assert!(line("description:").starts_with("profiles/"));
    // It says the same by itself.
    fs::write(dir.path().join("profiles/full.yaml"), &shown).unwrap();
    let again = good(dir.path(), &["show", "config", "-p", "full"]).stdout;
    let bare = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split("  #").next().unwrap().trim_end().to_owned()).collect()
    };
    assert_eq!(bare(&again), bare(&shown));
    let json = good(dir.path(), &["show", "config", "-p", "own", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "mad.config/1");
    assert_eq!(json["origins"]["env.OWN"]["line"], 3);
    assert_eq!(json["config"]["env"]["OWN"], "1");
}

#[test]
fn keys_codes_findings_and_steps_are_explained() {
    let dir = project(&[OWN]);
    for (what, expected) in [
        (&["env.OWN"][..], "profiles/own.yaml:3"),
        (&["gpu.cuda"], "does not say it"),
        (&["mounts.kind"], "One of:"),
        (&["run"], "Below it:"),
        (&["6"], "mad.lock does not hold"),
        (&["users/chown-r"], "COPY --chown"),
        (&["mad/cache-miss"], "mad/cache-miss"),
    ] {
        let run = good(dir.path(), &[&["explain"], what].concat());
        assert!(run.stdout.contains(expected), "{what:?}: {}", run.stdout);
    }
    for (what, hint) in [("gpu.cdua", "did you mean `gpu.cuda`?"), ("zzzz", "`mad schema`")] {
        let run = mad_in(dir.path(), &["explain", what]);
        assert!(run.code == 2 && run.stderr.contains(hint), "{}", run.stderr);
    }
    // Steps are those of the last build.
    let records = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/history/v1.jsonl");
    let text = fs::read_to_string(records).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let source = first["record"]["place"]["project"].as_str().unwrap();
    fs::write(dir.path().join("v1.jsonl"), &text).unwrap();
    fs::write(dir.path().join("mad.yaml"), format!("source: {source}\n")).unwrap();
    let with_history = |arguments: &[&str]| -> Run {
        let mut command = command(dir.path(), arguments);
        command.env("MAD_HISTORY", dir.path().join("h.db")).output().unwrap().into()
    };
    assert_eq!(with_history(&["history", "import", "v1.jsonl"]).code, 0);
    let run = with_history(&["explain", "-p", "cpu", "python-deps.2"]);
    assert!(run.code == 0, "{}", run.stderr);
    for expected in ["python-deps.2: RUN uv pip install", "sees      USER 1000:1000"] {
        assert!(run.stdout.contains(expected), "{}", run.stdout);
    }
    let run = with_history(&["explain", "-p", "cpu", "RUN"]);
    assert!(run.stdout.contains("of the last build; name one:"), "{}", run.stdout);
    assert_eq!(with_history(&["explain", "-p", "cpu", "base.1"]).code, 0);
}
