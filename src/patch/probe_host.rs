//! Runs probes on this host, with its own Node.js: quick, and only for code that one trusts. Each
//! run has a folder of its own; what a probe leaves elsewhere, another one can find.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures_util::StreamExt;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::sync::CancellationToken;

use super::SeriesFiles;
use super::probe::{
    Job, LIMIT, OUTPUT, PROGRAMS, ProbeError, ProbeRun, ProbedPackage, jobs, parallel,
};

/// Runs every probe of every subject.
pub async fn run(
    files: &SeriesFiles,
    subjects: &[ProbedPackage],
    kept: Vec<(&str, OsString)>,
    cancel: &CancellationToken,
    done: &mut (dyn FnMut(&ProbeRun) + Send),
) -> Result<Vec<ProbeRun>, ProbeError> {
    let node = which::which("node").map_err(|_| ProbeError::NoNode)?;
    let jobs = jobs(files, subjects);
    let mut running =
        futures_util::stream::iter(jobs.iter().map(|job| one(&node, files, &kept, job)))
            .buffered(parallel());
    let mut runs = Vec::new();
    loop {
        let run = tokio::select! {
            run = running.next() => run,
            () = cancel.cancelled() => return Err(ProbeError::Interrupted),
        };
        let Some(run) = run else { return Ok(runs) };
        let run = run?;
        done(&run);
        runs.push(run);
    }
}

/// What a probe has of the environment.
pub const KEPT: [&str; 4] = ["PATH", "NODE_PATH", "LANG", "LC_ALL"];

/// One run: a folder of its own with the probes, the package, a home and a temporary folder, and no
/// more of the environment than a program needs.
async fn one(
    node: &Path,
    files: &SeriesFiles,
    kept: &[(&str, OsString)],
    job: &Job<'_>,
) -> Result<ProbeRun, ProbeError> {
    let folder = tempfile::tempdir().map_err(io("make a temporary folder"))?;
    let dir = folder.path();
    for (path, bytes) in &files.probes {
        write(&dir.join(PROGRAMS).join(path), bytes)?;
    }
    let package = job.installed().map_or_else(|| dir.join("package"), PathBuf::from);
    for (path, bytes) in &job.subject.files {
        write(&package.join(path), bytes)?;
    }
    let (home, temporary) = (dir.join("home"), dir.join("tmp"));
    for path in [&home, &temporary] {
        std::fs::create_dir_all(path).map_err(io("make a temporary folder"))?;
    }
    let mut child = tokio::process::Command::new(node)
        .arg(dir.join(&job.program))
        .arg(&package)
        .current_dir(dir)
        .env_clear()
        .envs(kept.iter().map(|(name, value)| (name, value)))
        .env("HOME", &home)
        .env("XDG_RUNTIME_DIR", &temporary)
        .envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, &temporary)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .map_err(io("start a probe"))?;
    let _ends_with_us = ProcessGroup::of(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ending = async { tokio::try_join!(child.wait(), end_of(stdout), end_of(stderr)) };
    match tokio::time::timeout(LIMIT, ending).await {
        Ok(ended) => {
            let (status, stdout, stderr) = ended.map_err(io("run a probe"))?;
            Ok(job.answer(status.code(), &stdout, &stderr))
        }
        Err(_) => Ok(job.too_long("")),
    }
}

/// Reads a stream to its end and keeps its last [`OUTPUT`] bytes, however much it brings.
async fn end_of(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<String> {
    let Some(mut stream) = stream else { return Ok(String::new()) };
    let (mut kept, mut buffer) = (Vec::new(), vec![0; OUTPUT]);
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(String::from_utf8_lossy(&kept).into_owned());
        }
        kept.extend_from_slice(&buffer[..count]);
        kept.drain(..kept.len().saturating_sub(OUTPUT));
    }
}

/// A probe and all that it started (its servers too), killed when this goes: at its end, at its
/// limit, at Ctrl-C, which a group of its own does not get from the terminal.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn of(child: &tokio::process::Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)))
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Nobody is left of most.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ProbeError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(io("lay out the package"))?;
    }
    std::fs::write(path, bytes).map_err(io("lay out the package"))
}

pub(super) fn io(action: &'static str) -> impl Fn(std::io::Error) -> ProbeError {
    move |source| ProbeError::Io { action, source }
}
