//! Newline-delimited text from a stream, with a limit on one line.

use std::io;

use bytes::{Bytes, BytesMut};
use memchr::memchr;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What a stream starts with, and what its buffer goes back to after a large line.
const BUFFER: usize = 4 << 10;

pub struct Lines<R> {
    stream: R,
    buffer: BytesMut,
    /// Bytes at the head of the buffer without a newline.
    searched: usize,
    limit: usize,
    /// Within a line over the limit, whose rest is not kept.
    skipping: bool,
}

pub enum Line {
    Text(Bytes),
    /// Over the limit; what follows its newline is still to be had.
    TooLong,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub fn new(stream: R, limit: usize) -> Self {
        Self { stream, buffer: BytesMut::new(), searched: 0, limit, skipping: false }
    }

    /// The next line without its end; nothing at the end of the stream, where a last line without a
    /// newline is dropped: it may be half a message. Cancelling loses nothing.
    pub async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(found) = memchr(b'\n', &self.buffer[self.searched..]) {
                let mut line = self.buffer.split_to(self.searched + found + 1);
                self.searched = 0;
                if std::mem::take(&mut self.skipping) {
                    continue;
                }
                line.truncate(line.len() - 1);
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                if line.len() > self.limit {
                    return Ok(Some(Line::TooLong));
                }
                return Ok(Some(Line::Text(line.freeze())));
            }
            self.searched = self.buffer.len();
            if self.skipping {
                self.buffer.clear();
                self.searched = 0;
            } else if self.searched > self.limit + usize::from(self.buffer.last() == Some(&b'\r')) {
                self.skipping = true;
                self.buffer = BytesMut::new();
                self.searched = 0;
                return Ok(Some(Line::TooLong));
            }
            self.buffer.reserve(if self.searched < BUFFER { BUFFER } else { self.searched });
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::ReadBuf;

    use super::*;

    /// A stream that gives these pieces, one a read.
    struct Pieces(VecDeque<Vec<u8>>);

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if let Some(mut piece) = self.0.pop_front() {
                let rest = piece.split_off(piece.len().min(buffer.remaining()));
                buffer.put_slice(&piece);
                if !rest.is_empty() {
                    self.0.push_front(rest);
                }
            }
            Poll::Ready(Ok(()))
        }
    }

    async fn all(pieces: impl IntoIterator<Item = Vec<u8>>, limit: usize) -> Vec<Option<String>> {
        let mut lines = Lines::new(Pieces(pieces.into_iter().collect()), limit);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.expect("no error") {
            found.push(match line {
                Line::Text(text) => Some(String::from_utf8_lossy(&text).into_owned()),
                Line::TooLong => None,
            });
        }
        found
    }

    #[tokio::test]
    async fn lines_are_the_same_however_the_bytes_arrive() {
        let text =
            "one\r\n\ntwelve bytes\nand a line over the limit of sixteen\nlast\nhalf".as_bytes();
        let expected = [Some("one"), Some(""), Some("twelve bytes"), None, Some("last")];
        for size in 1..=text.len() {
            let found = all(text.chunks(size).map(<[u8]>::to_vec), 16).await;
            assert_eq!(found, expected.map(|line| line.map(String::from)), "in pieces of {size}");
        }
    }

    #[tokio::test]
    async fn a_line_at_the_limit_is_a_line_and_one_byte_more_is_not() {
        assert_eq!(all([b"1234\n".to_vec()], 4).await, [Some("1234".into())]);
        assert_eq!(all([b"12345\n".to_vec()], 4).await, [None]);
        // The end of a line is none of it, also when it comes in two.
        let halves = || [b"1234\r".to_vec(), b"\n".to_vec()];
        assert_eq!(all(halves(), 4).await, [Some("1234".into())]);
        assert_eq!(all(halves(), 3).await, [None]);
        assert_eq!(
            all([b"12345".to_vec(), b"678\nok\n".to_vec()], 4).await,
            [None, Some("ok".into())]
        );
    }

    #[tokio::test]
    async fn what_is_skipped_is_not_kept() {
        let mut lines = Lines::new(Pieces((0..1000).map(|_| vec![b'x'; 4096]).collect()), 8192);
        assert!(matches!(lines.next().await, Ok(Some(Line::TooLong))));
        assert!(matches!(lines.next().await, Ok(None)));
        assert!(lines.buffer.capacity() <= 64 << 10, "{}", lines.buffer.capacity());
    }
}
