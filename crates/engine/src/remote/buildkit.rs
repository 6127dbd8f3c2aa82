//! A connection to a builder, and what the builder says of itself.

use std::path::PathBuf;

use bollard_buildkit_proto::moby::buildkit::v1 as control;
use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use bollard_buildkit_proto::moby::buildkit::v1::types::WorkerRecord;
use tonic::transport::Channel;

use super::dial::{DialError, Dialled, dial};
use super::process::Said;
use super::{BuilderAddress, tls};
use crate::docker::platforms;
use crate::error::{chain, status_words};
use crate::{EngineError, FrontendLevel, Host, limits, solving};

/// A label that every worker of BuildKit has, and that the one inside an engine has not.
const EXECUTOR: &str = "org.mobyproject.buildkit.worker.executor";

/// How it keeps layers.
const SNAPSHOTTER: &str = "org.mobyproject.buildkit.worker.snapshotter";

/// What a builder says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its id; a builder that lost its cache has another.
    pub id: String,
    /// `v0.13.2`; `None` before 0.11, and where it does not say.
    pub version: Option<String>,
    /// What its steps can run on, its own platform first.
    pub platforms: Vec<String>,
    /// How it keeps layers, for example `overlayfs`.
    pub snapshotter: String,
    /// The level of its Dockerfile frontend.
    pub frontend: FrontendLevel,
    /// Whether it is the BuildKit inside a Docker engine, whose images stay there.
    pub is_engine: bool,
}

/// An open connection to a builder.
pub struct BuildKit {
    name: String,
    address: BuilderAddress,
    pub(super) client: ControlClient<Channel>,
    worker: Worker,
    pub(super) config_dir: Option<PathBuf>,
}

impl BuildKit {
    /// Connects and asks what it is. `name` is what people call it; `config_dir` is that of Docker's client, with
    /// the logins for registries.
    ///
    /// # Errors
    /// [`EngineError::BuilderUnreachable`], or that files of TLS cannot be used.
    pub async fn connect(
        name: &str,
        address: &BuilderAddress,
        config_dir: Option<PathBuf>,
    ) -> Result<Self, EngineError> {
        let unreachable = |why: String| EngineError::BuilderUnreachable {
            builder: name.to_owned(),
            address: address.to_string(),
            why,
        };
        let begun = tokio::time::Instant::now();
        let opening = async {
            let Dialled { stream, said, alert } =
                dial(address).await.map_err(|error| match error {
                    DialError::Unreachable(why) => unreachable(why),
                    DialError::Tls(error) => error,
                })?;
            let asked = async {
                // Servers in Go take pings more often than every five minutes for an attack: the questions
                // whether somebody is there are calls.
                let mut client = solving::channel(stream, false)
                    .await
                    .map_err(|error| meaning(&error, chain(&error), address))?;
                let workers = client.list_workers(control::ListWorkersRequest::default()).await;
                let workers = workers.map_err(|status| match status.code() {
                    tonic::Code::Unimplemented => "it is no BuildKit".to_owned(),
                    _ => meaning(&status, status_words(&status), address),
                })?;
                Ok::<_, String>((client, workers.into_inner().record))
            };
            match asked.await {
                Ok(asked) => Ok(asked),
                Err(why) => Err(unreachable(match alert.words() {
                    Some(alert) => alert,
                    None => words(said).await.unwrap_or(why),
                })),
            }
        };
        let opened = tokio::time::timeout(limits::CONNECT, opening).await;
        let ms = begun.elapsed().as_millis();
        let (client, workers) = opened.unwrap_or_else(|_| {
            Err(unreachable(format!("no answer within {} s", limits::CONNECT.as_secs())))
        })?;
        let worker = worker_of(&workers)
            .ok_or_else(|| unreachable("it has no worker, and can build nothing".to_owned()))?;
        let (version, platform) = (worker.version.as_deref(), worker.platforms.first());
        tracing::info!(name, address = %address, version, platform, ms, "builder connected");
        Ok(Self { name: name.to_owned(), address: address.clone(), client, worker, config_dir })
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn address(&self) -> &BuilderAddress {
        &self.address
    }

    /// What it says of itself.
    pub fn worker(&self) -> &Worker {
        &self.worker
    }

    /// The machine, as far as BuildKit tells. Which one it is stands in its name: builds on two builders are
    /// never compared.
    pub(super) fn host(&self) -> Host {
        Host {
            engine_id: Some(hash::sha256(&self.worker.id)),
            storage_driver: self.worker.snapshotter.clone(),
            platform: self.worker.platforms.first().cloned().unwrap_or_default(),
            builder: Some(self.name.clone()),
            ..Host::default()
        }
    }

    pub(super) fn lost(&self, why: String) -> EngineError {
        EngineError::BuilderLost { builder: self.name.clone(), during: "building".into(), why }
    }

    /// Returns when it no longer answers, and says why; asked again and again as long as it does.
    pub(super) async fn silence(&self) -> String {
        let mut client = self.client.clone();
        loop {
            tokio::time::sleep(limits::KEEP_ALIVE).await;
            let asked = client.list_workers(control::ListWorkersRequest::default());
            match tokio::time::timeout(limits::KEEP_ALIVE, asked).await {
                Ok(Ok(_)) => {}
                Ok(Err(status)) => return status_words(&status),
                Err(_) => return format!("no answer within {} s", limits::KEEP_ALIVE.as_secs()),
            }
        }
    }
}

async fn words(said: Option<Said>) -> Option<String> {
    said?.words().await
}

/// What an error of the connection means: TLS tells of a refused client only now.
fn meaning(
    error: &(dyn std::error::Error + 'static),
    words: String,
    address: &BuilderAddress,
) -> String {
    let tls = match address {
        BuilderAddress::Tcp { tls, .. } | BuilderAddress::Kube { tls, .. } => tls.as_ref(),
        _ => None,
    };
    let explained = tls.and_then(|tls| tls::explain(error, tls, ""));
    let is_plain_tcp = tls.is_none() && matches!(address, BuilderAddress::Tcp { .. });
    explained.unwrap_or_else(|| match is_plain_tcp {
        true => format!("{words}; where it wants TLS, add `,cacert=…,cert=…,key=…`"),
        false => words,
    })
}

fn worker_of(workers: &[WorkerRecord]) -> Option<Worker> {
    let first = workers.first()?;
    let version = first.buildkit_version.as_ref();
    Some(Worker {
        id: first.id.clone(),
        version: version
            .map(|version| version.version.clone())
            .filter(|version| !version.is_empty() && !version.starts_with("v0.0.0")),
        platforms: platforms(workers),
        snapshotter: first.labels.get(SNAPSHOTTER).cloned().unwrap_or_default(),
        // Workers tell their version from 0.11 on; `COPY --link` and heredocs are there from 0.10 on. 0.10 gets
        // a Dockerfile that is older than need be, and builds it.
        frontend: if version.is_some() { FrontendLevel::V1_4 } else { FrontendLevel::V1_2 },
        is_engine: !first.labels.contains_key(EXECUTOR),
    })
}
