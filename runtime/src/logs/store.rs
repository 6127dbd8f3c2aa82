//! The directory of the segments, and the budget.
//!
//! ```text
//!   00000041.zst  00000041.idx  00000041.sum   compressed, what is in which frame, and what kinds of lines
//!   00000042.jsonl               closed, waits to be compressed
//!   00000043.jsonl               is written
//! ```
//!
//! A number is used once. A segment is there compressed or raw; between the two moments when both are, the
//! compressed one has been verified and counts. Names that end in `.tmp` are nothing yet.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub const RAW: &str = "jsonl";
pub const PACKED: &str = "zst";
pub const INDEX: &str = "idx";
/// What kinds of lines it has.
pub const SUMMARY: &str = "sum";

pub fn path(directory: &Path, number: u64, extension: &str) -> PathBuf {
    directory.join(format!("{number:08}.{extension}"))
}

/// Of a file that is not complete.
pub fn temporary(directory: &Path, number: u64, extension: &str) -> PathBuf {
    directory.join(format!("{number:08}.{extension}.tmp"))
}

/// The segments of a directory, oldest first, each raw or packed.
pub fn segments(directory: &Path) -> io::Result<Vec<(u64, bool)>> {
    let mut found: BTreeMap<u64, bool> = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let Some((number, extension)) = name.to_str().and_then(|name| name.split_once('.')) else {
            continue;
        };
        let Ok(number) = number.parse() else { continue };
        match extension {
            RAW => drop(found.entry(number).or_insert(false)),
            PACKED => drop(found.insert(number, true)),
            _ => {}
        }
    }
    Ok(found.into_iter().collect())
}

/// What is in the directory, in bytes, shared by who writes, packs and forwards.
pub struct Store {
    pub directory: PathBuf,
    budget: u64,
    inner: Mutex<Inner>,
    /// A segment was closed.
    pub closed: Condvar,
}

pub struct Inner {
    /// Bytes of all files; what is to be written is counted before it is.
    used: u64,
    segments: BTreeMap<u64, Segment>,
    /// Segments that went because the budget was used up.
    pub evicted: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    bytes: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Written,
    Closed,
    Packed,
}

