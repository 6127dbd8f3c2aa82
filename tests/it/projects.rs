//! Which project and which profile a command is about, where it is not told.

use std::fs;
use std::path::Path;

use crate::support::{Run, mad_in};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn render(dir: &Path, more: &[&str]) -> Run {
    mad_in(dir, &[&["render", "--frontend", "1.2"], more].concat())
}

#[track_caller]
fn assert_refused(run: &Run, expected: &[&str]) {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    for text in expected {
        assert!(run.stderr.contains(text), "expected `{text}` in:\n{}", run.stderr);
    }
}

const OWN: (&str, &str) = ("profiles/own.yaml", "extends: cpu\nenv:\n  OWN: \"1\"\n");
const OTHER: (&str, &str) = ("profiles/other.yaml", "extends: cpu\n");

#[test]
fn a_folder_in_a_project_is_of_the_project() {
    let dir = folder(&[OWN, ("src/deep/main.py", ""), ("src/mad.yaml", "base: debian:bookworm\n")]);
    let rendered = render(dir.path(), &["-p", "own"]);
    assert!(rendered.stdout.contains("ENV OWN=\"1\""), "{}", rendered.stderr);
    fs::remove_file(dir.path().join("src/mad.yaml")).unwrap();
    let below = dir.path().join("src/deep");
    assert_eq!(render(&below, &["-p", "own"]).stdout, rendered.stdout);
    // What `-C` names is the project, whatever lies above it; and paths stay those of the shell.
    assert_refused(&render(&below, &["-C", ".", "-p", "own"]), &["no profile `own`"]);
    assert_eq!(render(&below, &["-p", "own", "-o", "out"]).code, 0);
    assert!(below.join("out/Dockerfile").is_file());
    // A project in a project is its own.
    fs::write(below.join("mad.yaml"), "").unwrap();
    assert_refused(&render(&below, &["-p", "own"]), &["no profile `own`"]);
    // So is a repository.
    fs::remove_file(below.join("mad.yaml")).unwrap();
    fs::create_dir(dir.path().join("src/.git")).unwrap();
    assert_refused(&render(&below, &["-p", "own"]), &["no profile `own`"]);
}

#[test]
fn a_profile_that_goes_without_saying_is_not_asked_for() {
    let dir = folder(&[OWN]);
    let named = render(dir.path(), &["-p", "own"]).stdout;
    assert_eq!(render(dir.path(), &[]).stdout, named);
    fs::write(dir.path().join(OTHER.0), OTHER.1).unwrap();
    for command in [&["render"][..], &["build"], &["build", "--dry-run"], &["rollback"]] {
        let run = mad_in(dir.path(), command);
        assert_refused(&run, &["the project has `other`, `own`", "`-p other`", "`default: other`"]);
    }
    fs::write(dir.path().join("mad.yaml"), "default: own\n").unwrap();
    assert_eq!(render(dir.path(), &[]).stdout, named);
    fs::write(dir.path().join("mad.yaml"), "default: owns\n").unwrap();
    assert_refused(&render(dir.path(), &[]), &["no profile `owns`", "`own`"]);
    let empty = folder(&[]);
    assert_refused(&render(empty.path(), &[]), &["`common`, `cpu`, `cuda`", "`mad init`"]);
}

#[test]
fn profiles_are_listed_with_where_they_are_from() {
    let dir = folder(&[OWN, ("profiles/bad.yaml", "bse: x\n"), ("mad.yaml", "default: own\n")]);
    let list = mad_in(dir.path(), &["profiles"]);
    assert_eq!((list.code, list.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(list.stdout, @r"
      bad     project                  it has faults: `mad render` tells them
      common  mad                      Coding agents
      cpu     mad      extends common  Coding agents on a machine without a GPU
      cuda    mad      extends common  Coding agents with PyTorch for NVIDIA GPUs
    * own     project  extends cpu     Coding agents on a machine without a GPU
    ");
    let json = mad_in(dir.path(), &["profiles", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "mad.profiles/1");
    let own = &json["profiles"][4];
    assert_eq!(
        (&own["name"], &own["default"], &own["origin"]),
        (&"own".into(), &true.into(), &"project".into())
    );
    assert_eq!(json["profiles"][0]["loads"], false);
}

#[test]
fn the_tag_of_mad_yaml_may_name_the_profile() {
    let dir = folder(&[
        OWN,
        ("profiles/a--.yaml", "extends: cpu\n"),
        ("mad.yaml", "tag: team/{profile}:1\n"),
    ]);
    assert_eq!(render(dir.path(), &["-p", "own"]).code, 0);
    let run = mad_in(dir.path(), &["build", "-p", "a--"]);
    assert_refused(&run, &["the name of the profile `a--`", "`team/a--:1`"]);
    for bad in ["tag: team/{profil}:1\n", "tag: Team/{profile}\n"] {
        fs::write(dir.path().join("mad.yaml"), bad).unwrap();
        assert_refused(&render(dir.path(), &["-p", "own"]), &["mad.yaml:1:6"]);
    }
}

#[test]
fn last_counts_within_a_profile_that_is_named() {
    let dir = folder(&[]);
    let builds = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/history/v1.jsonl");
    let history = dir.path().join("h.db");
    let mad = |arguments: &[&str]| -> Run {
        let mut command = crate::support::command(dir.path(), arguments);
        command.env("MAD_HISTORY", &history).output().unwrap().into()
    };
    assert_eq!(mad(&["history", "import", builds]).code, 0);
    for command in [&["report", "last"][..], &["compare", "last~1", "last"]] {
        let all = mad(command);
        assert_eq!(all.code, 0, "{}", all.stderr);
        assert_eq!(mad(&[command, &["-p", "cpu"]].concat()).stdout, all.stdout);
        let none = mad(&[command, &["-p", "other"]].concat());
        assert!(none.code != 0 && none.stderr.contains("last"), "{}", none.stderr);
    }
}

#[test]
fn a_rendering_overwrites_no_project() {
    let dir = folder(&[OWN, (".dockerignore", "own\n"), ("templates/x.j2", "")]);
    for output in [".", "templates", "profiles", "profiles/../."] {
        assert_refused(
            &render(dir.path(), &["-o", output]),
            &["holds files of the project", "`-o rendered`"],
        );
    }
    assert_eq!(fs::read_to_string(dir.path().join(".dockerignore")).unwrap(), "own\n");
    assert!(!dir.path().join("Dockerfile").exists());
    // From below, too; and a folder that is none yet, or has a rendering, is free.
    let below = dir.path().join("src");
    fs::create_dir(&below).unwrap();
    assert_refused(&render(&below, &["-o", ".."]), &["holds files of the project"]);
    assert_eq!(render(&below, &["-o", "../out"]).code, 0);
    assert_eq!(render(&below, &["-o", "../out"]).code, 0);
    let empty = folder(&[]);
    assert_eq!(render(empty.path(), &["-p", "cpu", "-o", "."]).code, 0);
    assert_eq!(render(empty.path(), &["-p", "cpu", "-o", "."]).code, 0);
    fs::write(empty.path().join("package.json"), "{}").unwrap();
    assert_refused(
        &render(empty.path(), &["-p", "cpu", "-o", "."]),
        &["holds files of the project"],
    );
}
