//! A line as it is kept: `{"time":…,"service":…,"stream":…,"level":…,"message":…,"fields":{…}}`.
//!
//! The keys stand in this order and the time has a fixed width, so that a reader finds the first four without
//! a parser. What the program wrote as JSON stands in `fields` byte for byte.

use super::level::Level;
use super::time::{self, Micros, WIDTH};

pub struct Record<'a> {
    pub time: Micros,
    pub service: &'a str,
    pub stream: &'a str,
    pub level: Level,
    /// A JSON text with its quotes.
    pub message: &'a [u8],
    /// The inside of a JSON object; empty for none.
    pub fields: &'a [u8],
}

impl Record<'_> {
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"time\":\"");
        time::write(out, self.time);
        out.extend_from_slice(b"\",\"service\":\"");
        out.extend_from_slice(self.service.as_bytes());
        out.extend_from_slice(b"\",\"stream\":\"");
        out.extend_from_slice(self.stream.as_bytes());
        out.extend_from_slice(b"\",\"level\":\"");
        out.extend_from_slice(self.level.name().as_bytes());
        out.extend_from_slice(b"\",\"message\":");
        out.extend_from_slice(self.message);
        if !self.fields.is_empty() {
            out.extend_from_slice(b",\"fields\":{");
            out.extend_from_slice(self.fields);
            out.push(b'}');
        }
        out.extend_from_slice(b"}\n");
    }
}

/// The begin of a kept line, and the rest of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Head<'a> {
    pub time: &'a [u8],
    pub service: &'a [u8],
    pub stream: &'a [u8],
    pub level: Level,
    /// From `"message":` on.
    pub rest: &'a [u8],
}

const SERVICE: usize = 9 + WIDTH + 13;

impl<'a> Head<'a> {
    /// Nothing for a line that is none of ours.
    pub fn of(line: &'a [u8]) -> Option<Self> {
        let time = line.get(9..9 + WIDTH)?;
        if !line.starts_with(b"{\"time\":\"")
            || line.get(SERVICE - 13..SERVICE)? != b"\",\"service\":\""
        {
            return None;
        }
        let (service, rest) = until(line.get(SERVICE..)?, b"\",\"stream\":\"")?;
        let (stream, rest) = until(rest, b"\",\"level\":\"")?;
        let (level, rest) = until(rest, b"\",")?;
        Some(Self { time, service, stream, level: Level::from_name(level)?, rest })
    }

    /// The message with its quotes, and the inside of the fields.
    pub fn parts(&self) -> (&'a [u8], &'a [u8]) {
        let rest = self.rest.strip_prefix(b"\"message\":").unwrap_or(self.rest);
        let end = text_end(rest);
        let fields = rest[end..]
            .strip_prefix(b",\"fields\":{")
            .and_then(|fields| fields.strip_suffix(b"}}"))
            .unwrap_or(b"");
        (&rest[..end], fields)
    }

    pub fn message(&self) -> String {
        serde_json::from_slice(self.parts().0).unwrap_or_default()
    }
}

/// Where the JSON text that `bytes` begins with ends.
fn text_end(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match memchr::memchr2(b'"', b'\\', &bytes[at..]) {
            Some(found) if bytes[at + found] == b'"' => return at + found + 1,
            Some(found) => at += found + 2,
            None => break,
        }
    }
    bytes.len()
}

fn until<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let end = memchr::memchr(b'"', bytes)?;
    Some((&bytes[..end], bytes[end..].strip_prefix(mark)?))
}

/// Writes `text` as JSON, with its quotes; bytes that are no UTF-8 become U+FFFD. Returns how many they were.
pub fn write_text(out: &mut Vec<u8>, text: &[u8]) -> u64 {
    let mut wrong = 0;
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        escape(out, chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            wrong += chunk.invalid().len() as u64;
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
    wrong
}

fn escape(out: &mut Vec<u8>, text: &[u8]) {
    let mut from = 0;
    for (at, byte) in text.iter().enumerate() {
        let short: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1f | 0x7f => b"",
            _ => continue,
        };
        out.extend_from_slice(&text[from..at]);
        if short.is_empty() {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(DIGITS[usize::from(byte >> 4)]);
            out.push(DIGITS[usize::from(byte & 15)]);
        } else {
            out.extend_from_slice(short);
        }
        from = at + 1;
    }
    out.extend_from_slice(&text[from..]);
}
