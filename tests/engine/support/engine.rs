//! The engine under test, asked through Docker's own client.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One test at a time: `cargo test` runs them as threads, and they measure time and processes.
static TURN: Mutex<()> = Mutex::new(());

/// The engine, for one test alone.
pub struct Engine {
    base: String,
    _turn: MutexGuard<'static, ()>,
}

impl Engine {
    /// Waits for this test's turn; panics where no engine answers.
    pub fn take() -> Self {
        // A test that failed has poisoned nothing that another one reads.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let output = docker_command(&["version", "--format", "{{.Server.Version}}"]).output();
        let output = output.unwrap_or_else(|error| {
            panic!("these tests need Docker's client, and `docker` cannot be run: {error}")
        });
        assert!(
            output.status.success(),
            "these tests need a Docker engine, and none answers: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self { base: base(), _turn: turn }
    }

    /// The image that test images start from.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Runs Docker's client; panics when it fails.
    pub fn docker(&self, arguments: &[&str]) -> String {
        docker(arguments)
    }

    /// Runs Docker's client, and leaves the judgement to the caller.
    pub fn try_docker(&self, arguments: &[&str]) -> Output {
        docker_command(arguments).output().expect("docker runs")
    }

    /// `docker run --rm IMAGE COMMAND…`.
    pub fn run(&self, image: &str, command: &[&str]) -> String {
        let mut arguments = vec!["run", "--rm", image];
        arguments.extend(command);
        docker(&arguments)
    }

    /// The id of an image, if there is one of that name.
    pub fn image_id(&self, name: &str) -> Option<String> {
        image_id(name)
    }

    /// Whether the engine still has the candidate of a build.
    pub fn has_candidate(&self, build_ref: &str) -> bool {
        let names = docker(&["images", "--format", "{{.Repository}}:{{.Tag}}", "mad/candidate"]);
        names.lines().any(|name| name.starts_with(&format!("mad/candidate:{build_ref}")))
    }

    /// How many lines of all that `docker save` writes hold one of `texts`.
    pub fn saved_lines_with(&self, image: &str, texts: &[&str]) -> usize {
        let mut save = docker_command(&["save", image]).stdout(Stdio::piped()).spawn();
        let save = save.as_mut().expect("docker runs");
        let layers = save.stdout.take().expect("a pipe");
        let found = Command::new("grep")
            .args(["-a", "-c", "-F", "-e", &texts.join("\n")])
            .stdin(layers)
            .output()
            .expect("grep runs");
        assert!(save.wait().expect("docker can be waited for").success());
        String::from_utf8_lossy(&found.stdout).trim().parse().expect("grep counts")
    }

    /// Paths of all files in all layers of an image: also those that a later layer hides.
    pub fn files_in_layers(&self, image: &str) -> BTreeSet<String> {
        let mut save = docker_command(&["save", image]).stdout(Stdio::piped()).spawn();
        let save = save.as_mut().expect("docker runs");
        let mut files = BTreeSet::new();
        let mut outer = tar::Archive::new(save.stdout.take().expect("a pipe"));
        for entry in outer.entries().expect("an archive") {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a path").display().to_string();
            // Newer engines keep layers and configurations side by side, as blobs.
            let mut start = [0];
            if !(name.ends_with("/layer.tar") || name.starts_with("blobs/"))
                || entry.read(&mut start).expect("docker writes on") == 0
                || start == *b"{"
            {
                continue;
            }
            let mut layer = tar::Archive::new(start.chain(entry));
            for file in layer.entries().expect("a layer") {
                let file = file.expect("an entry");
                if !file.header().entry_type().is_dir() {
                    files.insert(file.path().expect("a path").display().to_string());
                }
            }
        }
        assert!(save.wait().expect("docker can be waited for").success());
        files
    }

    /// Builds `folder` with Docker's own client; its progress, plain.
    pub fn docker_build(&self, folder: &Path, tag: &str) -> String {
        let folder = folder.to_str().expect("a UTF-8 path");
        let output = docker_command(&["build", "--progress", "plain", "-t", tag, folder])
            .env("DOCKER_BUILDKIT", "1")
            .output()
            .expect("docker runs");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "docker build failed:\n{log}");
        log
    }
}

/// A name that no other test and no other run uses.
pub fn unique(what: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock after 1970")
        .subsec_nanos();
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{what}-{}-{next}-{nanos}", std::process::id())
}

pub fn image_id(name: &str) -> Option<String> {
    let output = docker_command(&["image", "inspect", "--format", "{{.Id}}", name]).output();
    let output = output.expect("docker runs");
    let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(id)
}

pub fn docker(arguments: &[&str]) -> String {
    let output = docker_command(arguments).output().expect("docker runs");
    assert!(
        output.status.success(),
        "docker {arguments:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Docker's client: the distribution's where there is one, else the first on PATH.
pub fn docker_command(arguments: &[&str]) -> Command {
    let distribution = Path::new("/usr/bin/docker");
    let mut command =
        Command::new(if distribution.exists() { distribution } else { Path::new("docker") });
    command.args(arguments);
    command
}

fn base() -> String {
    if let Some(base) = std::env::var("MAD_TEST_BASE").ok().filter(|base| !base.is_empty()) {
        return base;
    }
    let own = "mad/base:trixie";
    if image_id(own).is_some() { own } else { "debian:trixie-slim" }.to_owned()
}
