//! Contents that hold others: what they say of each entry, its time apart.

use std::io::{Cursor, Read};

use flate2::bufread::GzDecoder;

use super::zip;

/// The most bytes that are unpacked of one content; larger ones stay closed.
pub(super) const MOST_BYTES: u64 = 128 << 20;

/// A content that was opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub kind: &'static str,
    /// What its header says.
    pub facts: Vec<u8>,
    pub time: u64,
    pub entries: Vec<ArchiveEntry>,
}

/// One entry of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ArchiveEntry {
    pub name: Vec<u8>,
    /// What is said of it besides its name and time: mode, owner, links.
    pub facts: Vec<u8>,
    pub time: u64,
    pub content: Vec<u8>,
}

impl Unpacked {
    /// Opens what is known, whole and without anything behind it; `None` otherwise.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        gzip(bytes)
            .or_else(|| tar(bytes))
            .or_else(|| zip::read(bytes))
            .or_else(|| ar(bytes))
            .or_else(|| python_bytecode(bytes))
    }
}

/// RFC 1952, one member.
fn gzip(bytes: &[u8]) -> Option<Unpacked> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut decoder = GzDecoder::new(bytes);
    let mut content = Vec::new();
    (&mut decoder).take(MOST_BYTES + 1).read_to_end(&mut content).ok()?;
    let header = decoder.header()?;
    // The level and the system of the header, then the names in it.
    let (name, comment) = (header.filename(), header.comment());
    let facts = format!("{:?} {name:?} {comment:?} {:?}", bytes.get(8..10)?, header.extra());
    let time = u64::from(header.mtime());
    let is_whole = content.len() as u64 <= MOST_BYTES && decoder.into_inner().is_empty();
    let entry = ArchiveEntry { name: Vec::new(), facts: Vec::new(), time: 0, content };
    is_whole.then(|| Unpacked {
        kind: "gzip",
        facts: facts.into_bytes(),
        time,
        entries: vec![entry],
    })
}

/// POSIX and GNU. Pax records of times are times; all others are facts.
fn tar(bytes: &[u8]) -> Option<Unpacked> {
    if bytes.get(257..262) != Some(b"ustar") {
        return None;
    }
    let mut entries = Vec::new();
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    for entry in archive.entries().ok()?.raw(true) {
        let mut entry = entry.ok()?;
        let size = entry.size();
        let mut header = entry.header().clone();
        let time = header.mtime().ok()?;
        header.set_mtime(0);
        header.as_mut_bytes()[148..156].fill(0);
        // The size follows from the content, and differs where that may differ.
        header.set_size(0);
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        if content.len() as u64 != size {
            return None;
        }
        let name = header.path_bytes().into_owned();
        header.as_mut_bytes()[..100].fill(0);
        if let Some(ustar) = header.as_ustar_mut() {
            ustar.prefix.fill(0);
        }
        entries.push(ArchiveEntry { name, facts: header.as_bytes().to_vec(), time, content });
    }
    let end = usize::try_from(archive.into_inner().position()).ok()?;
    // Nothing hides behind the end.
    let behind = bytes.get(end..)?;
    if behind.iter().any(|&byte| byte != 0) {
        return None;
    }
    let facts = behind.len().to_le_bytes().to_vec();
    Some(Unpacked { kind: "tar", facts, time: 0, entries })
}

/// `ar(5)`: static libraries and Debian packages.
fn ar(bytes: &[u8]) -> Option<Unpacked> {
    const HEADER_BYTES: usize = 60;
    let mut rest = bytes.strip_prefix(b"!<arch>\n")?;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (header, behind) = rest.split_at_checked(HEADER_BYTES)?;
        let number = |field: &[u8]| std::str::from_utf8(field).ok()?.trim().parse::<usize>().ok();
        let (time, size) = (number(&header[16..28])?, number(&header[48..58])?);
        let (content, behind) = behind.split_at_checked(size)?;
        rest = if size % 2 == 0 { behind } else { behind.split_first()?.1 };
        entries.push(ArchiveEntry {
            name: header[..16].to_vec(),
            facts: [&header[28..48], &header[58..]].concat(),
            time: time as u64,
            content: content.to_vec(),
        });
    }
    Some(Unpacked { kind: "ar", facts: Vec::new(), time: 0, entries })
}

/// PEP 552: magic, flags, then the time of the source and its size, or its hash.
fn python_bytecode(bytes: &[u8]) -> Option<Unpacked> {
    let (header, code) = bytes.split_at_checked(16)?;
    if header[2..4] != *b"\r\n" || header[4..8] != [0; 4] {
        return None;
    }
    let time = u64::from(u32::from_le_bytes(*header[8..12].first_chunk()?));
    let facts = [&header[..8], &header[12..]].concat();
    let entry =
        ArchiveEntry { name: Vec::new(), facts: Vec::new(), time: 0, content: code.to_vec() };
    Some(Unpacked { kind: "python bytecode", facts, time, entries: vec![entry] })
}
