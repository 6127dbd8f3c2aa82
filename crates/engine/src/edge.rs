//! The edge that tests replace: what mad asks of an engine. [`DockerEngine`](super::DockerEngine) is the
//! real one, [`Replay`](super::replay::Replay) the fake; each answers all of it.

use std::collections::BTreeMap;
use std::io::Read;

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{
    ContainerEnd, ContainerRun, EngineError, HistoryEntry, Host, Image, SolveError, SolveEvent,
    SolveRequest, Solved,
};

/// The engine, as far as a build needs it.
#[async_trait]
pub trait Builder: Send + Sync {
    /// For people, for example `docker 20.10.24`.
    fn describe(&self) -> String;

    /// Builds to the candidate, and reports while it does. Cancelling stops the running step in the engine.
    async fn solve(
        &self,
        request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError>;

    /// The image of that name or id, if there is one.
    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError>;

    /// Likewise, of an image that steps start from: as the place has it where they run.
    async fn base_image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        self.image(reference).await
    }

    /// How that image was made, the lowest first; empty where there is no such image.
    async fn history(&self, reference: &str) -> Result<Vec<HistoryEntry>, EngineError>;

    /// The machine that it runs on.
    async fn host(&self) -> Result<Host, EngineError>;

    /// Moves `reference` to the image, in one step.
    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError>;

    /// The names `repository:TAG` that it has.
    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError>;

    /// Takes a name away; the image goes with its last name. A name that is gone is no error.
    async fn untag(&self, reference: &str) -> Result<(), EngineError>;

    /// SHA-256 of files in an image, by absolute path; none for one that is not there or no file.
    async fn files_sha256(
        &self,
        image: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Option<String>>, EngineError>;
}

/// The engine, as far as commands in containers need it.
#[async_trait]
pub trait Containers: Send + Sync {
    /// Runs a command to its end; each line of its standard output goes to `line`. Dropping the
    /// future leaves the container to [`Containers::remove_containers`].
    async fn run(
        &self,
        run: ContainerRun,
        label: &str,
        line: &mut (dyn for<'line> FnMut(&'line str) + Send),
    ) -> Result<ContainerEnd, EngineError>;

    /// Removes the containers with a label: those of a run that was dropped.
    async fn remove_containers(&self, label: &str) -> Result<(), EngineError>;

    /// Removes the containers that processes have left behind which are gone.
    async fn sweep_containers(&self);

    /// What is in files of an image; `None` for one that the image does not have, or that is no file.
    async fn contents_of_image(
        &self,
        image: &str,
        paths: &[&str],
        label: &str,
    ) -> Result<Vec<Option<Vec<u8>>>, EngineError>;
}

/// What reads an image's archive, in a thread of its own.
pub type ArchiveReader = Box<dyn FnOnce(&mut dyn Read) + Send>;

/// The engine, as far as reading an image needs it.
#[async_trait]
pub trait ImageExporter: Send + Sync {
    /// Streams an image as `docker save` writes it. The reader sees an error where the stream breaks;
    /// what it leaves unread is not sent. Dropping the future ends the stream.
    async fn export_image(&self, image: &str, read: ArchiveReader) -> Result<(), EngineError>;
}

/// Reads an image with `read`.
///
/// # Errors
///
/// What the engine says.
pub async fn read_image<T: Send + 'static>(
    engine: &dyn ImageExporter,
    image: &str,
    read: impl FnOnce(&mut dyn Read) -> T + Send + 'static,
) -> Result<T, EngineError> {
    let (sender, result) = tokio::sync::oneshot::channel();
    // A receiver that is gone means that nobody waits for it.
    let read: ArchiveReader = Box::new(move |archive| drop(sender.send(read(archive))));
    engine.export_image(image, read).await?;
    Ok(result.await.expect("an export without an error has run its reader to its end"))
}

/// All of it.
pub trait Engine: Builder + Containers + ImageExporter {}

impl<T: Builder + Containers + ImageExporter> Engine for T {}
