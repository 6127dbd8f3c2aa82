//! Golden renderings: each `tests/inputs/renders/NAME.args` holds the arguments of a `mad render`;
//! the snapshot is the Dockerfile and the manifest of its context.

use std::fmt::Write;
use std::path::Path;

use crate::support::mad_in;

#[test]
fn renderings() {
    insta::glob!("../inputs/renders", "*.args", |path| {
        let arguments = std::fs::read_to_string(path).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("out");
        let mut command = vec!["render", "-o", output.to_str().unwrap()];
        command.extend(arguments.split_whitespace());
        let run = mad_in(dir.path(), &command);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let mut text = std::fs::read_to_string(output.join("Dockerfile")).unwrap();
        let plan = text.split_once("mad.plan=\"").unwrap().1[..64].to_owned();
        // The hash changes with every byte of an input; what it hashes is shown below.
        text = text.replace(&plan, &"0".repeat(64));
        text.push_str("\n---- context\n");
        list(&output, "", &mut text);
        // For which architectures there is a program depends on where mad was built.
        let is_program = |line: &&str| line.starts_with("0755 files/mad-runtime/");
        assert_eq!(text.lines().any(|line| is_program(&line)), text.contains("mad-runtime"));
        let kept: Vec<&str> = text.lines().filter(|line| !is_program(line)).collect();
        insta::assert_snapshot!(kept.join("\n"));
        assert!(text.lines().filter(|line| line.starts_with("USER ")).count() <= 5);
    });
}

fn list(dir: &Path, below: &str, text: &mut String) {
    use std::os::unix::fs::PermissionsExt;
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{name}/"), text);
        } else {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            writeln!(text, "{mode:04o} {name}").unwrap();
        }
    }
}

/// On an engine with the containerd image store, `COPY --link` to /bin/x makes /bin a folder, where
/// it was a link, and /workspace/x takes the set-group-id bit from /workspace.
#[test]
fn linked_copies_go_to_folders_of_our_own() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("profiles")).unwrap();
    std::fs::write(dir.path().join("tool"), "x").unwrap();
    let profile = "extends: cuda\nfiles:\n- {source: tool, dest: /workspace/tool}\n- {source: tool, dest: /bin/tool}\n";
    std::fs::write(dir.path().join("profiles/app.yaml"), profile).unwrap();
    let run = mad_in(dir.path(), &["render", "-p", "app", "--frontend", "1.4"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("/workspace/tool"));
    let linked: Vec<&str> = run.stdout.lines().filter(|line| line.contains("--link")).collect();
    assert!(!linked.is_empty());
    for line in linked {
        let dest = line.split_whitespace().last().unwrap();
        assert!(dest.starts_with("/opt/mad/"), "{line}");
    }
}

#[test]
fn two_renderings_are_the_same_bytes() {
    let [first, second] = [(); 2].map(|()| {
        let dir = tempfile::tempdir().unwrap();
        let run = mad_in(dir.path(), &["render", "-p", "cpu", "--frontend", "1.2", "-o", "out"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        dir
    });
    let mut manifests = [String::new(), String::new()];
    for (dir, manifest) in [&first, &second].into_iter().zip(&mut manifests) {
        list(&dir.path().join("out"), "", manifest);
    }
    assert_eq!(manifests[0], manifests[1]);
    for line in manifests[0].lines() {
        let name = line.split_once(' ').unwrap().1;
        let read =
            |dir: &tempfile::TempDir| std::fs::read(dir.path().join("out").join(name)).unwrap();
        assert_eq!(read(&first), read(&second), "{name}");
    }
}

#[test]
fn diff_shows_what_a_folder_lacks_and_says_so_by_its_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let render = |more: &[&str]| {
        let mut command = vec!["render", "-p", "cpu", "--frontend", "1.2", "-o", "out"];
        command.extend(more);
        mad_in(dir.path(), &command)
    };
    assert_eq!(render(&[]).code, 0);
    let same = render(&["--diff"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, ""));
    let other = render(&["--diff", "--set", "user.uid=1234"]);
    assert_eq!(other.code, 1);
    assert!(other.stdout.contains("-ARG DEV_UID=1000\n+ARG DEV_UID=1234\n"), "{}", other.stdout);
}

/// BuildKit of Docker 20.10 knows no `RUN --network`; a step with a network instead would be a lie.
#[test]
fn a_step_without_network_is_refused_for_engines_that_cannot_take_it_away() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("profiles")).unwrap();
    let profile = "base: debian:trixie\nrun:\n  - one\n  - {command: two, network: none}\n";
    std::fs::write(dir.path().join("profiles/app.yaml"), profile).unwrap();
    let render = |level| mad_in(dir.path(), &["render", "-p", "app", "--frontend", level]);
    let old = render("1.2");
    assert_eq!((old.code, old.stdout.as_str()), (2, ""), "{}", old.stderr);
    for text in ["profiles/app.yaml:4", "needs Docker 23.0 or newer"] {
        assert!(old.stderr.contains(text), "{}", old.stderr);
    }
    let new = render("1.4");
    assert!(new.code == 0 && new.stdout.contains("RUN --network=none [\"sh\", \"-euc\", \"two\"]"));
}
