//! Compresses closed segments: zstd frames of half a megabyte each, and their index. Frames twice as large are a
//! fiftieth smaller, and packing them takes 2 MB more.
//!
//! Each frame can be decoded by itself, and `zstd -dc` reads the file as a whole. What was written is read back
//! and decoded by another library's decoder before the raw file goes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};

use structured_zstd::encoding::{CompressionLevel, FrameCompressor};
use zstd_search::Matches;

use super::index::Index;
use super::patterns::Summaries;
use super::store::{INDEX, PACKED, RAW, SUMMARY, Store, path, temporary};

pub const FRAME: usize = 512 << 10;
pub const LEVEL: i32 = 9;

#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("there is no room within the budget")]
    NoRoom,
    #[error("frame {0} does not decode to what was compressed")]
    Differs(usize),
}

/// One after another, as they are closed; never returns. `said` is told what cannot be packed.
pub fn run(store: &Store, mut said: impl FnMut(u64, &PackError)) -> ! {
    let mut failed: Vec<u64> = Vec::new();
    loop {
        let number = {
            let mut inner = store.lock();
            loop {
                if let Some(number) = inner.to_pack(&failed) {
                    break number;
                }
                let wait = std::time::Duration::from_secs(30);
                let (locked, timeout) = store
                    .closed
                    .wait_timeout(inner, wait)
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                inner = locked;
                // A full disk may have room again.
                if timeout.timed_out() {
                    failed.clear();
                }
            }
        };
        if let Err(error) = pack(store, number) {
            said(number, &error);
            failed.push(number);
        }
    }
}

/// Packs one segment; until that is complete and verified the raw one stays.
pub fn pack(store: &Store, number: u64) -> Result<(), PackError> {
    let mut packing = Packing { store, number, reserved: 0 };
    let result = packing.write().and_then(|()| Ok(store.packed(number, packing.reserved)?));
    if !matches!(result, Ok(true)) {
        for extension in [PACKED, INDEX, SUMMARY] {
            fs::remove_file(temporary(&store.directory, number, extension)).ok();
        }
    }
    match result {
        // The budget took the raw one while it was packed, and with it the reason.
        Ok(_) => Ok(()),
        Err(error) => {
            store.release(packing.reserved);
            let gone =
                matches!(&error, PackError::Io(error) if error.kind() == io::ErrorKind::NotFound);
            if gone { Ok(()) } else { Err(error) }
        }
    }
}

struct Packing<'a> {
    store: &'a Store,
    number: u64,
    /// Bytes of the budget that its files have.
    reserved: u64,
}

impl Packing<'_> {
    fn write(&mut self) -> Result<(), PackError> {
        let mut source = File::open(path(&self.store.directory, self.number, RAW))?;
        let packed = temporary(&self.store.directory, self.number, PACKED);
        let mut out =
            File::options().create(true).truncate(true).write(true).read(true).open(packed)?;
        let mut index = Index::default();
        let mut summaries = Summaries::default();
        let mut encoder = Encoder::new();
        let mut frames = Frames::default();
        while let Some(frame) = frames.next(&mut source)? {
            let compressed = encoder.frame(frame);
            index.add(frame, compressed.len());
            summaries.lines(frame);
            self.reserve(compressed.len())?;
            out.write_all(compressed)?;
        }
        out.sync_data()?;
        self.beside(INDEX, &index.to_bytes())?;
        let summary = summaries.grouped().to_bytes();
        self.beside(SUMMARY, encoder.frame(&summary))?;
        // Half of the memory of what follows.
        drop(encoder);
        verify(&mut source, &mut out, &index, frames)
    }

    fn beside(&mut self, extension: &str, bytes: &[u8]) -> Result<(), PackError> {
        self.reserve(bytes.len())?;
        let mut file = File::create(temporary(&self.store.directory, self.number, extension))?;
        file.write_all(bytes)?;
        file.sync_data()?;
        Ok(())
    }

    fn reserve(&mut self, bytes: usize) -> Result<(), PackError> {
        if !self.store.reserve(bytes as u64) {
            return Err(PackError::NoRoom);
        }
        self.reserved += bytes as u64;
        Ok(())
    }
}

/// Reads both files again.
fn verify(
    source: &mut File,
    out: &mut File,
    index: &Index,
    mut frames: Frames,
) -> Result<(), PackError> {
    source.seek(SeekFrom::Start(0))?;
    out.seek(SeekFrom::Start(0))?;
    frames.clear();
    let mut decoder = ruzstd::decoding::FrameDecoder::new();
    let mut compressed = Vec::new();
    let mut decoded = Vec::new();
    for (at, entry) in index.frames.iter().enumerate() {
        compressed.resize(entry.compressed as usize, 0);
        out.read_exact(&mut compressed)?;
        decoded.resize(entry.raw as usize, 0);
        let length = decoder.decode_all(&compressed, &mut decoded);
        let expected = frames.next(source)?;
        if length.ok() != Some(entry.raw as usize) || expected != Some(&decoded[..]) {
            return Err(PackError::Differs(at));
        }
    }
    Ok(())
}

/// Compresses frames, in memory that is used again.
pub struct Encoder {
    matches: Matches,
    out: Vec<u8>,
}

impl Encoder {
    pub fn new() -> Self {
        Self { matches: Matches::new(), out: Vec::new() }
    }

    pub fn frame(&mut self, raw: &[u8]) -> &[u8] {
        self.out.clear();
        let level = CompressionLevel::from_level(LEVEL);
        let mut zstd = FrameCompressor::new_with_matcher(&mut self.matches, level);
        zstd.set_content_checksum(true);
        zstd.set_source_size_hint(raw.len() as u64);
        zstd.set_source(raw);
        zstd.set_drain(&mut self.out);
        zstd.compress();
        drop(zstd);
        &self.out
    }
}

/// A file in pieces of whole lines, half a megabyte each; a longer line is a piece of its own.
pub struct Frames {
    buffer: Vec<u8>,
    /// Of the piece that was given out last.
    given: usize,
    ended: bool,
}

impl Default for Frames {
    fn default() -> Self {
        // A buffer that grows leaves as much behind.
        Self { buffer: Vec::with_capacity(FRAME), given: 0, ended: false }
    }
}

impl Frames {
    pub fn next(&mut self, source: &mut impl Read) -> io::Result<Option<&[u8]>> {
        self.buffer.drain(..self.given);
        self.given = 0;
        let mut want = FRAME;
        loop {
            while !self.ended && self.buffer.len() < want {
                let missing = (want - self.buffer.len()) as u64;
                if source.by_ref().take(missing).read_to_end(&mut self.buffer)? == 0 {
                    self.ended = true;
                }
            }
            let piece = &self.buffer[..self.buffer.len().min(want)];
            self.given = match memchr::memrchr(b'\n', piece) {
                _ if self.ended && self.buffer.len() <= want => self.buffer.len(),
                Some(end) => end + 1,
                None => {
                    want *= 2;
                    continue;
                }
            };
            return Ok((self.given > 0).then_some(&self.buffer[..self.given]));
        }
    }

    fn clear(&mut self) {
        self.buffer.clear();
        self.given = 0;
        self.ended = false;
    }
}
