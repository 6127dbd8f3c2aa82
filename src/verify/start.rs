//! Starts a container of the image, waits until it is ready, and looks how it does from then on.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::facts::{LogLine, Run, RunEnd, ServiceRun};
use crate::profile::Profile;
use crate::timing::clean_line;
use crate::timing::record::is_permission_error;
use engine::{
    DockerEngine, EngineError, ImageConfig, StandIns, Started, Trial, TrialRun, TrialState,
};
use runtime_config::mounts::Kind as MountKind;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a container that cannot be asked is looked at.
const LOOK: Duration = Duration::from_secs(3);
/// Lines that are kept of a log.
const LINES: usize = 40;
/// Lines that are kept of what tells of a denied permission.
const MOST_DENIED: usize = 200;
/// The content of a secret in a trial.
const NO_SECRET: &[u8] = b"for-this-trial-only";
/// Where the programs of an image write.
const RUN_DIRECTORY: &str = runtime_config::services::RUN_DIRECTORY;

/// How a container is asked whether it is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Readiness {
    /// The command.
    pub command: Vec<String>,
    /// Whether its programs can be asked for, too.
    pub has_runtime: bool,
}

impl Readiness {
    /// How containers of this image are asked; `None` where it has no way.
    pub fn of(config: &ImageConfig) -> Option<Self> {
        let has_runtime =
            config.command.iter().any(|word| word.rsplit('/').next() == Some("mad-runtime"));
        let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let command: Vec<String> = match config.health_check.split_first() {
            Some((kind, words)) if kind == "CMD" && !words.is_empty() => words.to_vec(),
            Some((kind, words)) if kind == "CMD-SHELL" => {
                let shell: Vec<String> =
                    config.shell.clone().unwrap_or_else(|| text(&["/bin/sh", "-c"]));
                [shell, words.to_vec()].concat()
            }
            _ if has_runtime => text(&["mad-runtime", "ready", "--timeout", "5s"]),
            _ => return None,
        };
        Some(Self { command, has_runtime })
    }
}

/// What is started, and how long it is looked at.
pub(super) struct Start<'a> {
    pub engine: &'a DockerEngine,
    pub image: &'a str,
    pub label: &'a str,
    pub stand_ins: StandIns,
    pub readiness: Option<&'a Readiness>,
    /// How soon it should be ready.
    pub within: Duration,
    /// How long it is looked at from then on.
    pub watch: Duration,
}

/// What stands in for what the profile has mounted: volumes, memory, and a token that nobody has. What programs read from
/// mounted files of the project is not there.
pub(super) fn stand_ins(profile: &Profile) -> StandIns {
    let mut all = StandIns::default();
    for mount in &profile.mounts {
        let target = mount.target.clone();
        match mount.kind {
            MountKind::Runtime => all.memory.push(target),
            MountKind::Secret => all.files.push((target, NO_SECRET.to_vec())),
            MountKind::Persistent | MountKind::Cache | MountKind::Config => {
                all.volumes.push((target, mount.kind.is_writable()));
            }
        }
    }
    let token = profile.mcp.as_ref().and_then(|mcp| mcp.token.as_ref());
    if let Some(path) = token.map(|token| token.path().display().to_string())
        && !all.files.iter().any(|(known, _)| *known == path)
    {
        all.files.push((path, NO_SECRET.to_vec()));
    }
    all
}

