//! Bytes of a file to a text: short enough, and UTF-8.

use std::sync::Arc;

use super::limits::MAX_BYTES;
use super::{Fault, Located, Mark, Source};

/// Bytes of a file to a text, or what keeps them from being one.
pub fn decode(name: &str, bytes: &[u8]) -> Result<Arc<Source>, Box<Located<Fault>>> {
    if bytes.len() > MAX_BYTES {
        let fault = Fault::TooLarge { bytes: bytes.len(), limit: MAX_BYTES };
        return Err(Box::new(Located::new(&Mark::start(&Source::file(name, "")), fault)));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::file(name, text.strip_prefix('\u{feff}').unwrap_or(text))),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let source = Source::file(name, String::from_utf8_lossy(bytes));
            Err(Box::new(Located::new(&Mark::new(&source, line, column, 1), Fault::NotUtf8)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_is_decoded() {
        assert_eq!(decode("f", b"a: \xff\n").unwrap_err().mark.column(), 4);
        assert_eq!(decode("f", b"\xef\xbb\xbfa: b").unwrap().text(), "a: b");
        assert!(matches!(
            decode("f", &vec![b' '; MAX_BYTES + 1]).unwrap_err().fault,
            Fault::TooLarge { .. }
        ));
    }
}
