//! An engine whose calls end soon after the work was cancelled, whatever the engine does.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{
    Builder, EngineError, HistoryEntry, Host, Image, SolveError, SolveEvent, SolveRequest, Solved,
    limits,
};

/// Waits for `call`, and once `cancel` is cancelled only a moment longer: what is as good as done
/// gets done.
pub async fn or_cancelled<T>(
    cancel: &CancellationToken,
    call: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    let late = async {
        cancel.cancelled().await;
        tokio::time::sleep(limits::CALL_GRACE).await;
    };
    tokio::select! {
        done = call => done,
        () = late => Err(EngineError::Cancelled),
    }
}

/// A builder every call of which ends when the work is cancelled.
pub struct CancellableBuilder<'a> {
    engine: &'a dyn Builder,
    cancel: CancellationToken,
}

impl<'a> CancellableBuilder<'a> {
    /// The same engine, for work that `cancel` cancels.
    pub fn new(engine: &'a dyn Builder, cancel: CancellationToken) -> Self {
        Self { engine, cancel }
    }
}

#[async_trait]
impl Builder for CancellableBuilder<'_> {
    fn describe(&self) -> String {
        self.engine.describe()
    }

    async fn solve(
        &self,
        request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError> {
        self.engine.solve(request, events, cancel).await
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        or_cancelled(&self.cancel, self.engine.image(reference)).await
    }

    async fn base_image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        or_cancelled(&self.cancel, self.engine.base_image(reference)).await
    }

    async fn history(&self, reference: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        or_cancelled(&self.cancel, self.engine.history(reference)).await
    }

    async fn host(&self) -> Result<Host, EngineError> {
        or_cancelled(&self.cancel, self.engine.host()).await
    }

    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError> {
        or_cancelled(&self.cancel, self.engine.tag(image_id, reference)).await
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        or_cancelled(&self.cancel, self.engine.untag(reference)).await
    }

    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError> {
        or_cancelled(&self.cancel, self.engine.tags(repository)).await
    }

    async fn files_sha256(
        &self,
        image: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Option<String>>, EngineError> {
        or_cancelled(&self.cancel, self.engine.files_sha256(image, paths)).await
    }
}
