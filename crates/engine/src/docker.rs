//! The real engine: the Docker API through bollard, BuildKit through its control channel.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use async_trait::async_trait;
use bollard::query_parameters::{
    ImportImageOptions, ListImagesOptionsBuilder, RemoveImageOptions, TagImageOptions,
};
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use bollard_buildkit_proto::moby::buildkit::v1 as control;
use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use bollard_buildkit_proto::moby::buildkit::v1::types::WorkerRecord;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use super::capabilities::frontend_of;
use super::credentials::CredentialLog;
use super::docker_config::DockerConfig;
use super::session::{FileSink, Serving};
use super::solving::{self, Exporter};
use super::{
    Builder, Capabilities, Containers, DockerSettings, Endpoint, EngineError, HistoryEntry, Host,
    Image, SolveError, SolveEvent, SolveRequest, Solved, dial, error::chain, limits, transport,
};

/// A connected engine.
pub struct DockerEngine {
    endpoint: Endpoint,
    docker: Docker,
    capabilities: Capabilities,
    config_dir: Option<PathBuf>,
}

impl DockerEngine {
    /// Connects, agrees on an API version, and reads what the engine can do.
    pub async fn connect(settings: &DockerSettings) -> Result<Self, EngineError> {
        let endpoint = Endpoint::resolve(settings)?;
        let unreachable =
            |error: &bollard::errors::Error| EngineError::unreachable(&endpoint, error);
        let docker = client(&endpoint).map_err(|error| unreachable(&error))?;
        // One request answers both: which API versions it speaks, and what it is.
        let version = tokio::time::timeout(limits::CONNECT, docker.version())
            .await
            .map_err(|_| dial::no_answer(&endpoint))?
            .map_err(|error| unreachable(&error))?;
        let found = version.version.unwrap_or_default();
        let Some(frontend) = frontend_of(&found) else {
            return Err(EngineError::TooOld { endpoint: endpoint.to_string(), found });
        };
        let docker = tokio::time::timeout(limits::CONNECT, docker.negotiate_version())
            .await
            .map_err(|_| dial::no_answer(&endpoint))?
            .map_err(|error| unreachable(&error))?;
        let capabilities = Capabilities {
            version: found,
            api_version: docker.client_version().to_string(),
            platform: format!(
                "{}/{}",
                version.os.unwrap_or_default(),
                version.arch.unwrap_or_default()
            ),
            frontend,
        };
        let Capabilities { version, api_version, platform, .. } = &capabilities;
        tracing::info!(version, api_version, platform, "engine connected");
        Ok(Self { endpoint, docker, capabilities, config_dir: settings.config_dir.clone() })
    }

    pub(super) fn config_dir(&self) -> Option<&std::path::Path> {
        self.config_dir.as_deref()
    }

    pub(super) fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What it can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Loads a `docker save` archive.
    pub async fn load<S>(&self, archive: S) -> Result<(), EngineError>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    {
        let options = ImportImageOptions::default();
        let mut answers = Box::pin(self.docker.import_image_stream(options, archive, None));
        while let Some(answer) = answers.next().await {
            answer.map_err(|error| EngineError::api("load the image", &error))?;
        }
        Ok(())
    }

    /// The platforms that its steps can run on, its own first and emulated ones after it.
    pub async fn platforms(&self) -> Result<Vec<String>, EngineError> {
        let asked = control::ListWorkersRequest::default();
        let answer = self.control().await?.list_workers(asked).await;
        let answer = answer.map_err(|status| EngineError::Connection {
            during: "asking BuildKit for its platforms".into(),
            why: chain(&status),
        })?;
        Ok(platforms(&answer.into_inner().record))
    }

    async fn control(&self) -> Result<ControlClient<Channel>, EngineError> {
        let connection = dial::upgrade(&self.endpoint, "/grpc", &[]).await?;
        let opened = solving::channel(connection, true).await;
        opened.map_err(|error| EngineError::Connection {
            during: "opening BuildKit's channel".into(),
            why: chain(&error),
        })
    }
}

