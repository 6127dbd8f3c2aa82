//! What the program says and how it ends when no engine is there.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use crate::support::{Run, command, mad_in, mad_with_path_in};

/// Runs `mad` in a project folder with these files.
fn with_files(files: &[(&str, &str)], arguments: &[&str]) -> Run {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    mad_in(dir.path(), arguments)
}

#[track_caller]
fn assert_fails(run: &Run, code: i32, expected: &[&str]) {
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stdout, "", "a failure says nothing on standard output");
    for text in expected {
        assert!(run.stderr.contains(text), "expected `{text}` in:\n{}", run.stderr);
    }
}

#[test]
fn help_and_version_are_no_failures() {
    for arguments in [&["--help"][..], &["help", "build"], &["--version"], &["base", "--help"]] {
        let run = mad_in(Path::new("/"), arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn bad_usage_is_2() {
    for arguments in [
        &[][..],
        &["bild"],
        &["build"],
        &["build", "-p", "cpu", "--progress", "loud"],
        &["render", "-p", "cpu", "--frontend", "2"],
        &["render", "-p", "cpu", "--diff"],
        &["base", "bootstrap", "--suite", "../x"],
        &["completions", "tcsh"],
    ] {
        assert_eq!(mad_in(Path::new("/"), arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn what_an_image_cannot_be_verified_with_is_2() {
    for (option, expected) in
        [("--format=junit", "`terminal` or `json`"), ("--probe=host", "in the image")]
    {
        let run = mad_in(Path::new("/"), &["patch", "verify", "--image", "x", option]);
        assert_fails(&run, 2, &[expected]);
    }
}

#[test]
fn values_that_only_look_right_are_2_and_are_explained() {
    for (arguments, expected) in [
        (&["-t", "Not/Good"][..], "the name `Not/Good` has upper-case letters"),
        (
            &["-t", "a@sha256:0000000000000000000000000000000000000000000000000000000000000000"],
            "found a digest",
        ),
        (&["--build-arg", "=x"], "--build-arg: found `=x`, expected NAME=VALUE"),
        (&["--secret", "src=x"], "cannot read the secret file `x`"),
        (&["--secret", "id=x"], "no variable `x` is set either"),
        (&["--secret", "env=NO_SUCH_VARIABLE"], "`NO_SUCH_VARIABLE` of --secret is not set"),
        (&["--secret", "id=x,env=NO_SUCH_VARIABLE"], "`NO_SUCH_VARIABLE` of --secret is not set"),
        (&["--ca-bundle", "missing.pem"], "cannot read the CA bundle `missing.pem`"),
        (&["--set", "user.uidd=5"], "--set"),
        (&["--base", "Debian"], "--base"),
    ] {
        let mut command = vec!["build", "-p", "cpu"];
        command.extend(arguments);
        assert_fails(&mad_in(Path::new("/"), &command), 2, &[expected]);
    }
}

/// Errors of libraries, that no command expects by name.
#[test]
fn names_and_paths_of_packages_that_cannot_be_are_2() {
    let new = |target: &str| {
        let patch = ["patch", "new", "x", "--base", "2.7.47", "--from", "f", "--offline"];
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "").unwrap();
        mad_with_path_in(dir.path(), &[&patch[..], &["--target", target]].concat())
    };
    assert_fails(&new("../x"), 2, &["inside the package"]);
    assert_fails(&new("a\\b"), 2, &[]);
}

#[test]
fn no_engine_is_7_with_a_command_to_run() {
    let expected = ["no Docker Engine answers at `unix:///nonexistent/docker.sock`", "hint: "];
    assert_fails(&mad_in(Path::new("/"), &["build", "-p", "cpu"]), 7, &expected);
    assert_fails(
        &mad_in(Path::new("/"), &["base", "bootstrap", "--suite", "trixie"]),
        7,
        &expected,
    );
    let doctor = mad_in(Path::new("/"), &["doctor"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.stdout.contains("bad   engine"), "{}", doctor.stdout);
}

#[test]
fn a_socket_that_may_not_be_opened_names_the_group_and_no_library() {
    let dir = tempfile::tempdir_in("/tmp").unwrap();
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(dir.path(), 0o755);
    std::fs::create_dir(dir.path().join("profiles")).unwrap();
    std::fs::write(dir.path().join("profiles/i.yaml"), "base: debian\n").unwrap();
    let socket = dir.path().join("docker.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    open(&socket, 0o000);
    let is_root = rustix::process::geteuid().is_root();
    for arguments in [&["build", "-p", "i", "-t", "mad-test/x"][..], &["doctor"]] {
        let mut command = command(dir.path(), arguments);
        command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
        if is_root {
            // Root may open everything: somebody else has to try, with a program that he may run.
            let program = dir.path().join("mad");
            std::fs::copy(env!("CARGO_BIN_EXE_mad"), &program).unwrap();
            open(&program, 0o755);
            let mut other = std::process::Command::new(program);
            other.args(arguments).current_dir(dir.path()).env_clear();
            other.env("DOCKER_HOST", format!("unix://{}", socket.display()));
            command = other;
            command.uid(65534).gid(65534);
        }
        let run = Run::from(command.output().unwrap());
        let said = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, if arguments[0] == "doctor" { 1 } else { 7 }, "{said}");
        assert!(said.contains("no permission to open the Docker socket"), "{said}");
        assert!(!said.contains("hyper") && !said.contains("start the engine"), "{said}");
        assert!(!said.contains("`mad doctor`"), "{said}");
    }
}

#[test]
fn input_files_that_are_wrong_are_2_with_their_place() {
    let profile = ("profiles/mine.yaml", "extends: cpu\nuser:\n  uidd: 5\n");
    let run = with_files(&[profile], &["render", "-p", "mine"]);
    assert_fails(&run, 2, &["profiles/mine.yaml:3:3", "`uidd`", "did you mean `uid`?"]);

    let run = with_files(&[("profiles/mine.yaml", "a: [\n")], &["render", "-p", "mine"]);
    assert_fails(&run, 2, &["profiles/mine.yaml:"]);

    let run = with_files(&[], &["render", "-p", "cpuu"]);
    assert_fails(&run, 2, &["no profile `cpuu`", "did you mean `cpu`?"]);

    let template = ("templates/stages/final.j2", "FROM base AS final\n\n{{ profile.nam }}\n");
    let run = with_files(&[template], &["render", "-p", "cpu"]);
    assert_fails(&run, 2, &["templates/stages/final.j2:3: undefined value"]);

    let template = ("templates/stages/final.j2", "FROM base AS final\n{% if %}\n");
    let run = with_files(&[template], &["render", "-p", "cpu"]);
    assert_fails(&run, 2, &["templates/stages/final.j2:2: syntax error"]);

    let template = ("templates/stages/final.j2", "FROM base AS final\nCOPY nowhere /x\n");
    let run = with_files(&[template], &["render", "-p", "cpu"]);
    assert_fails(&run, 2, &["templates/stages/final.j2:2: `COPY` copies `nowhere`"]);

    let run = with_files(&[("mad.yaml", "bse: x\n")], &["render", "-p", "cpu"]);
    assert_fails(&run, 2, &["mad.yaml:1:1", "base"]);

    let series = ("patches/claude-flow/series.yaml", "schema: mad.series/7\n");
    let run = with_files(&[series], &["render", "-p", "cpu"]);
    assert_fails(&run, 2, &["patches/claude-flow/series.yaml"]);
}

#[test]
fn locks_that_do_not_fit_the_profile_are_found_before_the_build() {
    let set = "node.packages.claude-flow=2.7.35";
    let run = with_files(&[], &["render", "-p", "cpu", "--set", set]);
    assert_fails(&run, 2, &["`claude-flow@2.7.47`, expected `claude-flow@2.7.35`", "hint: "]);
    let run = with_files(&[], &["render", "-p", "cpu", "--set", "python.packages=[numpy==1.0.0]"]);
    assert_fails(&run, 2, &["`numpy==2.5.5`, expected `numpy==1.0.0`"]);
    let run = with_files(&[], &["render", "-p", "cuda", "--set", "gpu.cuda=9.9"]);
    assert_fails(&run, 2, &["CUDA version `9.9`", "`12.8`"]);
}

#[test]
fn project_files_lie_over_those_of_the_program() {
    let template = ("templates/Dockerfile.j2", "FROM {{ base }}\nCOPY files/own /own\n");
    let file = ("templates/files/own", "#!/bin/sh\n");
    let run = with_files(&[template, file], &["render", "-p", "cpu", "--base", "a/b:1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout, "FROM a/b:1\nCOPY files/own /own\n");
}

#[test]
fn settings_of_the_project_and_of_the_machine() {
    let files = [
        ("mad.yaml", "base: a/b:1\nsource: https://example.com/repo\n"),
        ("mad.local.yaml", "base: c/d:2\n"),
    ];
    let run = with_files(&files, &["render", "-p", "cpu"]);
    assert!(run.stdout.contains("\nARG BASE=c/d:2\n"), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(r#"org.opencontainers.image.source="https://example.com/repo""#));
    let run = with_files(&files, &["render", "-p", "cpu", "--base", "e/f:3"]);
    assert!(run.stdout.contains("\nARG BASE=e/f:3\n"));
}

#[test]
fn colour_and_hostile_text_follow_the_rules() {
    let hostile = ("profiles/mine.yaml", "extends: cpu\ndescription: \"a\\e[31mb\"\n");
    let run = with_files(&[hostile], &["render", "-p", "mine"]);
    assert_fails(&run, 2, &["profiles/mine.yaml:2"]);
    assert!(!run.stderr.contains('\x1b'), "{:?}", run.stderr);
    let run = mad_in(Path::new("/"), &["--color", "always", "render", "-p", "nothing"]);
    assert!(run.stderr.contains("\x1b["), "{:?}", run.stderr);
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = mad_in(Path::new("/"), &["completions", shell]);
        assert!(run.code == 0 && run.stdout.contains("MAD_COMPLETE"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("profiles")).unwrap();
    std::fs::write(folder.path().join("profiles/own.yaml"), "extends: cpu\n").unwrap();
    // As the script of bash asks.
    let offered = |words: &[&str]| -> Vec<String> {
        let asked = [&["--", "mad"], words].concat();
        let mut command = crate::support::command(folder.path(), &asked);
        command.env("MAD_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        let out = command.output().unwrap();
        assert!(out.status.success(), "{out:?}");
        String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
    };
    assert_eq!(offered(&["base", "boot"]), ["bootstrap"]);
    assert_eq!(offered(&["build", "-p", "o"]), ["own"]);
    let profiles = offered(&["show", "config", "--profile", "c"]);
    assert_eq!(profiles, ["common", "cpu", "cuda"]);
    assert!(offered(&["build", "--target", "no"]).contains(&"node-deps".to_owned()));
    assert_eq!(offered(&["patch", "verify", "--series", "cl"]), ["claude-flow"]);
}
