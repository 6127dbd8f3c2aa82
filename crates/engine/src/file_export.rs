//! The files of a build's result, sent here by the engine as one tar archive.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bollard_buildkit_proto::moby::filesync::v1 as filesync;
use futures_util::StreamExt;
use tonic::{Request, Response, Status, Streaming};

/// The method of this service, in the spelling that BuildKit looks for.
pub(super) const METHOD: &str = "/moby.filesync.v1.FileSend/DiffCopy";

/// Where the archive goes.
#[derive(Clone)]
pub struct TarOutput(Arc<Mutex<dyn Write + Send>>);

impl TarOutput {
    /// Writes the archive there as it comes.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(out)))
    }
}

impl fmt::Debug for TarOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TarOutput")
    }
}

#[tonic::async_trait]
impl filesync::file_send_server::FileSend for TarOutput {
    type DiffCopyStream = tokio_stream::Empty<Result<filesync::BytesMessage, Status>>;

    async fn diff_copy(
        &self,
        request: Request<Streaming<filesync::BytesMessage>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        let mut pieces = request.into_inner();
        while let Some(piece) = pieces.next().await {
            let data = piece?.data;
            let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The engine ends the build with these words.
            out.write_all(&data).map_err(|error| {
                Status::aborted(format!("the files of the result cannot be written: {error}"))
            })?;
        }
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.flush().map_err(|error| {
            Status::aborted(format!("the files of the result cannot be written: {error}"))
        })?;
        Ok(Response::new(tokio_stream::empty()))
    }
}
