//! An engine that replays a recorded status stream: the fake at the Docker edge, for tests.
//!
//! It keeps names and images like the real one, so that tests can see which tag points where, and
//! notes every call in order.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{
    ArchiveReader, Builder, ContainerEnd, ContainerRun, Containers, EngineError, HistoryEntry,
    Host, Image, ImageExporter, SolveError, SolveEvent, SolveRequest, Solved, StatusUpdate,
};

/// How the replayed build ends.
#[derive(Debug, Clone)]
pub enum ReplayEnd {
    /// With this image.
    Image(&'static str),
    /// With this message.
    Failure(&'static str),
    /// Not before it is cancelled.
    Hangs,
    /// The connection breaks.
    Lost,
}

/// How a command in a container ends.
#[derive(Debug, Clone)]
pub enum ReplayRun {
    /// By itself, after these lines on standard output.
    Ends {
        /// Without their ends.
        stdout: Vec<String>,
        /// As the engine tells it.
        end: ContainerEnd,
    },
    /// Not before somebody stops waiting.
    Hangs,
    /// The connection breaks.
    Lost,
}

/// What a command does in a container.
type Program = dyn Fn(&ContainerRun) -> ReplayRun + Send + Sync;

/// The fake engine.
pub struct Replay {
    updates: Vec<StatusUpdate>,
    ending: ReplayEnd,
    names: Mutex<BTreeMap<String, String>>,
    calls: Mutex<Vec<String>>,
    files: BTreeMap<String, String>,
    contents: BTreeMap<String, Vec<u8>>,
    archives: BTreeMap<String, Vec<u8>>,
    program: Option<Box<Program>>,
    /// Calls that begin so find the connection broken.
    broken: Vec<&'static str>,
}

impl Replay {
    /// Replays a recording (one `StatusUpdate` as JSON a line), then ends so.
    pub fn new(recording: &str, ending: ReplayEnd) -> Self {
        let updates = recording
            .lines()
            .map(|line| serde_json::from_str(line).expect("a recording is one JSON object a line"))
            .collect();
        Self {
            updates,
            ending,
            names: Mutex::default(),
            calls: Mutex::default(),
            files: BTreeMap::new(),
            contents: BTreeMap::new(),
            archives: BTreeMap::new(),
            program: None,
            broken: Vec::new(),
        }
    }

    /// Gives an image a name before the build.
    pub fn with_name(self, name: &str, id: &str) -> Self {
        self.names().insert(name.to_owned(), id.to_owned());
        self
    }

    /// Puts files into every image: their SHA-256 by path.
    pub fn with_files(self, files: BTreeMap<String, String>) -> Self {
        Self { files, ..self }
    }

    /// Puts files into every image: their content by path.
    pub fn with_contents(self, contents: BTreeMap<String, Vec<u8>>) -> Self {
        Self { contents, ..self }
    }

    /// What `docker save` writes of an image. A half one is a stream that breaks.
    pub fn with_archive(mut self, image: &str, archive: Vec<u8>) -> Self {
        self.archives.insert(image.to_owned(), archive);
        self
    }

    /// What commands in containers do; without, they end with 0 and say nothing.
    pub fn with_program(
        self,
        program: impl Fn(&ContainerRun) -> ReplayRun + Send + Sync + 'static,
    ) -> Self {
        Self { program: Some(Box::new(program)), ..self }
    }

    /// Breaks the connection in calls that begin so: `solve`, `image`, `history`, `host`, `tag`,
    /// `tags`, `untag`, `files`, `run`, `remove`, `contents` or `export`, with their arguments or without.
    pub fn breaking(mut self, calls: &[&'static str]) -> Self {
        self.broken.extend(calls);
        self
    }

    /// Names and what they point to.
    pub fn names(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every call so far; the build's own unique name is written `CANDIDATE`.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a call comes through.
    fn reach(&self, call: &str) -> Result<(), EngineError> {
        let is_broken = |start: &&str| {
            call.strip_prefix(*start).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        match self.broken.iter().find(|start| is_broken(start)) {
            Some(call) => Err(EngineError::Connection {
                during: format!("the call `{call}`").into(),
                why: "broken pipe".to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn note(&self, call: String) {
        let call = match call.split_once("mad/candidate:") {
            Some((before, after)) => {
                let end = after.find(' ').unwrap_or(after.len());
                format!("{before}CANDIDATE{}", &after[end..])
            }
            None => call,
        };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }
}

#[async_trait]
impl Builder for Replay {
    fn describe(&self) -> String {
        "replay".to_owned()
    }

    async fn solve(
        &self,
        request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError> {
        self.reach("solve")?;
        let candidate = request.candidate.as_deref().unwrap_or("nothing");
        self.note(format!("solve {candidate}"));
        for update in &self.updates {
            let _ = events.send(SolveEvent::Status(update.clone()));
        }
        match self.ending {
            ReplayEnd::Image(id) => {
                let image_id = request.candidate.as_ref().map(|_| id.to_owned());
                self.names().extend(request.candidate.map(|name| (name, id.to_owned())));
                Ok(Solved { image_id })
            }
            ReplayEnd::Failure(message) => Err(SolveError::Failed { message: message.to_owned() }),
            ReplayEnd::Hangs => {
                cancel.cancelled().await;
                Err(SolveError::Canceled)
            }
            ReplayEnd::Lost => Err(SolveError::Engine(lost("building"))),
        }
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        self.reach(&format!("image {reference}"))?;
        Ok(self.names().get(reference).map(|id| Image { id: id.clone(), size_bytes: 7 }))
    }

    async fn history(&self, _: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        self.reach("history")?;
        Ok(Vec::new())
    }

    async fn host(&self) -> Result<Host, EngineError> {
        self.reach("host")?;
        Ok(Host::default())
    }

    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError> {
        self.note(format!("tag {image_id} {reference}"));
        self.reach(&format!("tag {image_id} {reference}"))?;
        self.names().insert(reference.to_owned(), image_id.to_owned());
        Ok(())
    }

    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError> {
        self.reach("tags")?;
        let start = format!("{repository}:");
        Ok(self.names().keys().filter(|name| name.starts_with(&start)).cloned().collect())
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        self.note(format!("untag {reference}"));
        self.reach(&format!("untag {reference}"))?;
        self.names().remove(reference);
        Ok(())
    }

    async fn files_sha256(
        &self,
        _: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Option<String>>, EngineError> {
        self.reach("files")?;
        Ok(paths.iter().map(|path| ((*path).to_owned(), self.files.get(*path).cloned())).collect())
    }
}

#[async_trait]
impl Containers for Replay {
    async fn run(
        &self,
        run: ContainerRun,
        label: &str,
        line: &mut (dyn for<'line> FnMut(&'line str) + Send),
    ) -> Result<ContainerEnd, EngineError> {
        self.note(format!("run {} with {}", run.command.join(" "), key(label)));
        self.reach("run")?;
        let ended = self.program.as_ref().map_or_else(
            || ReplayRun::Ends {
                stdout: Vec::new(),
                end: ContainerEnd { status: 0, stderr: String::new() },
            },
            |program| program(&run),
        );
        match ended {
            ReplayRun::Ends { stdout, end } => {
                stdout.iter().for_each(|text| line(text));
                Ok(end)
            }
            ReplayRun::Hangs => std::future::pending().await,
            ReplayRun::Lost => Err(lost("running a command")),
        }
    }

    async fn remove_containers(&self, label: &str) -> Result<(), EngineError> {
        self.note(format!("remove containers of {}", key(label)));
        self.reach("remove")
    }

    async fn sweep_containers(&self) {}

    async fn contents_of_image(
        &self,
        image: &str,
        paths: &[&str],
        _: &str,
    ) -> Result<Vec<Option<Vec<u8>>>, EngineError> {
        self.reach(&format!("contents {image}"))?;
        Ok(paths.iter().map(|path| self.contents.get(*path).cloned()).collect())
    }
}

#[async_trait]
impl ImageExporter for Replay {
    async fn export_image(&self, image: &str, read: ArchiveReader) -> Result<(), EngineError> {
        self.reach(&format!("export {image}"))?;
        match self.archives.get(image) {
            Some(archive) => {
                read(&mut archive.as_slice());
                Ok(())
            }
            None => Err(EngineError::Api {
                action: format!("read the image `{image}`"),
                why: "there is no such image".to_owned(),
            }),
        }
    }
}

/// A label without its value, which is another one each time.
fn key(label: &str) -> &str {
    label.split_once('=').map_or(label, |(key, _)| key)
}

fn lost(during: &'static str) -> EngineError {
    EngineError::Connection { during: during.into(), why: "broken pipe".to_owned() }
}
