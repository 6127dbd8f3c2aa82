//! Containers that others started: which there are, how they are, and a question to a program in one.

use std::collections::{BTreeMap, HashMap};

use bollard::container::LogOutput;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerInspectResponse, ExecConfig};
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder};
use futures_util::StreamExt;

use super::{DockerEngine, EngineError};

/// As much of what a program in a container says as is read.
const MOST_BYTES: usize = 4 << 20;

/// A container, as the engine knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerFacts {
    /// Its id.
    pub id: String,
    /// Its name, without the slash.
    pub name: String,
    /// The name of the image that it was made from.
    pub image: String,
    /// Its labels, the image's among them.
    pub labels: BTreeMap<String, String>,
    /// `NAME=VALUE`.
    pub environment: Vec<String>,
    /// `running`, `exited`, `created`, `paused`, `restarting`, `dead`.
    pub state: String,
    /// `starting`, `healthy` or `unhealthy`; `None` without a health check.
    pub health: Option<String>,
    /// Exit status of one that has ended.
    pub exit_code: Option<i64>,
    /// Whether the kernel ended it for want of memory.
    pub is_out_of_memory: bool,
    /// When it was started, as the engine writes times.
    pub started_at: Option<String>,
    /// What is mounted in it, by the target.
    pub mounts: Vec<MountFacts>,
}

/// What is mounted in a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MountFacts {
    /// `bind`, `volume` or `tmpfs`.
    pub kind: String,
    /// The name of a volume, else the path on the host; empty for what has neither.
    pub source: String,
    /// Where it is in the container.
    pub target: String,
    /// Whether it can be written to.
    pub is_writable: bool,
}

/// How a program in a container ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Exit status; the engine's own of a program that is not there is 126 or 127.
    pub status: i64,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl DockerEngine {
    /// The containers with this label, whatever its value, by name; stopped ones too.
    pub async fn containers_with(&self, label: &str) -> Result<Vec<ContainerFacts>, EngineError> {
        let filters = HashMap::from([("label", vec![label])]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let found = self.docker().list_containers(Some(options)).await;
        let found = found.map_err(|error| EngineError::api("list containers", &error))?;
        let mut all = Vec::new();
        for id in found.into_iter().filter_map(|container| container.id) {
            // One that ends meanwhile is none any more.
            all.extend(self.container(&id).await?);
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// The container of this name or id.
    pub async fn container(&self, name: &str) -> Result<Option<ContainerFacts>, EngineError> {
        use bollard::errors::Error::DockerResponseServerError;
        let options = None::<InspectContainerOptions>;
        match self.docker().inspect_container(name, options).await {
            Ok(found) => Ok(Some(facts(found))),
            Err(DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(EngineError::api(format!("look at the container `{name}`"), &error)),
        }
    }

    /// The names of every container.
    pub async fn container_names(&self) -> Result<Vec<String>, EngineError> {
        let options = ListContainersOptionsBuilder::default().all(true).build();
        let found = self.docker().list_containers(Some(options)).await;
        let found = found.map_err(|error| EngineError::api("list containers", &error))?;
        let names = found.into_iter().flat_map(|container| container.names.unwrap_or_default());
        Ok(names.map(|name| name.trim_start_matches('/').to_owned()).collect())
    }

    /// Runs a program in a running container, as its user, and reads what it says.
    pub async fn ask(&self, id: &str, command: &[&str]) -> Result<Said, EngineError> {
        let failed = |error: bollard::errors::Error| {
            EngineError::api("run a program in a container", &error)
        };
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.iter().map(|word| (*word).to_owned()).collect()),
            ..ExecConfig::default()
        };
        let exec = self.docker().create_exec(id, config).await.map_err(failed)?.id;
        let options = None::<StartExecOptions>;
        let started = self.docker().start_exec(&exec, options).await.map_err(failed)?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        if let StartExecResults::Attached { mut output, .. } = started {
            while let Some(piece) = output.next().await {
                let (kept, message) = match piece.map_err(failed)? {
                    LogOutput::StdErr { message } => (&mut stderr, message),
                    LogOutput::StdOut { message } => (&mut stdout, message),
                    _ => continue,
                };
                let room = MOST_BYTES.saturating_sub(kept.len());
                kept.extend_from_slice(&message[..message.len().min(room)]);
            }
        }
        let status = self.docker().inspect_exec(&exec).await.map_err(failed)?.exit_code;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { status: status.unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) })
    }
}

fn facts(found: ContainerInspectResponse) -> ContainerFacts {
    let (state, config) = (found.state.unwrap_or_default(), found.config.unwrap_or_default());
    let is_running = state.running.unwrap_or_default();
    let health = state.health.and_then(|health| health.status).map(|status| status.to_string());
    let mut mounts: Vec<MountFacts> = found
        .mounts
        .unwrap_or_default()
        .into_iter()
        .map(|mount| MountFacts {
            kind: mount.typ.unwrap_or_default(),
            source: mount.name.filter(|name| !name.is_empty()).or(mount.source).unwrap_or_default(),
            target: mount.destination.unwrap_or_default(),
            is_writable: mount.rw.unwrap_or_default(),
        })
        .collect();
    // The engine lists a tmpfs of `--tmpfs` with the host's settings alone.
    let tmpfs = found.host_config.and_then(|config| config.tmpfs).unwrap_or_default();
    mounts.extend(tmpfs.into_iter().map(|(target, options)| MountFacts {
        kind: "tmpfs".to_owned(),
        source: String::new(),
        target,
        is_writable: !options.split(',').any(|option| option == "ro"),
    }));
    mounts.sort_by(|a, b| a.target.cmp(&b.target));
    mounts.dedup_by(|a, b| a.target == b.target);
    ContainerFacts {
        id: found.id.unwrap_or_default(),
        name: found.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        image: config.image.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        environment: config.env.unwrap_or_default(),
        state: state.status.map(|status| status.to_string()).unwrap_or_default(),
        health: health.filter(|health| !matches!(health.as_str(), "" | "none")),
        exit_code: state.exit_code.filter(|_| !is_running),
        is_out_of_memory: state.oom_killed.unwrap_or_default(),
        started_at: state.started_at.filter(|at| !at.starts_with("0001-")),
        mounts,
    }
}
