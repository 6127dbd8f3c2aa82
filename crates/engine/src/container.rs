//! One command in a container of its own: files go in as an archive, its output comes back.
//!
//! Nothing is bound from the host, so it works on remote engines; the container has no network, no
//! capabilities, and is removed whatever happens.

use async_trait::async_trait;
use bollard::container::LogOutput;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptions, DownloadFromContainerOptionsBuilder, LogsOptionsBuilder,
    RemoveContainerOptionsBuilder, UploadToContainerOptionsBuilder, WaitContainerOptions,
};
use bytes::Bytes;
use futures_util::StreamExt;

use super::owner::OWNER_LABEL;
use super::{Containers, DockerEngine, EngineError, Owner, limits};

/// Memory that a container may use.
pub(super) const MEMORY_BYTES: i64 = 2 << 30;
/// Processes that it may have.
pub(super) const PROCESSES: i64 = 512;

/// As much of standard error as is kept.
const MOST_STDERR_BYTES: usize = 64 * 1024;

/// What is run in a container.
#[derive(Debug, Clone, Default)]
pub struct ContainerRun {
    /// The image.
    pub image: String,
    /// The command.
    pub command: Vec<String>,
    /// `NAME=VALUE`.
    pub environment: Vec<String>,
    /// A tar archive that is unpacked at `/` before the start.
    pub files: Vec<u8>,
    /// A label of its own beside the one that it shares with others, `KEY=VALUE`; may be empty.
    pub label: String,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEnd {
    /// Exit status.
    pub status: i64,
    /// The end of standard error.
    pub stderr: String,
}

/// The end of a stream, however long it was.
#[derive(Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > 2 * MOST_STDERR_BYTES {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let over = self.bytes.len().saturating_sub(MOST_STDERR_BYTES);
        self.is_cut |= over > 0;
        self.bytes.drain(..over);
    }

    /// Begins with a whole line where something is missing.
    pub(super) fn text(mut self) -> String {
        self.cut();
        let text = String::from_utf8_lossy(&self.bytes);
        match text.split_once('\n') {
            Some((_, rest)) if self.is_cut => rest.to_owned(),
            _ => text.into_owned(),
        }
    }
}

/// The content of the one file in an archive; none where it is a link or a folder.
fn only_file(archive: &[u8]) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(archive);
    let mut entry = archive.entries().ok()?.next()?.ok()?;
    if !entry.header().entry_type().is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut entry, &mut bytes).ok()?;
    Some(bytes)
}

/// Labels as the engine finds them again: it compares keys and values, not texts.
pub(super) fn labels(texts: &[&str]) -> std::collections::HashMap<String, String> {
    let texts = texts.iter().filter(|text| !text.is_empty());
    let pairs = texts.map(|text| text.split_once('=').unwrap_or((text, "")));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// A container that is removed by [`ContainerGuard::remove`].
pub(super) struct ContainerGuard<'a> {
    pub(super) engine: &'a DockerEngine,
    pub(super) id: String,
}

impl ContainerGuard<'_> {
    pub(super) async fn remove(&self) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        let removed = self.engine.docker().remove_container(&self.id, Some(options)).await;
        removed.map_err(|error| EngineError::api("remove a container", &error))
    }
}

#[async_trait]
impl Containers for DockerEngine {
    async fn run(
        &self,
        run: ContainerRun,
        label: &str,
        line: &mut (dyn for<'line> FnMut(&'line str) + Send),
    ) -> Result<ContainerEnd, EngineError> {
        let held = self.create(&run, label).await?;
        let ended = self.follow(&held.id, run.files, line).await;
        let removed = held.remove().await;
        let ended = ended?;
        removed.map(|()| ended)
    }

    async fn remove_containers(&self, label: &str) -> Result<(), EngineError> {
        let options = bollard::query_parameters::ListContainersOptionsBuilder::default()
            .all(true)
            .filters(&std::collections::HashMap::from([("label", vec![label])]))
            .build();
        let found = self.docker().list_containers(Some(options)).await;
        for container in found.map_err(|error| EngineError::api("list containers", &error))? {
            ContainerGuard { engine: self, id: container.id.unwrap_or_default() }.remove().await?;
        }
        Ok(())
    }

    /// As [`sweep`](crate::sweep) does with images. What fails is tried by the next.
    async fn sweep_containers(&self) {
        let here = Owner::this();
        let options = bollard::query_parameters::ListContainersOptionsBuilder::default()
            .all(true)
            .filters(&std::collections::HashMap::from([("label", vec![OWNER_LABEL])]))
            .build();
        for container in self.docker().list_containers(Some(options)).await.unwrap_or_default() {
            let labels = container.labels.unwrap_or_default();
            if Owner::is_gone(labels.get(OWNER_LABEL).map_or("", String::as_str), &here) {
                let id = container.id.unwrap_or_default();
                let _ = ContainerGuard { engine: self, id }.remove().await;
            }
        }
    }

    async fn contents_of_image(
        &self,
        image: &str,
        paths: &[&str],
        label: &str,
    ) -> Result<Vec<Option<Vec<u8>>>, EngineError> {
        let run = ContainerRun {
            image: image.to_owned(),
            command: vec!["true".to_owned()],
            ..ContainerRun::default()
        };
        let held = self.create(&run, label).await?;
        let mut found = Vec::new();
        for path in paths {
            found.push(self.download(&held.id, image, path).await);
        }
        held.remove().await?;
        found.into_iter().map(|archive| Ok(only_file(&archive?.unwrap_or_default()))).collect()
    }
}

