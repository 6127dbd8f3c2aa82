//! The image's entrypoint, with a script in place of `mad-runtime`: what the command gets, and that no answer
//! about the GPU keeps it from starting.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

const ENTRYPOINT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/files/entrypoint");

/// Runs `env` through it; `runtime` is the body of `mad-runtime`, `None` where there is none.
fn start(runtime: Option<&str>, variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    if let Some(body) = runtime {
        let path = folder.path().join("mad-runtime");
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Command::new(ENTRYPOINT)
        .arg("env")
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

const CUDA: (&str, &str) = ("MAD_CUDA_VERSION", "12.8");
const CARDS: &str = "echo MAD_DEVICE=cuda; echo USE_GPU=1; echo CUDA_VISIBLE_DEVICES=0,1; echo 'MAD_DEVICE_REASON=2 cards = `two`, $HOME'";
const NONE: &str = "echo MAD_DEVICE=cpu; echo USE_GPU=0; echo CUDA_VISIBLE_DEVICES=; echo 'MAD_DEVICE_REASON=no GPU device'";

#[test]
fn the_command_gets_the_cards() {
    let started = start(Some(CARDS), &[CUDA]);
    let text = String::from_utf8(started.stdout).unwrap();
    assert!(started.status.success() && started.stderr.is_empty());
    for (name, expected) in [
        ("MAD_DEVICE", "cuda"),
        ("USE_GPU", "1"),
        ("CUDA_VISIBLE_DEVICES", "0,1"),
        ("MAD_DEVICE_REASON", "2 cards = `two`, $HOME"),
    ] {
        assert_eq!(value(&text, name), Some(expected), "{text}");
    }
    // What is set stays, where the answer does not name it.
    let kept = start(
        Some("echo MAD_DEVICE=cuda; echo USE_GPU=1; echo LD_PRELOAD=/x; echo PATH=/x"),
        &[CUDA, ("CUDA_VISIBLE_DEVICES", "7")],
    );
    let text = String::from_utf8(kept.stdout).unwrap();
    assert_eq!(value(&text, "CUDA_VISIBLE_DEVICES"), Some("7"));
    assert_eq!(value(&text, "LD_PRELOAD"), None);
    assert_ne!(value(&text, "PATH"), Some("/x"));
}

#[test]
fn without_a_card_the_command_runs_on_the_cpu() {
    for (runtime, reason) in [
        (Some(NONE), "no GPU device"),
        (None, "mad-runtime gpu did not answer"),
        (Some("exit 1"), "mad-runtime gpu did not answer"),
        (Some("kill -SEGV $$"), "mad-runtime gpu did not answer"),
        (Some("echo hello"), "mad-runtime gpu did not answer"),
    ] {
        let started = start(runtime, &[CUDA]);
        let text = String::from_utf8(started.stdout).unwrap();
        assert!(started.status.success(), "{runtime:?}");
        let said = String::from_utf8(started.stderr).unwrap();
        // A shell may add what it thinks of the signal.
        let line = format!("mad: running on the CPU: {reason}\n");
        assert!(said.ends_with(&line), "{runtime:?}: {said}");
        for (name, expected) in
            [("MAD_DEVICE", "cpu"), ("USE_GPU", "0"), ("CUDA_VISIBLE_DEVICES", "")]
        {
            assert_eq!(value(&text, name), Some(expected), "{runtime:?}: {text}");
        }
    }
}

#[test]
fn who_asks_for_the_cpu_is_told_nothing_and_who_requires_a_gpu_is_refused() {
    // It gets the wish, and decides.
    let asked = "test \"$MAD_DEVICE\" = cpu && test \"$*\" = 'gpu env' && ";
    let started = start(Some(&format!("{asked}{{ {NONE}; }}")), &[CUDA, ("MAD_DEVICE", "cpu")]);
    assert!(started.status.success() && started.stderr.is_empty(), "{started:?}");

    let require = ("MAD_GPU_REQUIRE", "1");
    let refused = start(Some(NONE), &[CUDA, require]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stdout.is_empty());
    assert!(String::from_utf8(refused.stderr).unwrap().contains("requires a GPU: no GPU device"));
    assert!(start(Some(CARDS), &[CUDA, require]).status.success());
    assert!(start(Some(NONE), &[CUDA, require, ("MAD_DEVICE", "cpu")]).status.success());
}

#[test]
fn an_image_without_cuda_asks_nothing() {
    let started = start(Some("echo asked >&2; exit 1"), &[]);
    let text = String::from_utf8(started.stdout).unwrap();
    assert!(started.status.success() && started.stderr.is_empty());
    assert_eq!(value(&text, "USE_GPU"), None);
}
