//! Profiles as files: everything under `tests/inputs/profiles` is a case.
//!
//! A case is copied into a small project of its own, at the same path, beside the files that
//! profiles name. The snapshots hold the whole text that a user sees.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Loaded, Profile, ProfileError, SetArgument};
use crate::project::Project;

const INPUTS: &str = "tests/inputs/profiles";

/// A project with all the cases and what they name.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(INPUTS), &root.join(INPUTS));
        for (path, text) in [
            ("app/run.sh", "#!/bin/sh\n"),
            ("ignored/x", ""),
            (".dockerignore", "ignored\n"),
            ("locks/package-lock.json", "{}"),
            ("locks/python.txt", ""),
            ("patches/demo/series.yaml", ""),
            ("profiles/common.yaml", "base: debian:trixie-slim\n"),
        ] {
            write(root, path, text);
        }
        std::os::unix::fs::symlink("/etc", root.join("link-out")).unwrap();
        Self { folder }
    }

    fn load(&self, name: &str, sets: &[&str]) -> Result<Loaded, ProfileError> {
        let project = Project::open(self.folder.path()).unwrap();
        let sets: Vec<SetArgument> =
            sets.iter().map(|set| set.parse()).collect::<Result<_, _>>()?;
        Profile::load(&project, name, &sets, None)
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let at = root.join(path);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    fs::write(at, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What a user sees, less the names of what the binary happens to hold.
fn shown(error: &ProfileError) -> String {
    match error.hint() {
        Some(hint) if hint.starts_with("the profiles are ") => {
            format!("error: {error}\nhint: the profiles are […]")
        }
        Some(hint) => format!("error: {error}\nhint: {hint}"),
        None => format!("error: {error}"),
    }
}

fn case(path: &Path) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).canonicalize().unwrap();
    path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn good_profiles() {
    let small = Small::new();
    insta::glob!("../../tests/inputs/profiles/ok", "*.yaml", |path| {
        let loaded =
            small.load(&case(path), &[]).unwrap_or_else(|error| panic!("{}", shown(&error)));
        insta::assert_snapshot!(serde_yaml::to_string(&loaded.profile).unwrap());
    });
}

#[test]
fn bad_profiles() {
    let small = Small::new();
    insta::glob!("../../tests/inputs/profiles/bad", "*.yaml", |path| {
        let error = small.load(&case(path), &[]).expect_err("a profile under bad/ must be refused");
        insta::assert_snapshot!(shown(&error));
    });
}

/// The same words where no file is at fault.
#[test]
fn bad_arguments() {
    let small = Small::new();
    let mut text = String::new();
    for set in [
        "user.uid=abc",
        "user.uid=0",
        "user.uidd=5",
        "usr.uid=5",
        "apt.runtime=git",
        "apt.runtime=[git",
        "env.A.B=x",
        "labels.\"a.b=x",
        "env.A=",
        "env.A",
        "",
        "=x",
        "a..b=c",
        "base=Debian",
        "apt.runtime=[Git]",
        "gpu=on",
        "patches=!replace x",
        "env.X=@y",
        "env.X=#fff",
    ] {
        let error = small.load("common", &[set]).expect_err(set);
        text += &format!("--set '{set}'\n{}\n\n", shown(&error));
    }
    for name in ["comon", "zzz", "../x.yaml", "", "a/../b", "profiles/commn.yaml"] {
        text += &format!("-p '{name}'\n{}\n\n", shown(&small.load(name, &[]).expect_err(name)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn arguments_are_the_last_layer() {
    let small = Small::new();
    let sets = [
        "env.PORT=8080",
        "env.\"LANG\"=C",
        "apt.runtime=[curl, git=2.*]",
        "user.uid=501",
        "patches=!replace []",
        "labels=null",
        "mounts=",
    ];
    let loaded = small.load("tests/inputs/profiles/ok/merged.yaml", &sets[..6]).unwrap();
    assert_eq!(loaded.profile.env["PORT"], "8080");
    assert_eq!(loaded.profile.env["LANG"], "C");
    assert_eq!(loaded.profile.apt.runtime, ["git=2.*", "jq=1.8.*", "curl"]);
    assert_eq!(loaded.profile.user.uid, 501);
    assert!(loaded.profile.labels.is_empty());
    assert!(small.load("common", &sets[6..]).is_err());
}

#[test]
fn every_value_can_be_located() {
    let small = Small::new();
    let loaded = small.load("tests/inputs/profiles/ok/merged.yaml", &["user.uid=501"]).unwrap();
    let place = |key: &str| {
        loaded.locate(key).map(|place| place.to_string().replace("tests/inputs/profiles/ok/", ""))
    };
    for (key, expected) in [
        ("base", Some("parent.yaml:2:7")),
        ("apt.runtime", Some("merged.yaml:4:3")),
        ("apt.runtime.git", Some("parent.yaml:4:13")),
        ("apt.runtime.0", Some("parent.yaml:4:13")),
        ("apt.runtime.jq", Some("merged.yaml:5:7")),
        ("env.LANG", Some("parent.yaml:6:9")),
        ("env.DROPPED", None),
        ("mounts./home/dev/\".cache\"", None),
        ("mounts.\"/home/dev/.cache\".target", Some("merged.yaml:13:13")),
        ("labels.\"org.example.team\"", Some("parent.yaml:9:21")),
        ("user.uid", Some("--set:1:10")),
        ("user.gid", None),
        ("no.such", None),
        ("", None),
    ] {
        assert_eq!(place(key).as_deref(), expected, "{key}");
    }
    let layers: Vec<_> =
        loaded.layers.iter().map(|layer| layer.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(layers, ["parent.yaml", "merged.yaml"]);
}

#[test]
fn the_base_comes_from_the_nearest_place() {
    let small = Small::new();
    let root = small.folder.path();
    let base = |base: Option<&str>, sets: &[&str]| {
        let project = Project::open(root).unwrap();
        let sets: Vec<SetArgument> = sets.iter().map(|set| set.parse().unwrap()).collect();
        Profile::load(&project, "common", &sets, base)
            .map(|loaded| loaded.profile.base)
            .map_err(|e| shown(&e))
    };
    assert_eq!(base(None, &[]).unwrap(), "debian:trixie-slim");
    write(root, "mad.yaml", "base: mad/base:trixie\n");
    assert_eq!(base(None, &[]).unwrap(), "mad/base:trixie");
    assert_eq!(base(None, &["base=ubuntu:24.04"]).unwrap(), "ubuntu:24.04");
    assert_eq!(base(Some("x/y"), &["base=ubuntu:24.04"]).unwrap(), "x/y");
    assert!(base(Some("X"), &[]).unwrap_err().starts_with("error: --base X: found `X`"));
    write(root, "mad.yaml", "base: Mad\ntag: a b\n");
    let error = base(None, &[]).unwrap_err();
    assert!(
        error.contains("mad.yaml:1:7: found `Mad`") && error.contains("mad.yaml:2:6: found `a b`"),
        "{error}"
    );
}

/// What the schema accepts and refuses is what `load` does, as far as a schema can say it.
#[test]
fn the_schema_agrees() {
    let schema = jsonschema::validator_for(&super::json_schema()).unwrap();
    let valid = |path: &Path| {
        let text = fs::read_to_string(path).ok()?;
        // `!replace` is the one thing that a schema cannot say.
        let value: serde_yaml::Value = serde_yaml::from_str(&text.replace("!replace ", "")).ok()?;
        Some(schema.is_valid(&serde_json::to_value(value).ok()?))
    };
    insta::glob!("../../tests/inputs/profiles/ok", "*.yaml", |path| {
        assert_eq!(valid(path), Some(true), "{}", path.display());
    });
    let mut accepted = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(INPUTS).join("bad");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && valid(&path) == Some(true) {
            accepted.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    accepted.sort();
    insta::assert_snapshot!(accepted.join("\n"));
}

/// The profiles in the binary load from an empty folder.
#[test]
fn embedded_profiles_load() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::open(folder.path()).unwrap();
    for name in Profile::names(&project) {
        let loaded = Profile::load(&project, &name, &[], None);
        loaded.unwrap_or_else(|error| panic!("{name}: {}", shown(&error)));
    }
}
