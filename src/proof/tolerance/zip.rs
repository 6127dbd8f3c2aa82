//! Zip archives (APPNOTE.TXT 6.3): wheels, jars. The central directory is what readers go by.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::opened::{ArchiveEntry, MOST_BYTES, Unpacked};

const END: &[u8] = b"PK\x05\x06";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const STORED: usize = 0;
const DEFLATED: usize = 8;
/// Checksum and sizes behind a content, with their mark.
const LONGEST_DESCRIPTOR: usize = 16;
/// Extra fields that hold times: Info-ZIP's, and those of NTFS.
const TIMES: [usize; 2] = [0x5455, 0x000a];

fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let field = bytes.get(at..at + width)?;
    Some(field.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

/// Reads an archive without encryption and ZIP64.
pub(super) fn read(bytes: &[u8]) -> Option<Unpacked> {
    if !bytes.starts_with(LOCAL) {
        return None;
    }
    let end = bytes.len().checked_sub(22)?;
    let end = (0..=end).rev().take(1 << 16).find(|&at| bytes[at..].starts_with(END))?;
    let (count, mut at) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    let comment = bytes.get(end + 22..)?;
    let directory = at;
    let mut room = MOST_BYTES;
    let mut entries = Vec::with_capacity(count);
    let mut spans = Vec::with_capacity(count);
    for _ in 0..count {
        let header = bytes.get(at..)?;
        if !header.starts_with(DIRECTORY) {
            return None;
        }
        let lengths = [number(header, 28, 2)?, number(header, 30, 2)?, number(header, 32, 2)?];
        let whole = 46 + lengths.iter().sum::<usize>();
        let name = header.get(46..46 + lengths[0])?.to_vec();
        let comment = header.get(46 + lengths[0] + lengths[1]..whole)?;
        let (flags, method) = (number(header, 8, 2)?, number(header, 10, 2)?);
        let packed = number(header, 20, 4)?;
        let start = number(header, 42, 4)?;
        let local = bytes.get(start..)?;
        if flags & 1 != 0 || !local.starts_with(LOCAL) {
            return None;
        }
        let content_at = 30 + number(local, 26, 2)? + number(local, 28, 2)?;
        let extra_at = 30 + number(local, 26, 2)?;
        if local.get(30..extra_at)? != name {
            return None;
        }
        let descriptor = if flags & 8 == 0 { 0 } else { LONGEST_DESCRIPTOR };
        spans.push((start, start + content_at + packed, descriptor));
        let packed = local.get(content_at..content_at + packed)?;
        let mut content = Vec::new();
        match method {
            STORED => content.extend_from_slice(packed),
            DEFLATED => {
                DeflateDecoder::new(packed).take(room + 1).read_to_end(&mut content).ok()?;
            }
            _ => return None,
        }
        room = room.checked_sub(content.len() as u64)?;
        let extra = [
            without_times(header.get(46 + lengths[0]..46 + lengths[0] + lengths[1])?)?,
            without_times(local.get(extra_at..content_at)?)?,
        ]
        .concat();
        // Versions, flags, method, attributes, then the fields of one kind of system.
        let facts = [&header[4..12], &header[36..42], comment, &extra].concat();
        let time = number(header, 12, 4)? as u64;
        entries.push(ArchiveEntry { name, facts, time, content });
        at += whole;
    }
    // Nothing hides between the entries.
    spans.sort_unstable();
    let mut covered = 0;
    for (start, end, room) in spans {
        if start > covered {
            return None;
        }
        covered = end + room;
    }
    if at != end || directory > covered {
        return None;
    }
    Some(Unpacked { kind: "zip", facts: comment.to_vec(), time: 0, entries })
}

/// Extra fields: a kind, a length and as many bytes, each.
fn without_times(mut extra: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    while !extra.is_empty() {
        let (field, rest) = extra.split_at_checked(4 + number(extra, 2, 2)?)?;
        if !TIMES.contains(&number(field, 0, 2)?) {
            kept.extend_from_slice(field);
        }
        extra = rest;
    }
    Some(kept)
}
