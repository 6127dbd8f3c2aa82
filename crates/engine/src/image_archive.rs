//! An image as the archive that `docker save` writes, and its files as `docker export` writes them, streamed
//! to whoever reads them.

use std::io::{self, Read};

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

use super::{ArchiveReader, ContainerRun, DockerEngine, EngineError, ImageExporter};

/// How many pieces of the archive may wait for the reader; each has some ten KiB.
const PIECES: usize = 16;

#[async_trait]
impl ImageExporter for DockerEngine {
    async fn export_image(&self, image: &str, read: ArchiveReader) -> Result<(), EngineError> {
        pass(self.docker().export_image(image), image, read).await
    }
}

impl DockerEngine {
    /// Streams the files of an image to `read`, as one archive: a container of it is made, and not started.
    pub async fn read_files<T, F>(
        &self,
        image: &str,
        label: &str,
        read: F,
    ) -> Result<T, EngineError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> T + Send + 'static,
    {
        // A command is needed, and never runs.
        let run = ContainerRun {
            image: image.to_owned(),
            command: vec!["true".to_owned()],
            ..ContainerRun::default()
        };
        let held = self.create(&run, label).await?;
        let read = pass(self.docker().export_container(&held.id), image, read).await;
        held.remove().await?;
        read
    }
}

/// Hands a stream of the engine to `read`.
async fn pass<T, F>(
    stream: impl Stream<Item = Result<Bytes, bollard::errors::Error>>,
    image: &str,
    read: F,
) -> Result<T, EngineError>
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Read) -> T + Send + 'static,
{
    let (sender, pieces) = mpsc::channel(PIECES);
    let reading = tokio::task::spawn_blocking(move || {
        read(&mut Pieces { pieces, piece: Bytes::new(), ended: false })
    });
    let mut stream = Box::pin(stream);
    let mut failure = None;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| {
            let what = format!("read the image `{image}`");
            failure = Some(EngineError::api(what, &error));
        });
        // A reader that is gone has seen enough.
        if piece.is_err() || sender.send(piece.map(Some)).await.is_err() {
            break;
        }
    }
    if failure.is_none() {
        // Only this says that the stream has ended; a sender that is gone does not.
        let _ = sender.send(Ok(None)).await;
    }
    drop(sender);
    let read = match reading.await {
        Ok(read) => read,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    failure.map_or(Ok(read), Err)
}

/// The pieces as one reader.
struct Pieces {
    pieces: mpsc::Receiver<Result<Option<Bytes>, ()>>,
    piece: Bytes,
    ended: bool,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Ok(Some(piece))) => self.piece = piece,
                Some(Ok(None)) => self.ended = true,
                Some(Err(())) | None => {
                    return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the stream broke"));
                }
            }
        }
        let count = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(messages: Vec<Result<Option<Bytes>, ()>>) -> io::Result<Vec<u8>> {
        let (sender, pieces) = mpsc::channel(PIECES);
        for message in messages {
            sender.try_send(message).unwrap();
        }
        drop(sender);
        let mut reader = Pieces { pieces, piece: Bytes::new(), ended: false };
        let mut all = Vec::new();
        reader.read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn pieces_are_one_stream_and_a_break_is_no_end() {
        let piece = |text: &'static str| Ok(Some(Bytes::from_static(text.as_bytes())));
        let whole = vec![piece("ab"), piece(""), piece("cde"), Ok(None)];
        assert_eq!(read(whole).unwrap(), b"abcde");
        assert!(read(vec![piece("ab")]).is_err());
        assert!(read(vec![piece("ab"), Err(())]).is_err());
    }
}
