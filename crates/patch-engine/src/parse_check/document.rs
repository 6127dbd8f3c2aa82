//! JSON, with and without comments, and YAML.

use serde::Deserialize;

use super::ParseFault;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// JSON as RFC 8259 has it.
pub(super) fn json(path: &str, bytes: &[u8]) -> Result<(), ParseFault> {
    match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        Ok(_) => Ok(()),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            Err(ParseFault { path: path.to_owned(), line, column, message })
        }
    }
}

/// The same behind a byte order mark, as Node's `require` reads it.
pub(super) fn json_with_mark(path: &str, bytes: &[u8]) -> Result<(), ParseFault> {
    json(path, bytes.strip_prefix(BOM).unwrap_or(bytes))
}

/// JSON with comments and commas before a closing bracket, as `tsconfig.json` is read.
pub(super) fn json_with_comments(path: &str, bytes: &[u8]) -> Result<(), ParseFault> {
    json_with_mark(path, &plain(bytes))
}

/// Comments and trailing commas as spaces, so that every place stays where it is.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    // A comma behind a value, until something else than a bracket follows it.
    let mut comma: Option<usize> = None;
    let mut last = b'[';
    let mut index = 0;
    while index < bytes.len() {
        match (bytes[index], bytes.get(index + 1)) {
            (b'"', _) => {
                comma = None;
                index += 1;
                while index < bytes.len() && bytes[index] != b'"' {
                    index += if bytes[index] == b'\\' { 2 } else { 1 };
                }
            }
            (b'/', Some(b'/')) => {
                while index < bytes.len() && bytes[index] != b'\n' {
                    out[index] = b' ';
                    index += 1;
                }
                continue;
            }
            (b'/', Some(b'*')) => {
                let rest = &bytes[index..];
                let end = rest.windows(2).skip(2).position(|pair| pair == b"*/");
                // One that does not end stays, and is a fault.
                let Some(end) = end.map(|end| index + end + 4) else { return out };
                for byte in out[index..end].iter_mut().filter(|byte| **byte != b'\n') {
                    *byte = b' ';
                }
                index = end;
                continue;
            }
            (b',', _) => comma = (!b"[{,".contains(&last)).then_some(index),
            (b']' | b'}', _) => {
                if let Some(at) = comma.take() {
                    out[at] = b' ';
                }
            }
            (byte, _) if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        if let Some(byte) = bytes.get(index).filter(|byte| !byte.is_ascii_whitespace()) {
            last = *byte;
        }
        index += 1;
    }
    out
}

/// YAML, also several documents.
pub(super) fn yaml(path: &str, bytes: &[u8]) -> Result<(), ParseFault> {
    for document in serde_yaml::Deserializer::from_slice(bytes) {
        if let Err(error) = serde_yaml::Value::deserialize(document) {
            let place = error.location();
            return Err(ParseFault {
                path: path.to_owned(),
                line: place.as_ref().map_or(0, |place| place.line()),
                column: place.as_ref().map_or(0, |place| place.column()),
                message: error.to_string(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_commas_are_allowed_where_they_are_meant() {
        let sound = |text: &str| json_with_comments("x", text.as_bytes()).is_ok();
        for text in [
            "// a\n{\"a\": 1, /* b */ }",
            "{\"a\": \"// no */ comment,]\"}",
            "[1,2,\n// c\n]",
            "\u{feff}{}",
            "{\"a\\\"//\": 1}",
        ] {
            assert!(sound(text), "{text}");
        }
        for text in ["{,}", "{\"a\": 1 /* b }", "[1 2]", "{\"a\": 1} /", "[1,,]"] {
            assert!(!sound(text), "{text}");
        }
        assert!(json_with_mark("x", "\u{feff}{}".as_bytes()).is_ok());
        assert!(json("x", "\u{feff}{}".as_bytes()).is_err());
    }
}
