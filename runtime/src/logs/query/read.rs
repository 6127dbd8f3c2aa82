//! A segment's lines, in pieces of whole lines, whether it is raw or packed.

use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom};
use std::path::Path;

use structured_zstd::decoding::FrameDecoder;

use super::scan::Snapshot;
use crate::logs::index::{Frame, Index};
use crate::logs::pack::Frames;
use crate::logs::patterns::{Summaries, Summary};
use crate::logs::store::{INDEX, PACKED, RAW, SUMMARY, path};

/// Frames of a packed segment.
pub struct Segment {
    file: File,
    decoder: FrameDecoder,
    compressed: Vec<u8>,
    decoded: Vec<u8>,
}

impl Segment {
    pub fn open(directory: &Path, number: u64) -> io::Result<Self> {
        let file = File::open(path(directory, number, PACKED))?;
        Ok(Self { file, decoder: FrameDecoder::new(), compressed: Vec::new(), decoded: Vec::new() })
    }

    /// Another file, in the same memory.
    pub fn reopen(&mut self, directory: &Path, number: u64) -> io::Result<()> {
        self.file = File::open(path(directory, number, PACKED))?;
        Ok(())
    }

    pub fn frame(&mut self, frame: &Frame) -> io::Result<&[u8]> {
        use std::os::unix::fs::FileExt;
        self.compressed.resize(frame.compressed as usize, 0);
        self.file.read_exact_at(&mut self.compressed, frame.offset)?;
        let length = frame.raw as usize;
        if self.decoded.len() < length {
            self.decoded.resize(length, 0);
        }
        match self.decoder.decode_all(&self.compressed, &mut self.decoded[..length]) {
            Ok(decoded) if decoded == length => Ok(&self.decoded[..length]),
            Ok(_) => Err(io::Error::other("a frame is shorter than its index says")),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }
}

/// Of a packed segment. One that is absent or damaged is made again from the frames.
pub fn index(directory: &Path, number: u64) -> io::Result<Index> {
    let read = std::fs::read(path(directory, number, INDEX));
    match read.ok().and_then(|bytes| Index::from_bytes(&bytes)) {
        Some(index) => Ok(index),
        None => rebuilt(directory, number),
    }
}

fn rebuilt(directory: &Path, number: u64) -> io::Result<Index> {
    let bytes = std::fs::read(path(directory, number, PACKED))?;
    let mut segment = Segment::open(directory, number)?;
    let mut index = Index::default();
    let mut at = 0;
    while at < bytes.len() {
        let (compressed, raw) = frame_lengths(&bytes[at..])
            .ok_or_else(|| io::Error::other(format!("no frame of zstd at byte {at}")))?;
        let frame = Frame { offset: at as u64, compressed, raw, ..Frame::default() };
        index.add(segment.frame(&frame)?, compressed as usize);
        at += compressed as usize;
    }
    Ok(index)
}

/// Of the frame that `bytes` begins with, and of its content, from its head and its blocks' (RFC 8878, 3.1.1).
fn frame_lengths(bytes: &[u8]) -> Option<(u32, u32)> {
    let descriptor = *bytes.strip_prefix(&[0x28, 0xb5, 0x2f, 0xfd])?.first()?;
    let single = descriptor & 0x20 != 0;
    let size_bytes = match descriptor >> 6 {
        0 => usize::from(single),
        flag => 1 << flag,
    };
    let size_at = 5 + usize::from(!single) + [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = bytes.get(size_at..size_at + size_bytes)?;
    let number = size.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let raw = if size_bytes == 2 { number + 256 } else { number };
    let mut at = size_at + size_bytes;
    loop {
        let head = bytes.get(at..at + 3)?;
        let head = u32::from_le_bytes([head[0], head[1], head[2], 0]);
        // A block of one repeated byte is one byte.
        at += 3 + if head >> 1 & 3 == 1 { 1 } else { (head >> 3) as usize };
        if head & 1 == 1 {
            break;
        }
    }
    at += if descriptor & 4 != 0 { 4 } else { 0 };
    Some((at as u32, u32::try_from(raw).ok()?)).filter(|_| at <= bytes.len())
}

/// What kinds of lines the segments of a snapshot have: of packed ones by their summaries.
pub fn summarize(directory: &Path, snapshot: &Snapshot) -> io::Result<Summary> {
    let mut all = Summaries::default();
    for (number, raw) in snapshot.numbers() {
        let known = if raw.is_none() { summary(directory, number) } else { None };
        let read = match known {
            Some(known) => {
                all.summary(known);
                Ok(())
            }
            None => {
                let end = raw.unwrap_or(u64::MAX);
                for_each_piece(directory, number, (0, end), |piece| {
                    all.lines(piece);
                    true
                })
            }
        };
        // The budget took it since.
        read.or_else(
            |error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) },
        )?;
    }
    Ok(all.grouped())
}

fn summary(directory: &Path, number: u64) -> Option<Summary> {
    let bytes = std::fs::read(path(directory, number, SUMMARY)).ok()?;
    let (_, raw) = frame_lengths(&bytes)?;
    let mut decoded = vec![0; raw as usize];
    let length = FrameDecoder::new().decode_all(&bytes, &mut decoded).ok()?;
    Summary::from_bytes(&decoded[..length])
}

/// Every piece of a segment from `from` on, in bytes of its lines, and to `to`; until `each` returns false.
pub fn for_each_piece(
    directory: &Path,
    number: u64,
    (from, to): (u64, u64),
    mut each: impl FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    match File::open(path(directory, number, RAW)) {
        Ok(mut file) => {
            file.seek(SeekFrom::Start(from))?;
            let mut source = file.take(to.saturating_sub(from));
            let mut frames = Frames::default();
            while let Some(piece) = frames.next(&mut source)? {
                if !each(piece) {
                    break;
                }
            }
            Ok(())
        }
        // It was packed in the meantime.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let index = index(directory, number)?;
            let mut segment = Segment::open(directory, number)?;
            let mut at = 0;
            for frame in &index.frames {
                let next = at + u64::from(frame.raw);
                if next > from && at < to {
                    let raw = segment.frame(frame)?;
                    let begin = from.saturating_sub(at) as usize;
                    let end = (to.min(next) - at) as usize;
                    if !each(&raw[begin..end]) {
                        break;
                    }
                }
                at = next;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}