#[async_trait]
impl Builder for DockerEngine {
    fn describe(&self) -> String {
        format!("docker {}", self.capabilities.version)
    }

    async fn solve(
        &self,
        request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError> {
        let wants_image = request.candidate.is_some() && request.files.is_none();
        let config = DockerConfig::read_or_empty(self.config_dir.as_deref());
        let mut request = request;
        config.add_proxies(&self.endpoint.to_string(), &mut request.build_args);
        solving::log(&request);
        let tried = CredentialLog::default();
        let files = request.files.clone().map(FileSink::Tar);
        let serving = Serving::of(&request, files, config, &tried, &events);
        let opened = async {
            let session = async {
                let headers = serving.headers();
                let connection =
                    dial::upgrade(&self.endpoint, "/session", &headers.pairs()).await?;
                Ok::<_, EngineError>(serving.serve(connection))
            };
            tokio::try_join!(session, self.control())
        };
        // Whoever asked to stop is told that it stopped, even if the connection breaks at that moment.
        let (session, mut client) = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(SolveError::Canceled),
            opened = opened => opened?,
        };
        // Without an exporter the engine runs the steps and leaves it at that.
        let exporter = match request.candidate.clone() {
            _ if request.files.is_some() => Exporter::Files,
            Some(name) => Exporter::Engine(name),
            None => Exporter::None,
        };
        let message = solving::solve_message(request, &session, exporter);
        let lost = |why| EngineError::Connection { during: "building".into(), why };
        let answer = solving::solve(&mut client, message, &tried, events, &cancel, lost).await?;
        if wants_image { exported(&answer) } else { Ok(Solved::default()) }
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        match self.docker.inspect_image(reference).await {
            Ok(image) => Ok(Some(Image {
                id: image.id.unwrap_or_default(),
                size_bytes: image.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            })),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(EngineError::api(format!("look at `{reference}`"), &error)),
        }
    }

    async fn history(&self, reference: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        match self.docker.image_history(reference).await {
            Ok(history) => {
                let entry = |item: bollard::models::ImageHistoryResponseItem| HistoryEntry {
                    created_by: item.created_by,
                    size_bytes: u64::try_from(item.size).unwrap_or(0),
                };
                // The engine begins at the top.
                Ok(history.into_iter().rev().map(entry).collect())
            }
            Err(error) if is_not_found(&error) => Ok(Vec::new()),
            Err(error) => {
                Err(EngineError::api(format!("tell the history of `{reference}`"), &error))
            }
        }
    }

    async fn host(&self) -> Result<Host, EngineError> {
        let info = self.docker.info().await;
        let info = info.map_err(|error| EngineError::api("tell of its machine", &error))?;
        Ok(Host::of(info, &self.capabilities.platform, &self.endpoint))
    }

    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError> {
        let (repo, tag) = split_tag(reference);
        let options = TagImageOptions { repo: Some(repo), tag: Some(tag) };
        let tagged = self.docker.tag_image(image_id, Some(options)).await;
        tagged.map_err(|error| EngineError::api(format!("tag `{reference}`"), &error))
    }

    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError> {
        let reference = HashMap::from([("reference", vec![repository])]);
        let options = ListImagesOptionsBuilder::default().filters(&reference).build();
        let found = self.docker.list_images(Some(options)).await;
        let found = found.map_err(|error| EngineError::api("list images", &error))?;
        let start = format!("{repository}:");
        let names = found.into_iter().flat_map(|image| image.repo_tags);
        Ok(names.filter(|name| name.starts_with(&start)).collect())
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        match self.docker.remove_image(reference, None::<RemoveImageOptions>, None).await {
            Ok(_) => Ok(()),
            Err(error) if is_not_found(&error) => Ok(()),
            Err(error) => Err(EngineError::api(format!("remove the name `{reference}`"), &error)),
        }
    }

