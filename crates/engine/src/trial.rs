//! A container started as people start the image, without network, and asked while it runs.
//!
//! Unlike [`run`](DockerEngine::run) it has the image's own entrypoint, command and capabilities: what is tried
//! is the image as it is.

use bollard::container::LogOutput;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerCreateBody, ExecConfig, HostConfig, Mount, MountType};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, LogsOptionsBuilder, StartContainerOptions,
    UploadToContainerOptionsBuilder,
};
use futures_util::StreamExt;

use super::container::{ContainerGuard, MEMORY_BYTES, PROCESSES, Tail, labels};
use super::owner::OWNER_LABEL;
use super::{DockerEngine, EngineError, Owner, limits};

/// What is started.
#[derive(Debug, Clone, Default)]
pub struct TrialRun {
    /// The image.
    pub image: String,
    /// `--user`; `None` for the image's own.
    pub user: Option<String>,
    /// `KEY=VALUE`, to find the container again.
    pub label: String,
    /// What stands in for what people mount.
    pub stand_ins: StandIns,
}

/// What is mounted in a trial in place of what people have: none of it outlives the container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StandIns {
    /// Absolute paths of volumes, and whether they may be written to. A volume begins with what the image has there.
    pub volumes: Vec<(String, bool)>,
    /// Absolute paths in memory.
    pub memory: Vec<String>,
    /// Files that are there before the container starts, by absolute path; everybody may read them.
    pub files: Vec<(String, Vec<u8>)>,
}

impl StandIns {
    fn mounts(&self) -> Vec<Mount> {
        let volume = |(target, is_writable): &(String, bool)| Mount {
            target: Some(target.clone()),
            typ: Some(MountType::VOLUME),
            read_only: Some(!is_writable),
            ..Mount::default()
        };
        let memory = |target: &String| Mount {
            target: Some(target.clone()),
            typ: Some(MountType::TMPFS),
            ..Mount::default()
        };
        self.volumes.iter().map(volume).chain(self.memory.iter().map(memory)).collect()
    }

    /// Its files as an archive of the container's root.
    fn archive(&self) -> std::io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, content) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o444);
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, path.trim_start_matches('/'), content.as_slice())?;
        }
        archive.into_inner()
    }
}

/// What came of a start.
pub enum Started<'a> {
    /// The container was started.
    Running(Trial<'a>),
    /// The engine would not, in its words: there is no such user, or no such program.
    Refused(String),
}

/// A container that was started. It is there until it is [removed](Self::remove), or its label is swept.
pub struct Trial<'a> {
    held: ContainerGuard<'a>,
}

/// How a container is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialState {
    /// Whether its first process runs.
    pub is_running: bool,
    /// The exit status, once it does not.
    pub status: i64,
    /// Whether memory ran out.
    pub is_out_of_memory: bool,
}

/// How a command in a container ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecEnd {
    /// Exit status; `None` where the engine does not tell.
    pub status: Option<i64>,
    /// Standard output, its end where it is long.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

