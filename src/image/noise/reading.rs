//! Ways to read a content so that what means nothing falls out of its hash.

use sha2::{Digest, Sha256 as State};

use crate::image::Sha256;

/// The largest file that is put in order; it is held in memory for that.
const SORTED_BYTES: usize = 16 << 20;

/// A way to read a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A set of lines.
    Lines,
    /// A set of paragraphs, each as it stands (`deb822(5)`).
    Stanzas,
    /// `shadow(5)`: a set of lines without the day of the last change (the third field).
    Shadow,
    /// A gzip file without the time in its header (RFC 1952, 2.3).
    Gzip,
    /// Python bytecode without the source's time and size in its header (PEP 552). Where the header
    /// says that the source is checked by its hash, all of it.
    PythonBytecode,
}

/// Takes a content in, piece by piece, and hashes it: as it is, and as a [`Reading`] has it.
pub(in crate::image) struct Hasher {
    plain: State,
    read: Option<(Reading, Read)>,
}

enum Read {
    /// The start is kept until it is whole, then hashed with some bytes made zero.
    Header { start: Vec<u8>, rest: State },
    /// All of it is kept; `None` when it was too large.
    Whole(Option<Vec<u8>>),
}

/// Bytes of the header that are looked at.
const HEADER_BYTES: usize = 16;

impl Hasher {
    pub fn new(reading: Option<Reading>) -> Self {
        let read = reading.map(|reading| {
            let read = match reading {
                Reading::Gzip | Reading::PythonBytecode => {
                    Read::Header { start: Vec::new(), rest: State::new() }
                }
                _ => Read::Whole(Some(Vec::new())),
            };
            (reading, read)
        });
        Self { plain: State::new(), read }
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        self.plain.update(bytes);
        match &mut self.read {
            None => {}
            Some((_, Read::Header { start, rest })) => {
                let missing = (HEADER_BYTES - start.len()).min(bytes.len());
                start.extend_from_slice(&bytes[..missing]);
                bytes = &bytes[missing..];
                rest.update(bytes);
            }
            Some((_, Read::Whole(kept))) => {
                if kept.as_ref().is_some_and(|kept| kept.len() + bytes.len() > SORTED_BYTES) {
                    *kept = None;
                }
                if let Some(kept) = kept {
                    kept.extend_from_slice(bytes);
                }
            }
        }
    }

    /// The plain hash, and that of the reading; without one where there is none or where the
    /// content is not what the reading is about.
    pub fn finish(self) -> (Sha256, Option<Sha256>) {
        let plain = Sha256(self.plain.finalize().into());
        let normal = self.read.and_then(|(reading, read)| match read {
            Read::Header { mut start, rest } => {
                blank(reading, &mut start)?;
                let mut all = State::new();
                all.update(start);
                all.update(rest.finalize());
                Some(Sha256(all.finalize().into()))
            }
            Read::Whole(kept) => Some(sorted(reading, &kept?)),
        });
        (plain, normal)
    }
}

/// Makes the bytes of a header zero that hold a time; `None` where it is no such header.
fn blank(reading: Reading, start: &mut [u8]) -> Option<()> {
    match reading {
        Reading::Gzip => {
            if start.len() < 10 || !start.starts_with(&[0x1f, 0x8b]) {
                return None;
            }
            start[4..8].fill(0);
        }
        _ => {
            // Magic, flags, then time and size, or the hash of the source.
            let flags = start.get(4..HEADER_BYTES)?.first_chunk::<4>()?;
            if u32::from_le_bytes(*flags) & 1 == 0 {
                start[8..].fill(0);
            }
        }
    }
    Some(())
}

