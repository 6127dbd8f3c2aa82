//! Runs the program as a user would, without an engine and without this machine's settings.

use std::path::Path;
use std::process::{Command, Output};

pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `mad` in `dir`. No engine is reachable and no setting of this machine is seen.
pub fn mad_in(dir: &Path, arguments: &[&str]) -> Run {
    run(dir, arguments, [])
}

/// Runs `mad` in `dir` with a text on its standard input.
pub fn mad_with_input(dir: &Path, arguments: &[&str], text: &str) -> Run {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = command(dir, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

/// The program in `dir`, without this machine's settings and without an engine.
pub fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mad"));
    command
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        // Where a coverage run collects what it saw.
        .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)));
    command
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn run<const N: usize>(
    dir: &Path,
    arguments: &[&str],
    variables: [(&str, std::ffi::OsString); N],
) -> Run {
    command(dir, arguments).envs(variables).output().unwrap().into()
}

/// Runs `mad` in `dir` with the programs of this machine, an empty home and an empty cache. No
/// engine is reachable.
pub fn mad_with_path_in(dir: &Path, arguments: &[&str]) -> Run {
    let home = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let own = [
        ("PATH", path),
        ("HOME", home.path().as_os_str().to_owned()),
        ("XDG_CACHE_HOME", home.path().join("cache").into_os_string()),
    ];
    run(dir, arguments, own)
}

/// The same, with an npm registry of its own.
pub fn mad_with_registry_in(dir: &Path, registry: &str, arguments: &[&str]) -> Run {
    let home = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let own = [
        ("PATH", path),
        ("HOME", home.path().as_os_str().to_owned()),
        ("XDG_CACHE_HOME", home.path().join("cache").into_os_string()),
        ("npm_config_registry", registry.into()),
    ];
    run(dir, arguments, own)
}
