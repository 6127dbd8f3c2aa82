//! Runs probes on this host, with its own Node.js: quick, and only for code that one trusts.

use std::path::Path;
use std::process::Stdio;

use futures_util::StreamExt;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio_util::sync::CancellationToken;

use super::probe::{Job, LIMIT, PARALLEL, ProbeError, ProbeRun, Subject, jobs};
use super::{ProbeResult, SeriesFiles};

/// Runs every probe of every subject.
pub async fn run(
    files: &SeriesFiles,
    subjects: &[Subject],
    cancel: &CancellationToken,
    done: &mut (dyn FnMut(&ProbeRun) + Send),
) -> Result<Vec<ProbeRun>, ProbeError> {
    let node = which::which("node").map_err(|_| ProbeError::NoNode)?;
    let dir = tempfile::tempdir().map_err(io("make a temporary folder"))?;
    for (path, bytes) in &files.probes {
        write(&dir.path().join(path), bytes)?;
    }
    for subject in subjects {
        for (path, bytes) in &subject.files {
            write(&dir.path().join(&subject.name).join(path), bytes)?;
        }
    }
    let jobs = jobs(files, subjects);
    let mut running =
        futures_util::stream::iter(jobs.iter().map(|job| one(&node, dir.path(), job)))
            .buffered(PARALLEL);
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

async fn one(node: &Path, dir: &Path, job: &Job) -> Result<ProbeRun, ProbeError> {
    let child = tokio::process::Command::new(node)
        .arg(dir.join(&job.program))
        .arg(dir.join(&job.subject))
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .map_err(io("start a probe"))?;
    let _ends_with_us = ProcessGroup::of(&child);
    match tokio::time::timeout(LIMIT, child.wait_with_output()).await {
        Ok(output) => {
            let output = output.map_err(io("run a probe"))?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Ok(job.answer(output.status.code(), &text(&output.stdout), &text(&output.stderr)))
        }
        Err(_) => Ok(ProbeRun {
            subject: job.subject.clone(),
            patch: job.patch.clone(),
            result: ProbeResult::Unknown,
            why: Some(format!("it took more than {} s", LIMIT.as_secs())),
        }),
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