impl DockerEngine {
    /// Creates a container and starts it.
    ///
    /// # Errors
    ///
    /// An engine that cannot be used. What it says against this image or this user is no error.
    pub async fn start_trial(&self, run: &TrialRun) -> Result<Started<'_>, EngineError> {
        let owner = format!("{OWNER_LABEL}={}", Owner::this().text());
        let body = ContainerCreateBody {
            image: Some(run.image.clone()),
            user: run.user.clone(),
            labels: Some(labels(&[&run.label, &owner])),
            network_disabled: Some(true),
            host_config: Some(HostConfig {
                network_mode: Some("none".to_owned()),
                memory: Some(MEMORY_BYTES),
                pids_limit: Some(PROCESSES),
                mounts: Some(run.stand_ins.mounts()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let created = self.docker().create_container(None::<CreateContainerOptions>, body).await;
        let id = match created {
            Ok(created) => created.id,
            Err(error) => return refused(EngineError::api("create a container", &error)),
        };
        let held = ContainerGuard { engine: self, id };
        if !run.stand_ins.files.is_empty() {
            let archive = run.stand_ins.archive().map_err(|error| EngineError::Api {
                action: "pack files for a container".to_owned(),
                why: error.to_string(),
            })?;
            let at_root = UploadToContainerOptionsBuilder::default().path("/").build();
            let body = bollard::body_full(bytes::Bytes::from(archive));
            if let Err(error) =
                self.docker().upload_to_container(&held.id, Some(at_root), body).await
            {
                held.remove().await?;
                return refused(EngineError::api("copy files into a container", &error));
            }
        }
        let options = None::<StartContainerOptions>;
        match self.docker().start_container(&held.id, options).await {
            Ok(()) => Ok(Started::Running(Trial { held })),
            Err(error) => {
                held.remove().await?;
                refused(EngineError::api("start a container", &error))
            }
        }
    }
}

fn refused<'a>(error: EngineError) -> Result<Started<'a>, EngineError> {
    match error {
        EngineError::Api { why, .. } => Ok(Started::Refused(why)),
        error => Err(error),
    }
}

impl Trial<'_> {
    /// How it is now.
    pub async fn state(&self) -> Result<TrialState, EngineError> {
        let docker = self.held.engine.docker();
        let found = docker.inspect_container(&self.held.id, None::<InspectContainerOptions>).await;
        let found = found.map_err(|error| EngineError::api("look at a container", &error))?;
        let state = found.state.unwrap_or_default();
        Ok(TrialState {
            is_running: state.running.unwrap_or_default(),
            status: state.exit_code.unwrap_or_default(),
            is_out_of_memory: state.oom_killed.unwrap_or_default(),
        })
    }

    /// Runs a command in it, as its user; an error too where the container has ended meanwhile.
    pub async fn exec(&self, command: &[String]) -> Result<ExecEnd, EngineError> {
        let api = |error: bollard::errors::Error| {
            EngineError::api("run a command in a container", &error)
        };
        let docker = self.held.engine.docker();
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.to_vec()),
            ..ExecConfig::default()
        };
        let id = docker.create_exec(&self.held.id, config).await.map_err(api)?.id;
        let options = StartExecOptions {
            output_capacity: Some(limits::MAX_LINE_BYTES),
            ..Default::default()
        };
        let (mut stdout, mut stderr) = (Tail::default(), Tail::default());
        if let StartExecResults::Attached { mut output, .. } =
            docker.start_exec(&id, Some(options)).await.map_err(api)?
        {
            while let Some(piece) = output.next().await {
                match piece.map_err(api)? {
                    LogOutput::StdErr { message } => stderr.push(&message),
                    LogOutput::StdOut { message } => stdout.push(&message),
                    _ => {}
                }
            }
        }
        let status = docker.inspect_exec(&id).await.map_err(api)?.exit_code;
        Ok(ExecEnd { status, stdout: stdout.text(), stderr: stderr.text() })
    }

    /// What it has written to standard output and standard error, the end of it where it is long.
    pub async fn logs(&self) -> Result<String, EngineError> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).build();
        let mut pieces = Box::pin(self.held.engine.docker().logs(&self.held.id, Some(options)));
        let mut text = Tail::default();
        while let Some(piece) = pieces.next().await {
            let piece =
                piece.map_err(|error| EngineError::api("read a container's log", &error))?;
            text.push(&piece.into_bytes());
        }
        Ok(text.text())
    }

    /// A file or a folder of it, as a tar archive; `None` where there is none.
    pub async fn archive(&self, path: &str) -> Result<Option<Vec<u8>>, EngineError> {
        self.held.engine.download(&self.held.id, "the container", path).await
    }

    /// Ends it.
    pub async fn remove(self) -> Result<(), EngineError> {
        self.held.remove().await
    }
}