impl DockerEngine {
    pub(super) async fn download(
        &self,
        id: &str,
        image: &str,
        path: &str,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        use bollard::errors::Error::DockerResponseServerError;
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let mut archive = Vec::new();
        let mut stream = Box::pin(self.docker().download_from_container(id, Some(options)));
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(chunk) => archive.extend_from_slice(&chunk),
                Err(DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
                Err(error) => {
                    return Err(EngineError::api(format!("read `{path}` of `{image}`"), &error));
                }
            }
        }
        Ok(Some(archive))
    }

    pub(super) async fn create(
        &self,
        run: &ContainerRun,
        label: &str,
    ) -> Result<ContainerGuard<'_>, EngineError> {
        let owner = format!("{OWNER_LABEL}={}", Owner::this().text());
        let body = ContainerCreateBody {
            image: Some(run.image.clone()),
            entrypoint: Some(Vec::new()),
            cmd: Some(run.command.clone()),
            env: Some(run.environment.clone()),
            labels: Some(labels(&[label, &run.label, &owner])),
            network_disabled: Some(true),
            host_config: Some(HostConfig {
                network_mode: Some("none".to_owned()),
                cap_drop: Some(vec!["ALL".to_owned()]),
                security_opt: Some(vec!["no-new-privileges".to_owned()]),
                init: Some(true),
                memory: Some(MEMORY_BYTES),
                pids_limit: Some(PROCESSES),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let created = self.docker().create_container(None::<CreateContainerOptions>, body).await;
        let created = created.map_err(|error| {
            EngineError::api(format!("create a container from `{}`", run.image), &error)
        })?;
        Ok(ContainerGuard { engine: self, id: created.id })
    }

    async fn follow(
        &self,
        id: &str,
        files: Vec<u8>,
        line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<ContainerEnd, EngineError> {
        let api = |action: &'static str| {
            move |error: bollard::errors::Error| EngineError::api(action, &error)
        };
        if !files.is_empty() {
            let options = UploadToContainerOptionsBuilder::default().path("/").build();
            let body = bollard::body_full(Bytes::from(files));
            let uploaded = self.docker().upload_to_container(id, Some(options), body).await;
            uploaded.map_err(api("copy files into a container"))?;
        }
        let start = None::<bollard::query_parameters::StartContainerOptions>;
        self.docker().start_container(id, start).await.map_err(api("start a container"))?;
        let options = LogsOptionsBuilder::default().follow(true).stdout(true).stderr(true).build();
        let mut output = Box::pin(self.docker().logs(id, Some(options)));
        // Chunks end anywhere, also within a character: only whole lines are decoded.
        let (mut partial, mut stderr) = (Vec::new(), Tail::default());
        while let Some(chunk) = output.next().await {
            match chunk.map_err(api("follow a container"))? {
                LogOutput::StdErr { message } => stderr.push(&message),
                LogOutput::StdOut { message } => {
                    partial.extend_from_slice(&message);
                    while let Some(end) = partial.iter().position(|byte| *byte == b'\n') {
                        line(&String::from_utf8_lossy(&partial[..end]));
                        partial.drain(..=end);
                    }
                    if partial.len() > limits::MAX_LINE_BYTES {
                        line(&String::from_utf8_lossy(&std::mem::take(&mut partial)));
                    }
                }
                _ => {}
            }
        }
        if !partial.is_empty() {
            line(&String::from_utf8_lossy(&partial));
        }
        let stderr = stderr.text();
        let mut waiting = Box::pin(self.docker().wait_container(id, None::<WaitContainerOptions>));
        let status = match waiting.next().await {
            Some(Ok(answer)) => answer.status_code,
            // bollard makes an error of every status but 0.
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => code,
            Some(Err(error)) => return Err(EngineError::api("wait for a container", &error)),
            None => {
                let why = "it did not say how the container ended".to_owned();
                return Err(EngineError::Api { action: "wait for a container".to_owned(), why });
            }
        };
        Ok(ContainerEnd { status, stderr })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_stream_is_kept_and_decoded_as_a_whole() {
        let mut tail = Tail::default();
        "naïve\n".as_bytes().chunks(1).for_each(|chunk| tail.push(chunk));
        assert_eq!(tail.text(), "naïve\n");
        let mut tail = Tail::default();
        for number in 0..100_000 {
            tail.push(format!("line {number} ä\n").as_bytes());
            assert!(tail.bytes.len() <= 2 * MOST_STDERR_BYTES);
        }
        let text = tail.text();
        assert!(text.len() <= MOST_STDERR_BYTES && text.ends_with("line 99999 ä\n"));
        assert!(text.starts_with("line "), "{}", &text[..20]);
    }
}
