//! A chunk as forward protocol v1 has it: `[tag, entries, {"chunk": id, "size": n}]` in MessagePack.
//!
//! <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1>, PackedForward mode; entries are
//! `[EventTime, record]`, the record being the kept line. Written here: a map of JSON is all that is encoded.

use serde_json::Value;

use crate::logs::record::Head;
use crate::logs::time;

/// The bytes of a chunk of kept lines; `id` is left out where no answer is asked for.
pub fn chunk(tag: &str, id: Option<&str>, lines: &[u8]) -> Vec<u8> {
    let mut entries = Vec::with_capacity(lines.len());
    let mut count = 0u64;
    for line in lines.split(|byte| *byte == b'\n') {
        if let Some(head) = Head::of(line)
            && let Ok(record) = serde_json::from_slice::<Value>(line)
        {
            entry(&mut entries, time::parse(head.time).unwrap_or(0), &record);
            count += 1;
        }
    }
    let mut out = Vec::with_capacity(entries.len() + 100);
    out.push(0x93);
    text(&mut out, tag);
    out.push(0xc6);
    out.extend((entries.len() as u32).to_be_bytes());
    out.extend(entries);
    out.push(0x80 | (1 + u8::from(id.is_some())));
    text(&mut out, "size");
    unsigned(&mut out, count);
    if let Some(id) = id {
        text(&mut out, "chunk");
        text(&mut out, id);
    }
    out
}

/// The id in `{"ack": id}`; nothing while it is not whole.
pub fn acknowledged(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"\x81\xa3ack")?;
    let (length, rest) = match rest {
        [short @ 0xa0..=0xbf, rest @ ..] => (usize::from(short & 31), rest),
        [0xd9, length, rest @ ..] => (usize::from(*length), rest),
        _ => return None,
    };
    std::str::from_utf8(rest.get(..length)?).ok()
}

fn entry(out: &mut Vec<u8>, at: i64, record: &Value) {
    out.push(0x92);
    // EventTime: an extension of type 0 with seconds and nanoseconds.
    out.extend([0xd7, 0x00]);
    out.extend((at.div_euclid(1_000_000) as u32).to_be_bytes());
    out.extend((at.rem_euclid(1_000_000) as u32 * 1000).to_be_bytes());
    value(out, record);
}

fn value(out: &mut Vec<u8>, json: &Value) {
    match json {
        Value::Null => out.push(0xc0),
        Value::Bool(false) => out.push(0xc2),
        Value::Bool(true) => out.push(0xc3),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => unsigned(out, number),
            (None, Some(number)) => {
                out.push(0xd3);
                out.extend(number.to_be_bytes());
            }
            (None, None) => {
                out.push(0xcb);
                out.extend(number.as_f64().unwrap_or(f64::NAN).to_be_bytes());
            }
        },
        Value::String(string) => text(out, string),
        Value::Array(items) => {
            length(out, items.len(), 0x90, 0xdc);
            items.iter().for_each(|item| value(out, item));
        }
        Value::Object(entries) => {
            length(out, entries.len(), 0x80, 0xde);
            for (key, entry) in entries {
                text(out, key);
                value(out, entry);
            }
        }
    }
}

fn unsigned(out: &mut Vec<u8>, number: u64) {
    match number {
        0..=0x7f => out.push(number as u8),
        0x80..=0xffff_ffff => {
            out.push(0xce);
            out.extend((number as u32).to_be_bytes());
        }
        _ => {
            out.push(0xcf);
            out.extend(number.to_be_bytes());
        }
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        length @ 0..32 => out.push(0xa0 | length as u8),
        length @ 32..256 => out.extend([0xd9, length as u8]),
        length => {
            out.push(0xdb);
            out.extend((length as u32).to_be_bytes());
        }
    }
    out.extend(text.as_bytes());
}

/// Of an array or a map: in the first byte, or in two or four behind it.
fn length(out: &mut Vec<u8>, length: usize, short: u8, long: u8) {
    match length {
        0..16 => out.push(short | length as u8),
        16..0x1_0000 => {
            out.push(long);
            out.extend((length as u16).to_be_bytes());
        }
        _ => {
            out.push(long + 1);
            out.extend((length as u32).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_what_the_specification_says() {
        let line = br#"{"time":"1970-01-01T00:00:01.000002Z","service":"a","stream":"b","level":"info","message":"m","fields":{"n":-1,"b":[true,null]}}"#;
        let entry = b"\x92\xd7\x00\0\0\0\x01\0\0\x07\xd0\x86\xa4time\xbb1970-01-01T00:00:01.000002Z\xa7service\xa1a\xa6stream\xa1b\xa5level\xa4info\xa7message\xa1m\xa6fields\x82\xa1n\xd3\xff\xff\xff\xff\xff\xff\xff\xff\xa1b\x92\xc3\xc0";
        let mut expected = b"\x93\xa3mad\xc6".to_vec();
        expected.extend((entry.len() as u32).to_be_bytes());
        expected.extend(entry);
        expected.extend(b"\x82\xa4size\x01\xa5chunk\xa2id");
        assert_eq!(chunk("mad", Some("id"), line), expected);
    }

    #[test]
    fn an_answer_is_read_once_it_is_whole() {
        let answer = b"\x81\xa3ack\xa5chunk";
        assert_eq!(acknowledged(answer), Some("chunk"));
        assert_eq!(acknowledged(&answer[..8]), None);
        assert_eq!(acknowledged(b"\x81\xa3ack\xd9\x02id"), Some("id"));
    }
}
