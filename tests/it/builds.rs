//! What is given to a build: files, options, settings of Docker. Nothing here needs an engine.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::support::mad_in;

/// A project with the profile `t`, which copies the folder `app`.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "profiles/t.yaml", "base: debian\nfiles: [{source: app, dest: /app}]\n");
    write(
        dir.path(),
        "templates/Dockerfile.j2",
        "FROM {{ base }} AS final\n{% for file in files %}\nCOPY {{ file.source }} {{ file.dest }}\n{% endfor %}\n",
    );
    write(dir.path(), "app/main.js", "ok");
    dir
}

fn write(dir: &Path, name: &str, text: &str) {
    let at = dir.join(name);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    fs::write(at, text).unwrap();
}

/// The files and links of a folder.
fn listed(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() && !entry.is_symlink() {
                folders.push(entry);
            } else {
                found.push(entry.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn dockerignore_patterns_that_begin_with_two_stars_leave_out_by_the_end() {
    let dir = project();
    for name in ["app/prod.env", "app/.env", "app/keys/id.pem", "app/keys/notes.md"] {
        write(dir.path(), name, "secret");
    }
    write(dir.path(), ".dockerignore", "**.env\n**.pem\n**.md\n");
    let run = mad_in(dir.path(), &["render", "-p", "t", "-o", "out"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(listed(&dir.path().join("out/project")), ["app/main.js"]);
}

#[test]
fn sockets_and_fifos_are_left_out_with_a_note() {
    let dir = project();
    let _socket = UnixListener::bind(dir.path().join("app/s")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("app/fifo")).status();
    assert!(made.unwrap().success());
    let run = mad_in(dir.path(), &["render", "-p", "t", "-o", "out"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(listed(&dir.path().join("out/project")), ["app/main.js"]);
    for note in ["left out `app/s`: it is a socket", "left out `app/fifo`: it is a fifo"] {
        assert!(run.stderr.contains(note), "{}", run.stderr);
    }
}

#[test]
fn absolute_links_are_rendered_as_links() {
    let dir = project();
    symlink("/usr/bin/python3", dir.path().join("app/python")).unwrap();
    symlink("/nowhere", dir.path().join("alone")).unwrap();
    write(
        dir.path(),
        "profiles/t.yaml",
        "base: debian\nfiles:\n  - {source: app, dest: /app}\n  - {source: alone, dest: /opt/link}\n",
    );
    let run = mad_in(dir.path(), &["render", "-p", "t", "-o", "out"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let out = dir.path().join("out");
    assert_eq!(
        fs::read_link(out.join("project/app/python")).unwrap(),
        Path::new("/usr/bin/python3")
    );
    assert_eq!(fs::read_link(out.join("project/alone.link/link")).unwrap(), Path::new("/nowhere"));
    let dockerfile = fs::read_to_string(out.join("Dockerfile")).unwrap();
    assert!(dockerfile.contains("COPY project/alone.link /opt/\n"), "{dockerfile}");
}

#[test]
fn names_that_no_engine_takes_are_refused_before_anything_is_built() {
    let dir = project();
    for (tag, expected) in [
        ("MyOrg/app:1", "did you mean `myorg/app:1`?"),
        ("LOCALHOST/app:V1", "did you mean `localhost/app:V1`?"),
        ("h:5000/Team/app", "the name `Team/app` has upper-case letters"),
    ] {
        let run = mad_in(dir.path(), &["build", "-p", "t", "-t", tag]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{tag}: {}", run.stderr);
    }
    // Past the check, no engine answers.
    for tag in ["HOST.example:5000/app:V1", "Host:5000/app", "localhost/a__b/c-d"] {
        assert_eq!(mad_in(dir.path(), &["build", "-p", "t", "-t", tag]).code, 7, "{tag}");
    }
    write(dir.path(), "profiles/My App.yaml", "extends: t\n");
    let run = mad_in(dir.path(), &["build", "-p", "My App"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("the name of the profile `My App`"), "{}", run.stderr);
    assert!(!run.stderr.contains("error: --tag"), "{}", run.stderr);
}

#[test]
fn ids_of_directories_and_clusters_are_taken() {
    let empty = tempfile::tempdir().unwrap();
    for id in ["1", "60001", "65533", "65536", "1652401107", "2147483647"] {
        for key in ["uid", "gid"] {
            let set = format!("user.{key}={id}");
            let run = mad_in(empty.path(), &["render", "-p", "cpu", "--set", &set]);
            assert_eq!(run.code, 0, "{set}: {}", run.stderr);
            let name = key.to_uppercase();
            assert!(run.stdout.contains(&format!("ARG DEV_{name}={id}\n")), "{set}");
        }
    }
    for id in ["0", "65534", "65535", "0xFFFE", "2147483648", "4294967295"] {
        for key in ["uid", "gid"] {
            let set = format!("user.{key}={id}");
            let run = mad_in(empty.path(), &["render", "-p", "cpu", "--set", &set]);
            assert_eq!(run.code, 2, "{set}: {}", run.stdout);
        }
    }
}
