//! Input that was made to deceive: values, names, links, streams. Nothing here needs an engine.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use crate::support::{command, mad_in};

fn project(profile: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("profiles")).unwrap();
    fs::write(dir.path().join("profiles/i.yaml"), profile).unwrap();
    dir
}

fn rendered(dir: &Path) -> String {
    let run = mad_in(dir, &["render", "-p", "i", "--frontend", "1.2"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn a_description_is_no_parser_directive() {
    for text in ["syntax=127.0.0.1:1/evil:1", "escape=`", "check=skip=all"] {
        let text = rendered(project(&format!("extends: cpu\ndescription: \"{text}\"\n")).path());
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("# Rendered by mad: "), "{first}");
    }
    // Nor is it one in a template that puts it first.
    let dir = project("base: debian\ndescription: escape=`\n");
    fs::create_dir(dir.path().join("templates")).unwrap();
    let template = "# {{ profile.description|comment }}\nFROM {{ base }}\n";
    fs::write(dir.path().join("templates/Dockerfile.j2"), template).unwrap();
    let run = mad_in(dir.path(), &["render", "-p", "i"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("templates/Dockerfile.j2:1: a value makes"), "{}", run.stderr);
}

#[test]
fn sources_of_files_are_copied_as_they_are_called() {
    for (name, line) in [
        ("$q", r#"COPY --chown=${DEV_UID}:${DEV_GID} ["project/w/\\$q", "/w"]"#),
        ("*", r#"COPY --chown=${DEV_UID}:${DEV_GID} ["project/w/[*]", "/w"]"#),
        ("[z]", r#"COPY --chown=${DEV_UID}:${DEV_GID} ["project/w/[[]z]", "/w"]"#),
        ("a  b", r#"COPY --chown=${DEV_UID}:${DEV_GID} ["project/w/a  b", "/w"]"#),
    ] {
        let dir = project(&format!("base: debian\nfiles: [{{source: 'w/{name}', dest: /w}}]\n"));
        fs::create_dir(dir.path().join("w")).unwrap();
        for file in [name, "other"] {
            fs::write(dir.path().join("w").join(file), "x").unwrap();
        }
        let text = rendered(dir.path());
        assert!(text.contains(line), "{line}\n{text}");
        let run = mad_in(dir.path(), &["render", "-p", "i", "-o", "out"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let files = fs::read_dir(dir.path().join("out/project/w")).unwrap();
        let files: Vec<_> = files.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, [name]);
    }
}

#[test]
fn the_name_of_a_lock_is_no_command() {
    let lock = fs::read_to_string("profiles/locks/cpu.txt").unwrap();
    // The second is that of a lock of mad's own, which must not be written over.
    for name in ["x;id;true", "uv.txt"] {
        let dir = project(&format!("extends: cpu\npython: {{lock: 'mine/{name}'}}\n"));
        fs::create_dir(dir.path().join("mine")).unwrap();
        fs::write(dir.path().join("mine").join(name), &lock).unwrap();
        let text = rendered(dir.path());
        assert!(text.contains("-r /opt/mad/locks/python.txt\n"), "{text}");
        let run = mad_in(dir.path(), &["render", "-p", "i", "-o", "out"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let read =
            |name: &str| fs::read_to_string(dir.path().join("out/locks").join(name)).unwrap();
        assert_eq!(read("python.txt"), lock);
        assert_eq!(read("uv.txt"), fs::read_to_string("profiles/locks/uv.txt").unwrap());
    }
}

#[test]
fn text_behind_a_nul_is_not_dropped() {
    let dir = project("extends: cpu\n\0user: {uid: 5}\nnonsense: true\n");
    let run = mad_in(dir.path(), &["render", "-p", "i"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("profiles/i.yaml:2:1: found the character '\\0'"),
        "{}",
        run.stderr
    );
}

#[test]
fn extends_cannot_be_set() {
    let dir = project("extends: cpu\n");
    for set in ["extends=cuda", "extends=null", "extends=!replace []", "\"extends\"=cuda"] {
        let run = mad_in(dir.path(), &["render", "-p", "i", "--set", set]);
        assert_eq!(run.code, 2, "{set}");
        assert!(run.stderr.contains("which only a file can set"), "{}", run.stderr);
    }
}

#[test]
fn a_small_profile_is_small_in_memory() {
    let long = "x".repeat(700_000);
    let aliases = vec!["*a"; 19_000].join(",");
    let dir = project(&format!("base: &a {long}\npatches: [{aliases}]\n"));
    let run = mad_in(dir.path(), &["render", "-p", "i"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("of text after putting in aliases"), "{}", run.stderr);
    // So is one of many files.
    let dir = project("extends: [a, b, c, d, e, f]\n");
    for name in ["a", "b", "c", "d", "e", "f"] {
        let aliases = ["*a"; 3].join(",");
        let text = format!("description: &a {long}\npatches: [{aliases}]\nbase: debian\n");
        fs::write(dir.path().join(format!("profiles/{name}.yaml")), text).unwrap();
    }
    let run = mad_in(dir.path(), &["render", "-p", "i"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("in one profile"), "{}", run.stderr);
}

#[test]
fn nothing_is_written_through_a_link_in_the_output() {
    let outside = tempfile::tempdir().unwrap();
    let dir = project("base: debian\nfiles: [{source: profiles/i.yaml, dest: /x}]\n");
    for name in ["project", "files", "project/profiles"] {
        let out = dir.path().join("out");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(out.join(name).parent().unwrap()).unwrap();
        symlink(outside.path(), out.join(name)).unwrap();
        let run = mad_in(dir.path(), &["render", "-p", "i", "-o", "out"]);
        assert_eq!(run.code, 1, "{name}: {}", run.stderr);
        assert!(run.stderr.contains("found a symbolic link at"), "{}", run.stderr);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "{name}");
    }
    // A link in place of a file is replaced, and what it named stays.
    fs::write(outside.path().join("precious"), "x").unwrap();
    let out = dir.path().join("out");
    fs::remove_dir_all(&out).unwrap();
    fs::create_dir(&out).unwrap();
    symlink(outside.path().join("precious"), out.join("Dockerfile")).unwrap();
    let run = mad_in(dir.path(), &["render", "-p", "i", "-o", "out"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(fs::read(outside.path().join("precious")).unwrap(), b"x");
    assert!(!out.join("Dockerfile").is_symlink());
}

/// A file that is a link half of the time brings no content from outside, whatever the moment.
#[test]
fn a_file_that_becomes_a_link_brings_nothing_in() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, "CANARY").unwrap();
    let dir = project("base: debian\nfiles: [{source: race, dest: /x}]\n");
    let race = dir.path().join("race");
    fs::create_dir(&race).unwrap();
    let names: Vec<_> = (0..40).map(|n| race.join(format!("a{n}"))).collect();
    names.iter().for_each(|at| fs::write(at, "x").unwrap());
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                for at in &names {
                    let beside = at.with_extension("beside");
                    let _ = symlink(&secret, &beside).and_then(|()| fs::rename(&beside, at));
                    let _ = fs::write(&beside, "x").and_then(|()| fs::rename(&beside, at));
                }
            }
        });
        for _ in 0..20 {
            let _ = fs::remove_dir_all(dir.path().join("out"));
            mad_in(dir.path(), &["render", "-p", "i", "-o", "out"]);
            for entry in fs::read_dir(dir.path().join("out/project/race")).into_iter().flatten() {
                let at = entry.unwrap().path();
                assert!(at.is_symlink() || fs::read(&at).unwrap() == b"x", "{}", at.display());
            }
        }
        over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn a_stream_that_is_closed_or_full_never_panics() {
    let dir = project("base: debian\n");
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let closed = || Stdio::from(std::io::pipe().unwrap().1);
    let code = |arguments: &[&str], stdout: Stdio, stderr: Stdio| {
        let mut command = command(dir.path(), arguments);
        command.stdout(stdout).stderr(stderr).status().unwrap().code()
    };
    let render = ["render", "-p", "i", "-o", "out"];
    for stderr in [closed(), full()] {
        assert_eq!(code(&render, Stdio::null(), stderr), Some(0));
    }
    for stderr in [closed(), full()] {
        assert_eq!(code(&["render", "-p", "nothing"], Stdio::null(), stderr), Some(2));
    }
    let history = dir.path().join("h.db");
    fs::write(&history, "").unwrap();
    for arguments in [
        &["render", "-p", "i"][..],
        &["--help"],
        &["--version"],
        &["help", "build"],
        &["schema"],
        &["completions", "bash"],
    ] {
        assert_eq!(code(arguments, full(), Stdio::null()), Some(1), "{arguments:?}");
        // A reader that has seen enough is none of our business.
        assert_eq!(code(arguments, closed(), Stdio::null()), Some(0), "{arguments:?}");
    }
}
