//! Steps run on a builder; images are in the engine at hand.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedSender;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::{BuildKit, ImageLoad, session};
use crate::credentials::CredentialLog;
use crate::error::status_words;
use crate::session::{FileSink, Serving};
use crate::solving::{self, Exporter};
use crate::{
    Builder, DockerConfig, DockerEngine, EngineError, HistoryEntry, Host, Image, SolveError,
    SolveEvent, SolveRequest, Solved,
};

/// A builder together with the engine that its images come to.
pub struct RemoteBuilder<'a> {
    buildkit: BuildKit,
    engine: &'a DockerEngine,
}

impl<'a> RemoteBuilder<'a> {
    /// What `buildkit` builds is loaded into `engine`.
    pub fn new(buildkit: BuildKit, engine: &'a DockerEngine) -> Self {
        Self { buildkit, engine }
    }

    /// The builder.
    pub fn buildkit(&self) -> &BuildKit {
        &self.buildkit
    }

    /// What a builder that is a part of an engine exported is in that engine, which may be another one.
    async fn exported_there(&self, name: &str) -> Result<(), SolveError> {
        match self.engine.image(name).await? {
            Some(_) => Ok(()),
            None => Err(SolveError::Failed {
                message: format!(
                    "the builder `{}` is the BuildKit of another Docker engine, which keeps its images: build on that engine with DOCKER_HOST",
                    self.buildkit.name()
                ),
            }),
        }
    }
}

#[async_trait]
impl Builder for RemoteBuilder<'_> {
    fn describe(&self) -> String {
        let version = self.buildkit.worker().version.as_deref();
        let version = version.map(|version| format!(" {version}")).unwrap_or_default();
        format!("buildkit{version} `{}`", self.buildkit.name())
    }

    async fn solve(
        &self,
        mut request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError> {
        let config = DockerConfig::read_or_empty(self.buildkit.config_dir.as_deref());
        config.add_proxies(&self.buildkit.address().to_string(), &mut request.build_args);
        solving::log(&request);
        let tried = CredentialLog::default();
        let (image, mut archives) = ImageLoad::new();
        let exporter = match (&request.files, request.candidate.clone()) {
            (Some(_), _) => Exporter::Files,
            (None, Some(name)) if self.buildkit.worker().is_engine => Exporter::Engine(name),
            (None, Some(name)) => Exporter::Archive(name),
            (None, None) => Exporter::None,
        };
        let candidate = request.candidate.clone().filter(|_| request.files.is_none());
        let is_archive = matches!(exporter, Exporter::Archive(_));
        let sink = match request.files.clone() {
            Some(files) => Some(FileSink::Tar(files)),
            None => is_archive.then_some(FileSink::Image(image)),
        };
        let serving = Serving::of(&request, sink, config, &tried, &events);
        let headers = serving.headers();
        let pairs = headers.pairs();
        let opening = session::open(self.buildkit.client.clone(), &pairs);
        let session = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(SolveError::Canceled),
            opened = opening => match opened {
                Ok(stream) => serving.serve(stream),
                Err(status) => return Err(self.buildkit.lost(status_words(&status)).into()),
            },
        };
        let message = solving::solve_message(request, &session, exporter);
        let mut client = self.buildkit.client.clone();
        let lost = |why| self.buildkit.lost(why);
        let solving = solving::solve(&mut client, message, &tried, events, &cancel, lost);
        let loading = async {
            match archives.recv().await {
                Some(pieces) => self.engine.load(ReceiverStream::new(pieces)).await.map(|()| true),
                None => Ok(false),
            }
        };
        tokio::pin!(solving, loading);
        let mut loaded = None;
        let solved = loop {
            tokio::select! {
                solved = &mut solving => break solved,
                done = &mut loading, if loaded.is_none() => loaded = Some(done),
                why = self.buildkit.silence() => {
                    break Err(self.buildkit.lost(why).into());
                }
            }
        };
        // Nothing more arrives, and what waits for an archive ends.
        drop(session);
        match (solved, loaded) {
            (Err(SolveError::Canceled), _) => return Err(SolveError::Canceled),
            // The builder only says that nobody took its image.
            (_, Some(Err(error))) => return Err(error.into()),
            (Err(error), _) => return Err(error),
            (Ok(_), _) if !is_archive => {}
            (Ok(_), Some(Ok(true))) => {}
            (Ok(_), None) => {
                let done = tokio::select! {
                    biased;
                    () = cancel.cancelled() => return Err(SolveError::Canceled),
                    done = &mut loading => done?,
                };
                if !done {
                    return Err(self.sent_nothing());
                }
            }
            (Ok(_), Some(Ok(false))) => return Err(self.sent_nothing()),
        }
        match candidate {
            Some(name) if !is_archive => self.exported_there(&name).await?,
            _ => {}
        }
        Ok(Solved::default())
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        self.engine.image(reference).await
    }

    async fn base_image(&self, _reference: &str) -> Result<Option<Image>, EngineError> {
        // What the engine at hand has of that name is not what the builder took.
        Ok(None)
    }

    async fn history(&self, reference: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        self.engine.history(reference).await
    }

    async fn host(&self) -> Result<Host, EngineError> {
        Ok(self.buildkit.host())
    }

    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError> {
        self.engine.tag(image_id, reference).await
    }

    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError> {
        self.engine.tags(repository).await
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        self.engine.untag(reference).await
    }

    async fn files_sha256(
        &self,
        image: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Option<String>>, EngineError> {
        self.engine.files_sha256(image, paths).await
    }
}

impl RemoteBuilder<'_> {
    fn sent_nothing(&self) -> SolveError {
        let builder = self.buildkit.name();
        SolveError::Failed { message: format!("the builder `{builder}` sent no image") }
    }
}
