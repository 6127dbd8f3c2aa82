//! Probes: programs that fail on a faulty target and pass on a mended one.
//!
//! Here is what is run and what the answers mean; where it runs is the caller's choice
//! ([`super::probe_host`], [`super::probe_container`]). A program that ends with 0 has proved
//! nothing by itself: the same program must have failed on the pristine target.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use super::{ProbeResult, SeriesFiles};

/// How long one probe may take; its own limit is shorter and says more.
pub const LIMIT: Duration = Duration::from_secs(20);

/// As many bytes are kept of what a probe on the host writes to standard output, and as many of
/// standard error: the last ones.
pub const OUTPUT: usize = 64 * 1024;

/// Where the probes lie in the folder of a run.
pub(super) const PROGRAMS: &str = "series";

/// How many probes run at once: one for each processor, and some that wait for time-outs.
pub(super) fn parallel() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8)
}

/// One package to probe.
#[derive(Debug, Clone)]
pub struct ProbedPackage {
    /// What the answers are told apart by, which no probe sees; or, without files, the absolute path
    /// of a package that is there already.
    pub name: String,
    /// Files by path in the package.
    pub files: BTreeMap<String, Bytes>,
    /// Ids of the patches whose probes are to run on it.
    pub patches: Vec<String>,
}

impl ProbedPackage {
    /// A package that the image has.
    pub fn installed(path: String, patches: Vec<String>) -> Self {
        Self { name: path, files: BTreeMap::new(), patches }
    }
}

/// What one probe said of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeRun {
    /// The subject's name.
    pub subject: String,
    /// The patch's id.
    pub patch: String,
    /// Whether the fault is there.
    pub result: ProbeResult,
    /// Why, where it says so.
    pub why: Option<String>,
}

/// One command of a probing.
#[derive(Debug, Clone)]
pub(super) struct Job<'a> {
    pub subject: &'a ProbedPackage,
    pub patch: String,
    /// In the folder of a run, for example `series/probes/05-ping.mjs`.
    pub program: String,
}

/// The commands for these subjects, in order.
pub(super) fn jobs<'a>(files: &SeriesFiles, subjects: &'a [ProbedPackage]) -> Vec<Job<'a>> {
    let program = |id: &str| files.series.patches.iter().find(|patch| patch.id == id);
    subjects
        .iter()
        .flat_map(|subject| subject.patches.iter().map(move |patch| (subject, patch)))
        .filter_map(|(subject, patch)| {
            let program = format!("{PROGRAMS}/{}", program(patch)?.probe);
            Some(Job { subject, patch: patch.clone(), program })
        })
        .collect()
}

impl Job<'_> {
    /// The path of the package, where it is there already.
    pub fn installed(&self) -> Option<&str> {
        self.subject.name.starts_with('/').then_some(self.subject.name.as_str())
    }

    /// Reads a probe's exit status (0 not there, 1 there, else unknown) and its line of JSON.
    pub fn answer(&self, status: Option<i32>, stdout: &str, stderr: &str) -> ProbeRun {
        let said = stdout
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .and_then(|line| Some(line.get("why")?.as_str()?.to_owned()));
        let (result, otherwise) = match status {
            Some(0) => (ProbeResult::Passes, None),
            Some(1) => (ProbeResult::Fails, None),
            Some(2) => (ProbeResult::Unknown, last_line(stderr)),
            other => {
                let status =
                    other.map_or("a signal".to_owned(), |status| format!("status {status}"));
                let last = last_line(stderr).map(|line| format!(": {line}")).unwrap_or_default();
                (ProbeResult::Unknown, Some(format!("it ended with {status}{last}")))
            }
        };
        let why = said.or(otherwise);
        ProbeRun { subject: self.subject.name.clone(), patch: self.patch.clone(), result, why }
    }

    /// For one that was ended at its limit; `also` is what else may have taken the time.
    pub fn too_long(&self, also: &str) -> ProbeRun {
        ProbeRun {
            subject: self.subject.name.clone(),
            patch: self.patch.clone(),
            result: ProbeResult::Unknown,
            why: Some(format!("it took more than {} s{also}", LIMIT.as_secs())),
        }
    }
}

fn last_line(text: &str) -> Option<String> {
    text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned)
}

/// A probing that could not be done at all.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No Node.js on this host.
    #[error("cannot find the program `node` on PATH")]
    NoNode,
    /// The image to probe in is not on the engine.
    #[error("the image to run probes in, `{image}`, is not on the engine")]
    NoImage {
        /// Its name.
        image: String,
    },
    /// Files could not be laid out or a program not be started.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The engine could not be used.
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
}

impl ProbeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoNode => Some("install Node.js 20, or run the probes in a container: `--probe=container`".to_owned()),
            Self::NoImage { .. } => Some("build it (`mad build -p cpu`), name another with `--probe-image`, or run the probes here: `--probe=host`".to_owned()),
            Self::Engine(error) => error.hint(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_status_decides_and_the_reason_is_kept() {
        let subject = ProbedPackage::installed("s".to_owned(), Vec::new());
        let job = Job { subject: &subject, patch: "p".to_owned(), program: "x".to_owned() };
        let said = r#"{"schema":"mad.probe/1","verdict":"fail","why":"no answer"}"#;
        for (status, stdout, stderr, result, why) in [
            (Some(0), "", "", ProbeResult::Passes, None),
            (Some(1), said, "", ProbeResult::Fails, Some("no answer")),
            (Some(2), "", "a\ncannot judge: b\n", ProbeResult::Unknown, Some("cannot judge: b")),
            (Some(3), "", "boom\n", ProbeResult::Unknown, Some("it ended with status 3: boom")),
            (None, "", "", ProbeResult::Unknown, Some("it ended with a signal")),
        ] {
            let run = job.answer(status, stdout, stderr);
            assert_eq!((run.result, run.why.as_deref()), (result, why));
        }
    }
}