    async fn files_sha256(
        &self,
        image: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Option<String>>, EngineError> {
        let label = format!("mad.look={}", uuid::Uuid::new_v4().simple());
        let found = self.contents_of_image(image, paths, &label).await?;
        let hashes = found.into_iter().map(|content| content.map(hash::sha256));
        Ok(paths.iter().map(|path| (*path).to_owned()).zip(hashes).collect())
    }
}

/// The platforms of workers, each once, in their order.
pub(super) fn platforms(workers: &[WorkerRecord]) -> Vec<String> {
    let mut platforms = Vec::new();
    for platform in workers.iter().flat_map(|worker| &worker.platforms) {
        let parts = [&platform.os, &platform.architecture, &platform.variant];
        let parts: Vec<&str> =
            parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
        let name = parts.join("/");
        if !platforms.contains(&name) {
            platforms.push(name);
        }
    }
    platforms
}

fn client(endpoint: &Endpoint) -> Result<Docker, bollard::errors::Error> {
    // The transport sets the limits; bollard's own only must not come before them.
    let timeout = limits::SILENCE.as_secs() * 2;
    let endpoint = endpoint.clone();
    let transport = move |request: BollardRequest| {
        let endpoint = endpoint.clone();
        async move { transport::send(&endpoint, request).await }
    };
    Docker::connect_with_custom_transport(
        transport,
        Some("http://docker"),
        timeout,
        API_DEFAULT_VERSION,
    )
}

/// The image's id as the engine has it: the configuration's digest, or with the containerd image
/// store the manifest's. `containerimage.digest` is the one that fits both, and 20.10 has no other.
fn exported(response: &HashMap<String, String>) -> Result<Solved, SolveError> {
    match response.get("containerimage.digest") {
        Some(image_id) => Ok(Solved { image_id: Some(image_id.clone()) }),
        None => Err(SolveError::Failed { message: "the engine exported no image".to_owned() }),
    }
}

fn is_not_found(error: &bollard::errors::Error) -> bool {
    matches!(error, bollard::errors::Error::DockerResponseServerError { status_code: 404, .. })
}

/// `host:5000/name:tag` into `host:5000/name` and `tag`; without a tag it is `latest`.
pub(super) fn split_tag(reference: &str) -> (String, String) {
    match reference.rsplit_once(':') {
        Some((repo, tag)) if !tag.contains('/') => (repo.to_owned(), tag.to_owned()),
        _ => (reference.to_owned(), "latest".to_owned()),
    }
}

#[cfg(test)]
mod stalled;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_has_the_id_that_the_engine_knows() {
        // As 20.10, 26 and 26 with the containerd image store answered; names left out.
        for answer in [
            &[("containerimage.digest", "sha256:id")][..],
            &[
                ("containerimage.digest", "sha256:id"),
                ("containerimage.config.digest", "sha256:id"),
            ],
            &[("containerimage.digest", "sha256:id"), ("containerimage.config.digest", "sha256:x")],
        ] {
            let answer = answer.iter().map(|(key, value)| (key.to_string(), value.to_string()));
            assert_eq!(exported(&answer.collect()).unwrap().image_id.as_deref(), Some("sha256:id"));
        }
        assert!(exported(&HashMap::new()).is_err());
    }

    #[test]
    fn tags_are_split_from_names_and_not_from_ports() {
        for (reference, repo, tag) in [
            ("mad/cpu:latest", "mad/cpu", "latest"),
            ("mad/cpu", "mad/cpu", "latest"),
            ("host:5000/cpu", "host:5000/cpu", "latest"),
            ("host:5000/cpu:1", "host:5000/cpu", "1"),
        ] {
            assert_eq!(split_tag(reference), (repo.to_owned(), tag.to_owned()));
        }
    }
}
