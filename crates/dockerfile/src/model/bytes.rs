//! Bytes that are no UTF-8, in a text that is: BuildKit hands them on to the shell as they stand, so a
//! file that has some (a comment in Latin-1, say) is a Dockerfile like any other.
//!
//! Each such byte is a character of the last private block of Unicode, U+10FF80 to U+10FFFF, until the
//! text is written again. A file that has characters of that block has them as bytes too, so that
//! nothing is taken for something else.

use std::borrow::Cow;

const FIRST: u32 = 0x0010_FF00;

/// The text of any bytes.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains(is_byte)
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_byte(c) {
                text.extend(c.encode_utf8(&mut [0; 4]).bytes().filter_map(character));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().filter_map(character));
    }
    Cow::Owned(text)
}

/// The bytes of a text that was read from a [`File`](crate::File), or made of parts of it.
pub fn to_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c).wrapping_sub(FIRST)) {
            Ok(byte) if is_byte(c) => bytes.push(byte),
            _ => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The text for people: what is no character is shown as such (U+FFFD).
pub fn readable(text: &str) -> Cow<'_, str> {
    match text.contains(is_byte) {
        true => Cow::Owned(text.replace(is_byte, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

fn is_byte(c: char) -> bool {
    (FIRST + 0x80..=FIRST + 0xFF).contains(&u32::from(c))
}

fn character(byte: u8) -> Option<char> {
    char::from_u32(FIRST + u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back() {
        for bytes in [
            &b"RUN echo \xe9 > x\n"[..],
            b"\xff\xfe\x80",
            "é\u{10ff80}\u{10ffff}\u{10ff7f}".as_bytes(),
            b"a\xf4\x8f\xbe",
        ] {
            let text = text_of(bytes);
            assert_eq!(to_bytes(&text), bytes);
            assert_eq!(text_of(&to_bytes(&text)), text);
        }
        assert_eq!(readable(&text_of(b"a\xe9b")), "a\u{fffd}b");
    }
}
