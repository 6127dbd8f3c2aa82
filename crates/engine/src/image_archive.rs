//! An image as the archive that `docker save` writes, streamed to whoever reads it.

use std::io::{self, Read};

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::{ArchiveReader, DockerEngine, EngineError, ImageExporter};

/// How many pieces of the archive may wait for the reader; each has some ten KiB.
const PIECES: usize = 16;

#[async_trait]
impl ImageExporter for DockerEngine {
    async fn export_image(&self, image: &str, read: ArchiveReader) -> Result<(), EngineError> {
        let (sender, pieces) = mpsc::channel(PIECES);
        let reading = tokio::task::spawn_blocking(move || {
            read(&mut Pieces { pieces, piece: Bytes::new(), ended: false });
        });
        let mut stream = Box::pin(self.docker().export_image(image));
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
        if let Err(error) = reading.await {
            std::panic::resume_unwind(error.into_panic());
        }
        failure.map_or(Ok(()), Err)
    }
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
