//! Runs probes in containers without network, in an image that has Node.js: the default.
//!
//! Every run has a container of its own: no home, no temporary folder, no process and no file of
//! another run is there, and nothing says which run it is. Files go in as one archive.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::SeriesFiles;
use super::probe::{Job, LIMIT, PROGRAMS, ProbeError, ProbeRun, ProbedPackage, jobs, parallel};
use super::probe_host::io;
use engine::{ContainerRun, Engine};

/// Where the files lie in the container, the package in `package` below it.
const ROOT: &str = "mad-probe";

/// Where mad's own images have their npm packages: `better-sqlite3` makes the store a real one.
const NODE_PATH: &str = "NODE_PATH=/opt/mad/node/node_modules";

/// What a busy engine may take to make and start a container.
const STARTING: Duration = Duration::from_secs(40);

/// Lines of its output that are kept of a probe.
const LINES: usize = 100;

/// Runs every probe of every subject, each in a container of `image`.
///
/// # Errors
///
/// An image that is not there, an engine that fails, an interrupt.
pub async fn run(
    files: &SeriesFiles,
    subjects: &[ProbedPackage],
    engine: &dyn Engine,
    image: &str,
    cancel: &CancellationToken,
    done: &mut (dyn FnMut(&ProbeRun) + Send),
) -> Result<Vec<ProbeRun>, ProbeError> {
    let label = format!("mad.probe={}", uuid::Uuid::new_v4().simple());
    let limit = LIMIT + STARTING;
    ContainerProbes { files, engine, image, label, limit }.run(subjects, cancel, done).await
}

/// What all containers of one probing share.
struct ContainerProbes<'a> {
    files: &'a SeriesFiles,
    engine: &'a dyn Engine,
    image: &'a str,
    label: String,
    /// How long one may take, its container included.
    limit: Duration,
}

impl ContainerProbes<'_> {
    async fn run(
        &self,
        subjects: &[ProbedPackage],
        cancel: &CancellationToken,
        done: &mut (dyn FnMut(&ProbeRun) + Send),
    ) -> Result<Vec<ProbeRun>, ProbeError> {
        let Self { engine, image, .. } = *self;
        if engine::or_cancelled(cancel, engine.image(image)).await?.is_none() {
            return Err(ProbeError::NoImage { image: image.to_owned() });
        }
        let sweeping = async {
            engine.sweep_containers().await;
            Ok(())
        };
        engine::or_cancelled(cancel, sweeping).await?;
        let jobs = jobs(self.files, subjects);
        let ended = tokio::select! {
            ended = self.all(&jobs, done) => ended,
            () = cancel.cancelled() => Err(ProbeError::Interrupted),
        };
        if ended.is_err() {
            // Those that ran beside the one that failed.
            // Where it is cancelled already, a moment is all that an engine which stalls gets.
            let _ = engine::or_cancelled(cancel, engine.remove_containers(&self.label)).await;
        }
        ended
    }

    async fn all(
        &self,
        jobs: &[Job<'_>],
        done: &mut (dyn FnMut(&ProbeRun) + Send),
    ) -> Result<Vec<ProbeRun>, ProbeError> {
        let one = |job| self.one(job);
        let mut running = futures_util::stream::iter(jobs.iter().map(one)).buffered(parallel());
        let mut runs = Vec::new();
        while let Some(run) = running.next().await {
            let run = run?;
            done(&run);
            runs.push(run);
        }
        Ok(runs)
    }

    async fn one(&self, job: &Job<'_>) -> Result<ProbeRun, ProbeError> {
        let package = match job.installed() {
            Some(path) => path.to_owned(),
            None => format!("/{ROOT}/package"),
        };
        // Of its own, so that one that takes too long can be removed alone.
        let own = format!("mad.probe.run={}", uuid::Uuid::new_v4().simple());
        let run = ContainerRun {
            image: self.image.to_owned(),
            command: vec!["node".to_owned(), format!("/{ROOT}/{}", job.program), package],
            environment: vec![NODE_PATH.to_owned()],
            files: archive(&self.files.probes, job).map_err(io("pack the package"))?,
            label: own.clone(),
        };
        let mut stdout: Vec<String> = Vec::new();
        let mut line = |line: &str| {
            if stdout.len() == LINES {
                stdout.remove(0);
            }
            stdout.push(line.to_owned());
        };
        let running = self.engine.run(run, &self.label, &mut line);
        match tokio::time::timeout(self.limit, running).await {
            Ok(Ok(ended)) => {
                let status = i32::try_from(ended.status).ok();
                Ok(job.answer(status, &stdout.join("\n"), &ended.stderr))
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) => {
                self.engine.remove_containers(&own).await?;
                let starting = STARTING.as_secs();
                Ok(job.too_long(&format!(", or its container more than {starting} s to start")))
            }
        }
    }
}

/// The probes and the package.
fn archive(probes: &BTreeMap<String, Vec<u8>>, job: &Job<'_>) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut append = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, format!("{ROOT}/{path}"), bytes)
    };
    for (path, bytes) in probes {
        append(&format!("{PROGRAMS}/{path}"), bytes)?;
    }
    let files: &BTreeMap<String, Bytes> = &job.subject.files;
    for (path, bytes) in files {
        append(&format!("package/{path}"), bytes)?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests;
