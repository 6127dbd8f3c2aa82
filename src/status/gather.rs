//! Asks the engine, and through it the program in each container; one that does not answer takes nothing from
//! the others.

use std::time::Duration;

use async_trait::async_trait;
use engine::{ContainerFacts, DockerEngine, EngineError, Said};
use futures_util::future::join_all;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ContainerStatus, Gateway, GpuStatus, Incident, Inside, MountStatus, Server};

/// What every image of mad has; its value is the profile.
pub const LABEL: &str = "mad.profile";

/// For one question to a container.
const PATIENCE: Duration = Duration::from_secs(10);

/// Incidents that are kept of a container.
const INCIDENTS: usize = 10;

/// The program in the image.
const PROGRAM: &str = "mad-runtime";

/// The engine, as far as it is asked here; tests have their own.
#[async_trait]
pub trait Engine: Sync {
    /// Every container of mad's.
    async fn containers(&self) -> Result<Vec<ContainerFacts>, EngineError>;
    /// Runs a program in one.
    async fn ask(&self, id: &str, command: &[&str]) -> Result<Said, EngineError>;
}

#[async_trait]
impl Engine for DockerEngine {
    async fn containers(&self) -> Result<Vec<ContainerFacts>, EngineError> {
        self.containers_with(LABEL).await
    }

    async fn ask(&self, id: &str, command: &[&str]) -> Result<Said, EngineError> {
        Self::ask(self, id, command).await
    }
}

/// Every container of mad's that runs, by name; with `all`, those that do not, too. `now` is the clock's, in
/// seconds.
pub async fn gather(
    engine: &dyn Engine,
    all: bool,
    now: i64,
) -> Result<Vec<ContainerStatus>, EngineError> {
    let found = engine.containers().await?;
    let wanted = found.iter().filter(|facts| all || facts.exit_code.is_none());
    Ok(join_all(wanted.map(|facts| gather_one(engine, facts, now))).await)
}

/// One container, whoever built its image.
pub async fn gather_one(engine: &dyn Engine, facts: &ContainerFacts, now: i64) -> ContainerStatus {
    let mut problems = Vec::new();
    let is_running = facts.state == "running";
    let inside = if is_running { inside(engine, facts, &mut problems).await } else { None };
    let started = facts.started_at.as_deref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let up = started.and_then(|at| u64::try_from(now.saturating_sub(at.as_second())).ok());
    let mount = |mount: &engine::MountFacts| MountStatus {
        kind: mount.kind.clone(),
        source: mount.source.clone(),
        target: mount.target.clone(),
        writable: mount.is_writable,
    };
    ContainerStatus {
        name: facts.name.clone(),
        id: facts.id.clone(),
        image: facts.image.clone(),
        profile: facts.labels.get(LABEL).cloned(),
        state: facts.state.clone(),
        health: facts.health.clone(),
        exit_code: facts.exit_code,
        out_of_memory: facts.is_out_of_memory,
        started_at: facts.started_at.clone(),
        up_s: up.filter(|_| is_running),
        mounts: facts.mounts.iter().map(mount).collect(),
        inside,
        problems,
    }
}

async fn inside(
    engine: &dyn Engine,
    facts: &ContainerFacts,
    problems: &mut Vec<String>,
) -> Option<Inside> {
    let wants_gpu = facts.environment.iter().any(|one| one.starts_with("MAD_CUDA_VERSION="));
    // Without anything to watch there is nothing to say: that is no failure.
    let (status, incidents, gpu) = tokio::join!(
        ask(engine, facts, &["status", "--json"]),
        ask(engine, facts, &["status", "--incidents", "--json"]),
        async {
            match wants_gpu {
                true => Some(ask(engine, facts, &["gpu", "--json"]).await),
                false => None,
            }
        },
    );
    let mut inside = Inside::default();
    match status {
        Err(Silent::Absent) => {
            problems.push(format!("no `{PROGRAM}` in it: nothing inside is known"));
            return None;
        }
        Err(Silent::Empty) => {}
        Err(Silent::Failed(why)) => problems.push(why),
        Ok(value) => {
            inside.services = field(&value, "services").unwrap_or_default();
            if let Some(servers) = field::<Vec<Server>>(&value, "servers") {
                let clients = value.get("clients").and_then(Value::as_array).map_or(0, Vec::len);
                inside.gateway = Some(Gateway { servers, clients });
            }
        }
    }
    if !inside.services.is_empty() {
        match incidents {
            Err(Silent::Failed(why)) => problems.push(why),
            Err(Silent::Absent | Silent::Empty) => {}
            Ok(value) => {
                let mut all: Vec<Incident> = field(&value, "incidents").unwrap_or_default();
                inside.incidents = all.split_off(all.len().saturating_sub(INCIDENTS));
                inside.numbers = field(&value, "all");
            }
        }
    }
    match gpu {
        None | Some(Err(Silent::Absent | Silent::Empty)) => {}
        Some(Err(Silent::Failed(why))) => problems.push(why),
        Some(Ok(value)) => inside.gpu = GpuStatus::deserialize(&value).ok(),
    }
    Some(inside)
}

/// Why a container says nothing.
enum Silent {
    /// The program is not there.
    Absent,
    /// There is nothing that it could tell of.
    Empty,
    /// It failed, or did not answer in time.
    Failed(String),
}

async fn ask(
    engine: &dyn Engine,
    facts: &ContainerFacts,
    arguments: &[&str],
) -> Result<Value, Silent> {
    let command: Vec<&str> = [PROGRAM].iter().chain(arguments).copied().collect();
    let asked = command.join(" ");
    let said = match tokio::time::timeout(PATIENCE, engine.ask(&facts.id, &command)).await {
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            return Err(Silent::Failed(format!("`{asked}` did not answer within {seconds} s")));
        }
        // Newer engines refuse a program that is not there, older ones end with a status of their own.
        Ok(Err(error)) if is_absent(&error.to_string()) => return Err(Silent::Absent),
        Ok(Err(error)) => return Err(Silent::Failed(format!("`{asked}`: {error}"))),
        Ok(Ok(said)) => said,
    };
    let words = format!("{}{}", said.stdout, said.stderr);
    if matches!(said.status, 126 | 127) && is_absent(&words) {
        return Err(Silent::Absent);
    }
    if said.status != 0 {
        let is_empty = words.contains("has neither `mcp` nor `services`")
            || words.contains("cannot read `/etc/mad/runtime.json`");
        let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let last = last.trim().trim_start_matches("error: ");
        return Err(match is_empty {
            true => Silent::Empty,
            false => Silent::Failed(format!("`{asked}`: {last}")),
        });
    }
    serde_json::from_str(&said.stdout)
        .map_err(|error| Silent::Failed(format!("`{asked}` said no JSON: {error}")))
}

fn is_absent(text: &str) -> bool {
    ["executable file not found", "no such file or directory"]
        .iter()
        .any(|part| text.to_lowercase().contains(part) && text.contains(PROGRAM))
}

fn field<T: DeserializeOwned>(value: &Value, name: &str) -> Option<T> {
    serde_json::from_value(value.get(name)?.clone()).ok()
}