impl Store {
    /// Opens the directory and mends what a sudden end left there.
    pub fn open(directory: &Path, budget: u64) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "tmp") {
                fs::remove_file(path)?;
            }
        }
        let mut inner = Inner { used: 0, segments: BTreeMap::new(), evicted: 0 };
        for (number, packed) in segments(directory)? {
            let raw = path(directory, number, RAW);
            let (bytes, state) = if packed {
                // Verified before it got its name.
                fs::remove_file(&raw).or_else(absent_is_fine)?;
                let length = |extension| {
                    path(directory, number, extension).metadata().map_or(0, |f| f.len())
                };
                (length(PACKED) + length(INDEX) + length(SUMMARY), State::Packed)
            } else {
                (mend(&raw)?, State::Closed)
            };
            if bytes == 0 {
                fs::remove_file(&raw).or_else(absent_is_fine)?;
                continue;
            }
            inner.used += bytes;
            inner.segments.insert(number, Segment { bytes, state });
        }
        // What lies beside a segment that is not there is nothing.
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == INDEX || e == SUMMARY)
                && !path.with_extension(PACKED).exists()
            {
                fs::remove_file(path)?;
            }
        }
        let store = Self {
            directory: directory.to_owned(),
            budget,
            inner: Mutex::new(inner),
            closed: Condvar::new(),
        };
        store.make_room(&mut store.lock(), 0);
        Ok(store)
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub fn used(&self) -> u64 {
        self.lock().used
    }

    /// Counts `bytes` that are about to be written, beside the segments; the oldest go for them. False when
    /// there is no room even so.
    pub fn reserve(&self, bytes: u64) -> bool {
        let mut inner = self.lock();
        if !self.make_room(&mut inner, bytes) {
            return false;
        }
        inner.used += bytes;
        true
    }

    pub fn release(&self, bytes: u64) {
        let mut inner = self.lock();
        inner.used = inner.used.saturating_sub(bytes);
    }

    fn make_room(&self, inner: &mut Inner, bytes: u64) -> bool {
        while inner.used + bytes > self.budget {
            let oldest = inner.segments.iter().find(|(_, segment)| segment.state != State::Written);
            let Some((number, segment)) = oldest.map(|(number, segment)| (*number, *segment))
            else {
                return false;
            };
            for extension in [PACKED, INDEX, SUMMARY, RAW] {
                fs::remove_file(path(&self.directory, number, extension)).ok();
            }
            inner.segments.remove(&number);
            inner.used = inner.used.saturating_sub(segment.bytes);
            inner.evicted += 1;
        }
        true
    }

    /// A number that no segment had.
    pub fn begin(&self) -> u64 {
        let mut inner = self.lock();
        let number = inner.segments.keys().next_back().map_or(1, |last| last + 1);
        inner.segments.insert(number, Segment { bytes: 0, state: State::Written });
        number
    }

    /// It could not be begun.
    pub fn forget(&self, number: u64) {
        self.lock().segments.remove(&number);
    }

    /// Counts bytes for the segment that is written.
    pub fn grow(&self, number: u64, bytes: u64) -> bool {
        let mut inner = self.lock();
        if !self.make_room(&mut inner, bytes) {
            return false;
        }
        inner.used += bytes;
        if let Some(segment) = inner.segments.get_mut(&number) {
            segment.bytes += bytes;
        }
        true
    }

    /// They could not be written.
    pub fn shrink(&self, number: u64, bytes: u64) {
        let mut inner = self.lock();
        inner.used = inner.used.saturating_sub(bytes);
        if let Some(segment) = inner.segments.get_mut(&number) {
            segment.bytes = segment.bytes.saturating_sub(bytes);
        }
    }

    pub fn close(&self, number: u64) {
        let mut inner = self.lock();
        if let Some(segment) = inner.segments.get_mut(&number) {
            segment.state = State::Closed;
        }
        self.closed.notify_all();
    }

    /// Puts the packed segment in the place of the raw one; false when that went in the meantime.
    pub fn packed(&self, number: u64, bytes: u64) -> io::Result<bool> {
        let mut inner = self.lock();
        let Some(segment) = inner.segments.get(&number).copied() else {
            inner.used = inner.used.saturating_sub(bytes);
            return Ok(false);
        };
        let file = |extension| path(&self.directory, number, extension);
        for extension in [SUMMARY, INDEX, PACKED] {
            fs::rename(temporary(&self.directory, number, extension), file(extension))?;
        }
        File::open(&self.directory)?.sync_all()?;
        fs::remove_file(file(RAW))?;
        inner.used = inner.used.saturating_sub(segment.bytes);
        inner.segments.insert(number, Segment { bytes, state: State::Packed });
        Ok(true)
    }
}

impl Inner {
    /// The oldest segment that is to be packed.
    pub fn to_pack(&self, without: &[u64]) -> Option<u64> {
        let mut closed = self.segments.iter().filter(|(_, segment)| segment.state == State::Closed);
        closed.find(|(number, _)| !without.contains(number)).map(|(number, _)| *number)
    }
}

/// Cuts off what is no whole line at the end of a file, and returns its length.
fn mend(raw: &Path) -> io::Result<u64> {
    let mut file = File::options().read(true).write(true).open(raw)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = length;
    let mut piece = vec![0; 64 << 10];
    while end > 0 {
        let begin = end.saturating_sub(piece.len() as u64);
        let size = (end - begin) as usize;
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut piece[..size])?;
        // After a lost machine the file may end in zeroes: those are no line either.
        if let Some(at) = whole_end(&piece[..size]) {
            end = begin + at as u64;
            break;
        }
        end = begin;
    }
    if end < length {
        file.set_len(end)?;
        file.sync_data()?;
    }
    Ok(end)
}

/// Behind the last line that ends as ours do.
fn whole_end(piece: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(piece, b"}\n").map(|at| at + 2)
}

fn absent_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
