//! Compact forms of what is stored: JSON under zlib, lists of row ids, hashes, times, spans.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::Fault;
use crate::timing::record::TimeSpan;

/// JSON under zlib.
pub(super) fn pack(facts: &impl Serialize) -> Result<Vec<u8>, Fault> {
    Ok(deflate(&json(facts)?))
}

/// What [`pack`] packed.
pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, Fault> {
    let json = inflate(packed)?;
    serde_json::from_slice(&json).map_err(|error| Fault::Content(error.to_string()))
}

/// JSON on one line.
pub(super) fn json(facts: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(facts).map_err(|error| Fault::Content(error.to_string()))
}

/// The name of a content: 16 bytes of SHA-256, plenty for what only this file holds.
pub(super) fn digest(content: &[u8]) -> [u8; 16] {
    let full = Sha256::digest(content);
    let mut digest = [0; 16];
    digest.copy_from_slice(&full[..16]);
    digest
}

/// Row ids in their order: the differences as zigzag LEB128, under zlib.
///
/// The files of a folder were stored one after the other, so nearly all differences are 1: a list
/// of a thousand files takes some 20 bytes, and some 30 when one of them is another one.
pub(super) fn pack_ids(ids: &[i64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ids.len());
    let mut before = 0_i64;
    for &id in ids {
        let difference = id.wrapping_sub(before);
        before = id;
        let mut rest = ((difference << 1) ^ (difference >> 63)) as u64;
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    deflate(&bytes)
}

/// What [`pack_ids`] packed.
pub(super) fn unpack_ids(packed: &[u8]) -> Result<Vec<i64>, Fault> {
    let broken = || Fault::Content("a list of files ends too early".to_owned());
    let bytes = inflate(packed)?;
    let mut bytes = bytes.iter();
    let mut ids = Vec::new();
    let mut before = 0_i64;
    while !bytes.as_slice().is_empty() {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *bytes.next().ok_or_else(broken)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        let difference = (value >> 1) as i64 ^ -((value & 1) as i64);
        before = before.wrapping_add(difference);
        ids.push(before);
    }
    Ok(ids)
}

/// A time as text that sorts: `2026-01-02T03:04:05.000000000Z`.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// What [`time`] wrote.
pub(super) fn read_time(text: &str) -> Result<Timestamp, Fault> {
    text.parse().map_err(|error| Fault::Content(format!("the time `{text}`: {error}")))
}

/// `0-120 300-450`, in milliseconds.
pub(super) fn spans(spans: &[TimeSpan]) -> String {
    let spans: Vec<String> =
        spans.iter().map(|span| format!("{}-{}", span.start_ms, span.end_ms)).collect();
    spans.join(" ")
}

/// What [`spans`] wrote.
pub(super) fn read_spans(text: &str) -> Result<Vec<TimeSpan>, Fault> {
    let span = |text: &str| {
        let (start, end) = text.split_once('-')?;
        Some(TimeSpan { start_ms: start.parse().ok()?, end_ms: end.parse().ok()? })
    };
    text.split_whitespace()
        .map(|part| span(part).ok_or_else(|| Fault::Content(format!("the span `{part}`"))))
        .collect()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

fn inflate(packed: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = ZlibDecoder::new(packed).read_to_end(&mut bytes);
    read.map_err(|error| Fault::Content(format!("packed facts: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_ids_come_back_and_are_small() {
        for ids in [
            vec![],
            vec![0],
            vec![1, 2, 3],
            vec![9, 4, 4, 70_000, 1],
            vec![i64::MAX, i64::MIN, 0, i64::MAX],
        ] {
            assert_eq!(unpack_ids(&pack_ids(&ids)).unwrap(), ids);
        }
        let mut many: Vec<i64> = (500..1500).collect();
        assert!(pack_ids(&many).len() < 30, "{}", pack_ids(&many).len());
        many[300] = 70_000;
        assert!(pack_ids(&many).len() < 40, "{}", pack_ids(&many).len());
        assert!(matches!(unpack_ids(&deflate(&[0x80])), Err(Fault::Content(_))));
        assert!(matches!(unpack_ids(b"no zlib"), Err(Fault::Content(_))));
    }

    #[test]
    fn times_sort_as_text_and_keep_their_nanoseconds() {
        let times =
            ["1970-01-01T00:00:00Z", "2026-01-02T03:04:05.000000001Z", "2026-01-02T03:04:05.1Z"];
        let texts = times.map(|text| time(text.parse().unwrap()));
        assert!(texts.is_sorted(), "{texts:?}");
        for (text, stored) in times.iter().zip(&texts) {
            assert_eq!(read_time(stored).unwrap().to_string(), *text);
        }
    }
}
