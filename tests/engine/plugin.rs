//! `docker mad …`: the real Docker client finds mad as its plugin and passes on what was typed.

use std::os::unix::fs::symlink;

use crate::support::{Engine, docker_command};

#[test]
fn docker_runs_mad_as_its_plugin() {
    let _engine = Engine::take();
    let config = tempfile::tempdir().unwrap();
    let plugins = config.path().join("cli-plugins");
    std::fs::create_dir(&plugins).unwrap();
    symlink(env!("CARGO_BIN_EXE_mad"), plugins.join("docker-mad")).unwrap();
    let docker = |arguments: &[&str]| {
        let output =
            docker_command(arguments).env("DOCKER_CONFIG", config.path()).output().unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, err) = docker(&["mad", "doctor"]);
    assert!(code.is_some() && out.contains("engine"), "{code:?} {out} {err}");
    assert!(out.lines().any(|line| line.starts_with("ok    engine")), "{out} {err}");
    let (_, help, _) = docker(&["--help"]);
    assert!(help.lines().any(|line| line.trim_start().starts_with("mad*")), "{help}");
    // Docker's own options reach mad: nothing answers there.
    let (code, out, err) = docker(&["--host", "unix:///nowhere.sock", "mad", "build", "-p", "cpu"]);
    assert_eq!(code, Some(7), "{out} {err}");
    assert!(err.contains("nowhere.sock"), "{err}");
}