fn sorted(reading: Reading, bytes: &[u8]) -> Sha256 {
    let mut parts: Vec<Vec<u8>> = match reading {
        Reading::Stanzas => stanzas(bytes),
        Reading::Shadow => lines(bytes).map(without_day).collect(),
        _ => lines(bytes).map(<[u8]>::to_vec).collect(),
    };
    parts.sort();
    let mut state = State::new();
    for part in parts {
        // With its length, so that parts cannot run into each other.
        state.update((part.len() as u64).to_le_bytes());
        state.update(part);
    }
    Sha256(state.finalize().into())
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

fn stanzas(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut stanzas = vec![Vec::new()];
    for line in bytes.split(|&byte| byte == b'\n') {
        match (line.is_empty(), stanzas.last_mut()) {
            (true, Some(last)) if !last.is_empty() => stanzas.push(Vec::new()),
            (false, Some(last)) => {
                last.extend_from_slice(line);
                last.push(b'\n');
            }
            _ => {}
        }
    }
    stanzas.retain(|stanza| !stanza.is_empty());
    stanzas
}

fn without_day(line: &[u8]) -> Vec<u8> {
    let mut fields: Vec<&[u8]> = line.split(|&byte| byte == b':').collect();
    if let Some(day) = fields.get_mut(2) {
        *day = b"";
    }
    fields.join(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reading: Reading, content: &[u8]) -> Option<Sha256> {
        // In pieces of one byte and at once: the same.
        let mut pieces = Hasher::new(Some(reading));
        content.iter().for_each(|byte| pieces.update(&[*byte]));
        let mut whole = Hasher::new(Some(reading));
        whole.update(content);
        let (pieces, whole) = (pieces.finish(), whole.finish());
        assert_eq!(pieces, whole);
        assert_eq!(whole.0.to_string(), hash::sha256(content));
        whole.1
    }

    #[track_caller]
    fn same(reading: Reading, one: &[u8], other: &[u8]) {
        assert!(read(reading, one).is_some() && read(reading, one) == read(reading, other));
    }

    #[track_caller]
    fn different(reading: Reading, one: &[u8], other: &[u8]) {
        assert_ne!(read(reading, one), read(reading, other));
    }

    #[test]
    fn the_order_of_lines_and_stanzas_falls_out() {
        same(Reading::Lines, b"a\nb\n", b"b\na\n");
        different(Reading::Lines, b"a\nb\n", b"a\nb\nb\n");
        different(Reading::Lines, b"ab\n", b"a\nb\n");
        same(Reading::Stanzas, b"P: a\nV: 1\n\nP: b\n", b"P: b\n\n\nP: a\nV: 1\n\n");
        different(Reading::Stanzas, b"P: a\nV: 1\n\nP: b\n", b"P: a\n\nP: b\nV: 1\n");
    }

    #[test]
    fn only_the_day_of_a_password_falls_out() {
        same(Reading::Shadow, b"dev:!:20414:0:\nroot:*:1::\n", b"root:*:2::\ndev:!:20415:0:\n");
        different(Reading::Shadow, b"dev:!:20414:0:\n", b"dev:*:20414:0:\n");
        different(Reading::Shadow, b"dev:!:20414:0:\n", b"dev:!:20414:1:\n");
    }

    #[test]
    fn only_the_times_of_headers_fall_out() {
        let gzip = |time: u8, data: u8| [0x1f, 0x8b, 8, 0, time, 0, 0, 0, 0, 3, data];
        same(Reading::Gzip, &gzip(1, 7), &gzip(2, 7));
        different(Reading::Gzip, &gzip(1, 7), &gzip(1, 8));
        assert_eq!(read(Reading::Gzip, b"no gzip at all"), None);

        let python = |flags: u8, time: u8, code: u8| {
            [1, 2, 3, 4, flags, 0, 0, 0, time, 0, 0, 0, 9, 0, 0, 0, code]
        };
        same(Reading::PythonBytecode, &python(0, 1, 7), &python(0, 2, 7));
        different(Reading::PythonBytecode, &python(0, 1, 7), &python(0, 1, 8));
        different(Reading::PythonBytecode, &python(1, 1, 7), &python(1, 2, 7));
        assert_eq!(read(Reading::PythonBytecode, b"short"), None);
        assert_eq!(read(Reading::PythonBytecode, b""), None);
    }

    #[test]
    fn what_is_too_large_to_sort_has_its_plain_hash_only() {
        let mut hasher = Hasher::new(Some(Reading::Lines));
        let chunk = vec![b'a'; 1 << 20];
        (0..17).for_each(|_| hasher.update(&chunk));
        assert_eq!(hasher.finish().1, None);
    }
}
