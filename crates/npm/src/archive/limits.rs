//! How much a tarball may hold, and a reader that stops there.

use std::io::{self, Read};

/// How much is read before something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The tarball as it comes.
    pub tarball_bytes: u64,
    /// All of it, unpacked. The largest claude-flow has 245 MB.
    pub unpacked_bytes: u64,
    /// One wanted file.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tarball_bytes: 256 << 20, unpacked_bytes: 512 << 20, file_bytes: 16 << 20 }
    }
}

/// `512 MiB`, `3 bytes`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

/// Ends with an error after so many bytes, and knows why it ended.
pub(crate) struct LimitedReader<R> {
    inner: R,
    limit: u64,
    pub(crate) count: u64,
    pub(crate) exceeded: bool,
    /// The inner reader had no more.
    pub(crate) ended: bool,
}

impl<R: Read> LimitedReader<R> {
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self { inner, limit, count: 0, exceeded: false, ended: false }
    }
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.inner.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.ended = true;
                return Err(error);
            }
            other => other?,
        };
        self.ended |= count == 0 && !buffer.is_empty();
        self.count += count as u64;
        if self.count > self.limit {
            self.exceeded = true;
            return Err(io::Error::other("more than the limit"));
        }
        Ok(count)
    }
}
