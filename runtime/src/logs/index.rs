//! `NNNNNNNN.idx`: what is in which frame of a compressed segment.
//!
//! ```text
//!   MADLOGS1 · services: count u16, each length u8 and name · frames: count u32, each
//!     offset u64 · compressed u32 · raw u32 · lines u32 · first i64 · last i64 · services × levels u8
//!   · sum u64 (FNV-1a of all before)
//! ```
//!
//! For every service of a frame its levels are one byte, so that `level>=error service=a` skips the frames that
//! have errors of others only. Numbers are little-endian. A file that is damaged is built again.

use super::level::Level;
use super::record::Head;
use super::time::{self, Micros};

const MAGIC: &[u8; 8] = b"MADLOGS1";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    pub services: Vec<String>,
    pub frames: Vec<Frame>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    pub offset: u64,
    pub compressed: u32,
    pub raw: u32,
    pub lines: u32,
    /// The earliest and the latest time in it.
    pub first: Micros,
    pub last: Micros,
    /// By service the set of its levels.
    pub levels: Vec<u8>,
}

impl Index {
    /// Adds a frame of these lines.
    pub fn add(&mut self, raw: &[u8], compressed: usize) {
        let offset = self.frames.last().map_or(0, |last| last.offset + u64::from(last.compressed));
        let mut frame = Frame {
            offset,
            compressed: compressed as u32,
            raw: raw.len() as u32,
            first: Micros::MAX,
            last: Micros::MIN,
            levels: vec![0; self.services.len()],
            ..Frame::default()
        };
        let mut last_service = 0;
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            let Some(head) = Head::of(line) else { continue };
            frame.lines += 1;
            let at = time::parse(head.time).unwrap_or(0);
            frame.first = frame.first.min(at);
            frame.last = frame.last.max(at);
            let known = self.services.get(last_service);
            if known.is_none_or(|known| known.as_bytes() != head.service) {
                let service = String::from_utf8_lossy(head.service);
                last_service =
                    self.services.iter().position(|known| **known == *service).unwrap_or_else(
                        || {
                            self.services.push(service.into_owned());
                            frame.levels.push(0);
                            self.services.len() - 1
                        },
                    );
            }
            frame.levels[last_service] |= head.level.bit();
        }
        self.frames.push(frame);
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend((self.services.len() as u16).to_le_bytes());
        for service in &self.services {
            out.push(service.len() as u8);
            out.extend(service.as_bytes());
        }
        out.extend((self.frames.len() as u32).to_le_bytes());
        for frame in &self.frames {
            out.extend(frame.offset.to_le_bytes());
            for number in [frame.compressed, frame.raw, frame.lines] {
                out.extend(number.to_le_bytes());
            }
            out.extend(frame.first.to_le_bytes());
            out.extend(frame.last.to_le_bytes());
            out.extend(&frame.levels);
            // A service that first came in a later frame.
            out.extend(std::iter::repeat_n(0, self.services.len() - frame.levels.len()));
        }
        out.extend(sum(&out).to_le_bytes());
        out
    }

    /// Nothing where the bytes are not what was written.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, end) = bytes.split_last_chunk::<8>()?;
        if sum(body) != u64::from_le_bytes(*end) {
            return None;
        }
        let mut body = Reader(body.strip_prefix(MAGIC)?);
        let services = (0..body.u16()?)
            .map(|_| {
                let length = body.take(1)?[0];
                String::from_utf8(body.take(length.into())?.to_vec()).ok()
            })
            .collect::<Option<Vec<_>>>()?;
        let frames = (0..body.u32()?)
            .map(|_| {
                Some(Frame {
                    offset: body.u64()?,
                    compressed: body.u32()?,
                    raw: body.u32()?,
                    lines: body.u32()?,
                    first: body.u64()? as i64,
                    last: body.u64()? as i64,
                    levels: body.take(services.len())?.to_vec(),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        body.0.is_empty().then_some(Self { services, frames })
    }
}

impl Frame {
    /// Whether a service of `services` (a bit for each, or all) has one of these levels in it.
    pub fn has(&self, levels: u8, service: impl Fn(usize) -> bool) -> bool {
        self.levels.iter().enumerate().any(|(at, has)| has & levels != 0 && service(at))
    }
}

/// The levels from this one on.
pub const fn at_least(level: Level) -> u8 {
    !(level.bit() - 1)
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}
