//! The image that a builder made, on its way into the engine at hand.

use std::io;
use std::sync::Arc;

use bollard_buildkit_proto::moby::filesync::v1 as filesync;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, Streaming};

/// Pieces of the archive on their way.
const PIECES: usize = 16;

/// What arrives of one archive. An error breaks it: a part of an image is none.
pub(crate) type Pieces = mpsc::Receiver<io::Result<Bytes>>;

/// Takes the builder's archive and hands it on piece by piece, as fast as it is taken.
#[derive(Debug, Clone)]
pub(crate) struct ImageLoad(Arc<mpsc::UnboundedSender<Pieces>>);

impl ImageLoad {
    /// Archives arrive at the receiver, once the builder has one.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Pieces>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(Arc::new(sender)), receiver)
    }
}

#[tonic::async_trait]
impl filesync::file_send_server::FileSend for ImageLoad {
    type DiffCopyStream = tokio_stream::Empty<Result<filesync::BytesMessage, Status>>;

    async fn diff_copy(
        &self,
        request: Request<Streaming<filesync::BytesMessage>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        let gone = || Status::aborted("nobody takes the image any more");
        let (sender, pieces) = mpsc::channel(PIECES);
        self.0.send(pieces).map_err(|_| gone())?;
        let mut arriving = request.into_inner();
        while let Some(piece) = arriving.next().await {
            match piece {
                Ok(piece) => sender.send(Ok(piece.data.into())).await.map_err(|_| gone())?,
                Err(status) => {
                    let broken = io::Error::other(status.message().to_owned());
                    let _ = sender.send(Err(broken)).await;
                    return Err(status);
                }
            }
        }
        drop(sender);
        Ok(Response::new(tokio_stream::empty()))
    }
}
