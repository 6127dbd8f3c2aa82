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
            } else if self.searched > self.limit {
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
