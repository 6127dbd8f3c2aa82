//! Runs probes in a container without network, in an image that has Node.js: the default.
//!
//! One container for all of them: files go in as one archive, a line comes back for each probe.

use std::fmt::Write;

use tokio_util::sync::CancellationToken;

use super::SeriesFiles;
use super::probe::{Job, LIMIT, PARALLEL, ProbeError, ProbeRun, Subject, jobs};
use super::probe_host::io;
use engine::{Builder, ContainerRun, DockerEngine};

/// Where the files lie in the container.
const ROOT: &str = "mad-probe";

/// Where mad's own images have their npm packages: `better-sqlite3` makes the store a real one.
const NODE_PATH: &str = "NODE_PATH=/opt/mad/node/node_modules";

/// Runs every probe of every subject in a container of `image`.
pub async fn run(
    files: &SeriesFiles,
    subjects: &[Subject],
    engine: &DockerEngine,
    image: &str,
    cancel: &CancellationToken,
    done: &mut (dyn FnMut(&ProbeRun) + Send),
) -> Result<Vec<ProbeRun>, ProbeError> {
    if engine::or_cancelled(cancel, engine.image(image)).await?.is_none() {
        return Err(ProbeError::NoImage { image: image.to_owned() });
    }
    let sweeping = async {
        engine.sweep_containers().await;
        Ok(())
    };
    engine::or_cancelled(cancel, sweeping).await?;
    let jobs = jobs(files, subjects);
    let archive = archive(files, subjects, &jobs).map_err(io("pack the packages"))?;
    let label = format!("mad.probe={}", uuid::Uuid::new_v4().simple());
    let run = ContainerRun {
        image: image.to_owned(),
        command: vec!["sh".to_owned(), format!("/{ROOT}/run")],
        environment: vec![NODE_PATH.to_owned()],
        files: archive,
    };
    let mut runs: Vec<Option<ProbeRun>> = vec![None; jobs.len()];
    let mut line = |line: &str| {
        let Some((index, run)) = answer(&jobs, line) else { return };
        done(&run);
        runs[index] = Some(run);
    };
    let ended = tokio::select! {
        ended = engine.run(run, &label, &mut line) => ended?,
        () = cancel.cancelled() => {
            // Already cancelled: a moment is all that an engine which stalls gets.
            let _ = engine::or_cancelled(cancel, engine.remove_containers(&label)).await;
            return Err(ProbeError::Interrupted);
        }
    };
    let last = ended.stderr.lines().last().unwrap_or_default().to_owned();
    Ok(runs
        .into_iter()
        .zip(&jobs)
        .map(|(run, job)| run.unwrap_or_else(|| job.answer(None, "", &last)))
        .collect())
}

/// The index of the job and its answer, from a line `INDEX STATUS BASE64(stdout) BASE64(stderr)`.
fn answer(jobs: &[Job], line: &str) -> Option<(usize, ProbeRun)> {
    use base64::Engine;
    let mut fields = line.split(' ');
    let index: usize = fields.next()?.parse().ok()?;
    let status: i32 = fields.next()?.parse().ok()?;
    let mut text = || {
        let bytes = base64::prelude::BASE64_STANDARD.decode(fields.next()?).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (stdout, stderr) = (text()?, text()?);
    Some((index, jobs.get(index)?.answer(Some(status), &stdout, &stderr)))
}

/// Subjects, probes and the script that runs them.
fn archive(files: &SeriesFiles, subjects: &[Subject], jobs: &[Job]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut append = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, format!("{ROOT}/{path}"), bytes)
    };
    for (path, bytes) in &files.probes {
        append(path, bytes)?;
    }
    for subject in subjects {
        for (path, bytes) in &subject.files {
            append(&format!("{}/{path}", subject.name), bytes)?;
        }
    }
    append("run", script(jobs).as_bytes())?;
    archive.into_inner()
}

fn script(jobs: &[Job]) -> String {
    let mut lists = vec![String::new(); PARALLEL];
    for (index, job) in jobs.iter().enumerate() {
        let Job { subject, program, .. } = job;
        // A package of the image has an absolute path; the others were laid out here.
        let at = if subject.starts_with('/') { String::new() } else { format!("/{ROOT}/") };
        // Names are plain by the rules of the series.
        let _ = writeln!(lists[index % PARALLEL], "probe {index} {program} {at}{subject}");
    }
    let lists: String = lists.iter().map(|list| format!("{{\n{list}}} &\n")).collect();
    format!(
        "set -u\ncd /{ROOT}\nprobe() {{\n\
         \x20   out=$(mktemp) err=$(mktemp)\n\
         \x20   timeout {} node \"$2\" \"$3\" >\"$out\" 2>\"$err\"\n\
         \x20   status=$?\n\
         \x20   echo \"$1 $status $(base64 -w0 <\"$out\") $(tail -c 4000 \"$err\" | base64 -w0)\"\n\
         }}\n{lists}wait\n",
        LIMIT.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::ProbeResult;

    #[test]
    fn lines_of_the_container_are_answers() {
        let job = |patch: &str| Job {
            subject: "s".to_owned(),
            patch: patch.to_owned(),
            program: "probes/x.mjs".to_owned(),
        };
        let jobs = [job("a"), job("b")];
        let (index, run) = answer(&jobs, "1 2  Y2Fubm90Cg==").unwrap();
        assert_eq!((index, run.patch.as_str(), run.result), (1, "b", ProbeResult::Unknown));
        assert_eq!(run.why.as_deref(), Some("cannot"));
        for bad in ["", "x", "7 0  ", "0 0", "0 x  ", "0 0 % "] {
            assert_eq!(answer(&jobs, bad), None, "{bad}");
        }
        assert!(script(&jobs).contains("probe 1 probes/x.mjs /mad-probe/s\n"));
    }
}