impl Start<'_> {
    /// Starts one as this user.
    pub async fn run(&self, user: &str, is_own: bool) -> Result<Run, EngineError> {
        let mut run = Run { user: user.to_owned(), is_own, ..Run::default() };
        let begun = Instant::now();
        let wanted = TrialRun {
            image: self.image.to_owned(),
            user: (!is_own).then(|| user.to_owned()),
            label: self.label.to_owned(),
            stand_ins: self.stand_ins.clone(),
        };
        let trial = match self.engine.start_trial(&wanted).await? {
            Started::Running(trial) => trial,
            Started::Refused(why) => {
                run.end = RunEnd::Refused { why: clean_line(&why) };
                return Ok(run);
            }
        };
        let looked = self.look(&trial, begun, &mut run).await;
        let removed = trial.remove().await;
        looked.and(removed).map(|()| run)
    }

    async fn look(
        &self,
        trial: &Trial<'_>,
        begun: Instant,
        run: &mut Run,
    ) -> Result<(), EngineError> {
        run.end = match self.readiness {
            Some(readiness) => self.wait(trial, readiness, begun).await?,
            None => look_on(trial).await?,
        };
        if run.end == RunEnd::Ready {
            run.ready_ms = Some(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
        }
        if self.readiness.is_some_and(|readiness| readiness.has_runtime) {
            if run.end == RunEnd::Ready {
                tokio::time::sleep(self.watch).await;
            }
            programs(trial, run).await?;
        }
        // One that was ready may have ended since.
        if run.end == RunEnd::Ready
            && let Some(end) = ended(&trial.state().await?)
        {
            run.end = end;
        }
        let mut logs = vec![("container".to_owned(), trial.logs().await?)];
        if self.readiness.is_some_and(|readiness| readiness.has_runtime) {
            let archive = trial.archive(RUN_DIRECTORY).await?;
            logs.extend(archive.map(|archive| logs_in(&archive)).unwrap_or_default());
        }
        let is_well =
            matches!(run.end, RunEnd::Ready | RunEnd::Running | RunEnd::Ended { status: 0, .. })
                && run.services.iter().all(|service| service.incidents.is_empty());
        for (source, text) in logs {
            let line = |line: &str| LogLine { source: source.clone(), line: clean_line(line) };
            let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
            let denied = lines.iter().filter(|line| is_permission_error(line));
            run.denied.extend(denied.take(MOST_DENIED).map(|text| line(text)));
            if !is_well {
                let last = lines.len().saturating_sub(LINES);
                run.log.extend(lines[last..].iter().map(|text| line(text)));
            }
        }
        Ok(())
    }

    /// Asks until it is ready, or has ended, or nobody waits longer: twice the time that it has, so that one
    /// that is late is told from one that never is.
    async fn wait(
        &self,
        trial: &Trial<'_>,
        readiness: &Readiness,
        begun: Instant,
    ) -> Result<RunEnd, EngineError> {
        let patience = self.within.max(Duration::from_secs(5)) * 2;
        loop {
            // One that does not answer is no answer.
            let left = patience.saturating_sub(begun.elapsed()).max(Duration::from_secs(1));
            let asked = tokio::time::timeout(left, trial.exec(&readiness.command)).await;
            let (status, why) = match asked {
                Ok(Ok(end)) => (end.status, [end.stderr, end.stdout].concat()),
                // It has ended, or there is no such program.
                Ok(Err(EngineError::Api { why, .. })) => (None, why),
                Ok(Err(error)) => return Err(error),
                Err(_) => (None, "the health check did not end".to_owned()),
            };
            if status == Some(0) {
                return Ok(RunEnd::Ready);
            }
            if let Some(end) = ended(&trial.state().await?) {
                return Ok(end);
            }
            if begun.elapsed() > patience {
                let why = why.lines().map(clean_line).filter(|line| !line.is_empty());
                let after_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                return Ok(RunEnd::NotReady { why: why.take(LINES).collect(), after_ms });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Looks at a container that cannot be asked.
async fn look_on(trial: &Trial<'_>) -> Result<RunEnd, EngineError> {
    let begun = Instant::now();
    while begun.elapsed() < LOOK {
        if let Some(end) = ended(&trial.state().await?) {
            return Ok(end);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(RunEnd::Running)
}

fn ended(state: &TrialState) -> Option<RunEnd> {
    let TrialState { is_running, status, is_out_of_memory } = *state;
    (!is_running).then_some(RunEnd::Ended { status, is_out_of_memory })
}

/// Asks the watch of the programs. An image whose gateway runs alone has none.
async fn programs(trial: &Trial<'_>, run: &mut Run) -> Result<(), EngineError> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let ask = async |command: &[&str]| match trial.exec(&words(command)).await {
        Ok(end) => Ok(serde_json::from_str::<Value>(&end.stdout).unwrap_or_default()),
        Err(EngineError::Api { .. }) => Ok(Value::Null),
        Err(error) => Err(error),
    };
    let status = ask(&["mad-runtime", "status", "--json"]).await?;
    let ledger = ask(&["mad-runtime", "status", "--incidents", "--json"]).await?;
    run.services = services(&status, &ledger);
    let shares: Vec<f64> =
        run.services.iter().map(|service| service.uptime.unwrap_or_default()).collect();
    run.uptime = (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
    Ok(())
}

/// The programs by `mad-runtime status --json` and `--incidents --json`.
pub(super) fn services(status: &Value, ledger: &Value) -> Vec<ServiceRun> {
    let text = |value: &Value| clean_line(value.as_str().unwrap_or_default());
    let incidents = ledger["incidents"].as_array().map_or(&[][..], Vec::as_slice);
    let listed = status["services"].as_array().map_or(&[][..], Vec::as_slice);
    let one = |service: &Value| {
        let name = text(&service["name"]);
        let own = incidents.iter().filter(|incident| text(&incident["service"]) == name);
        let uptime = ledger["services"][&name]["uptime_percent"].as_f64();
        ServiceRun {
            phase: text(&service["phase"]),
            problem: text(&service["problem"]),
            uptime: uptime.map(|percent| percent / 100.0),
            incidents: own
                .map(|one| format!("{}: {}", text(&one["kind"]), text(&one["detail"])))
                .collect(),
            name,
        }
    };
    listed.iter().map(one).collect()
}

/// The logs of the programs, by program.
pub(super) fn logs_in(archive: &[u8]) -> Vec<(String, String)> {
    let mut logs = Vec::new();
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().into_iter().flatten().map_while(Result::ok) {
        let mut entry = entry;
        let path = entry.path().map(|path| path.into_owned()).unwrap_or_default();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        if !is_log || !entry.header().entry_type().is_file() {
            continue;
        }
        let mut bytes = Vec::new();
        if std::io::Read::read_to_end(&mut entry, &mut bytes).is_ok() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            logs.push((clean_line(&name), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    logs.sort();
    logs
}
