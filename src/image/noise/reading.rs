//! Ways to read a content so that what means nothing falls out of its hash.

use std::collections::BTreeMap;

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
    /// A set of lines, and the order of those with one name (the first field) or one number: the
    /// first that fits is the one that is found (`getpwuid(3)`).
    Accounts {
        /// Which field is the number.
        number: Option<usize>,
    },
}

/// Takes a content in, piece by piece, and hashes it: as it is, and as a [`Reading`] has it.
pub(in crate::image) struct Hasher {
    plain: State,
    /// All of the content; `None` when it was too large.
    read: Option<(Reading, Option<Vec<u8>>)>,
}

impl Hasher {
    pub fn new(reading: Option<Reading>) -> Self {
        Self { plain: State::new(), read: reading.map(|reading| (reading, Some(Vec::new()))) }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.plain.update(bytes);
        if let Some((_, kept)) = &mut self.read {
            if kept.as_ref().is_some_and(|kept| kept.len() + bytes.len() > SORTED_BYTES) {
                *kept = None;
            }
            if let Some(kept) = kept {
                kept.extend_from_slice(bytes);
            }
        }
    }

    /// The plain hash, and that of the reading; without one where there is none or where the
    /// content is not what the reading is about.
    pub fn finish(self) -> (Sha256, Option<Sha256>) {
        let plain = Sha256(self.plain.finalize().into());
        let normal = self.read.and_then(|(reading, kept)| normal(reading, &kept?));
        (plain, normal)
    }
}

fn normal(reading: Reading, bytes: &[u8]) -> Option<Sha256> {
    let mut parts: Vec<Vec<u8>> = match reading {
        Reading::Lines => lines(bytes).map(<[u8]>::to_vec).collect(),
        Reading::Stanzas => stanzas(bytes),
        Reading::Accounts { number } => accounts(bytes, number)?,
    };
    parts.sort();
    let mut state = State::new();
    // Whoever appends to a file without a last newline writes into its last line.
    state.update([u8::from(bytes.ends_with(b"\n"))]);
    for part in parts {
        // With its length, so that parts cannot run into each other.
        state.update((part.len() as u64).to_le_bytes());
        state.update(part);
    }
    Some(Sha256(state.finalize().into()))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

/// Paragraphs of a text, each with its lines.
pub fn stanzas(bytes: &[u8]) -> Vec<Vec<u8>> {
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

/// Every line, and for every name and number that several have those lines in their order. `None`
/// where a line has another meaning: `+` and `-` of `nsswitch.conf(5)`'s `compat` end the search.
fn accounts(bytes: &[u8], number: Option<usize>) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    let mut groups: BTreeMap<(usize, &[u8]), Vec<&[u8]>> = BTreeMap::new();
    for line in lines(bytes) {
        if matches!(line[0], b'+' | b'-' | b'#') {
            return None;
        }
        parts.push([b"line ", line].concat());
        let fields: Vec<&[u8]> = line.split(|&byte| byte == b':').collect();
        for at in [Some(0), number].into_iter().flatten() {
            groups.entry((at, fields.get(at)?)).or_default().push(line);
        }
    }
    let shared = groups.into_values().filter(|lines| lines.len() > 1);
    parts.extend(shared.map(|lines| [b"order ", lines.join(&b'\n').as_slice()].concat()));
    Some(parts)
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
    fn the_order_of_accounts_counts_where_the_first_one_is_found() {
        let users = Reading::Accounts { number: Some(2) };
        same(users, b"dev:x:1:1\nroot:x:0:0\n", b"root:x:0:0\ndev:x:1:1\n");
        different(users, b"dev:x:0:1\nroot:x:0:0\n", b"root:x:0:0\ndev:x:0:1\n");
        different(users, b"dev:x:1:1\ndev:x:2:2\n", b"dev:x:2:2\ndev:x:1:1\n");
        different(users, b"dev:x:1:1\n", b"dev:x:1:1\n\n\ndev:x:1:1\n");
        different(users, b"dev:x:1:1\nb:x:2:2\n", b"b:x:2:2\ndev:x:1:1");
        assert_eq!(read(users, b"dev:x:1:1\n+::::\n"), None);
        assert_eq!(read(users, b"dev\n"), None);
        let ranges = Reading::Accounts { number: None };
        same(ranges, b"dev:1:2\neve:1:2\n", b"eve:1:2\ndev:1:2\n");
        different(ranges, b"dev:1:2\ndev:3:4\n", b"dev:3:4\ndev:1:2\n");
        // Every field of a password counts: 0 is "must be changed".
        different(ranges, b"dev:!:20414:0:\n", b"dev:!:0:0:\n");
        different(ranges, b"dev:!:20414:0:\n", b"dev:!::0:\n");
    }

    #[test]
    fn what_is_too_large_to_sort_has_its_plain_hash_only() {
        let mut hasher = Hasher::new(Some(Reading::Lines));
        let chunk = vec![b'a'; 1 << 20];
        (0..17).for_each(|_| hasher.update(&chunk));
        assert_eq!(hasher.finish().1, None);
    }
}
