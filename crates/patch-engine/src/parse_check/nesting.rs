//! How deep a script can nest at most: the parser is recursive, and a file made to exhaust its
//! stack would end the process.
//!
//! A bound, not a measure: what is counted too high is only not looked at. Brackets in strings,
//! comments and regular expressions do not nest; a `/` that is misread is corrected at the end of its
//! line.

/// Where the scanner is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScanState {
    Code,
    /// `'` or `"`.
    Text(u8),
    Template,
    LineComment,
    BlockComment,
    Regex {
        class: bool,
    },
}

/// The first offset at which more than `limit` constructs can be open.
pub(super) fn exceeds(bytes: &[u8], limit: usize) -> Option<usize> {
    let (mut at, mut depth, mut chain, mut elses) = (ScanState::Code, 0_usize, 0_usize, 0_usize);
    // The depths at which `${` began.
    let mut substitutions: Vec<usize> = Vec::new();
    let mut last = b';';
    let mut index = 0;
    while index < bytes.len() {
        let (byte, next) = (bytes[index], bytes.get(index + 1).copied().unwrap_or(0));
        let mut step = 1;
        match at {
            ScanState::Code => {
                match byte {
                    b'\'' | b'"' => at = ScanState::Text(byte),
                    b'`' => at = ScanState::Template,
                    b'/' if next == b'/' => at = ScanState::LineComment,
                    b'/' if next == b'*' => (at, step) = (ScanState::BlockComment, 2),
                    b'/' if begins_regex(bytes, index, last) => {
                        at = ScanState::Regex { class: false }
                    }
                    b'(' | b'[' | b'{' => depth += 1,
                    b'}' if substitutions.last() == Some(&depth) => {
                        substitutions.pop();
                        depth = depth.saturating_sub(1);
                        at = ScanState::Template;
                    }
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                match byte {
                    b';' | b'{' | b'}' | b',' => chain = 0,
                    // Operators and keywords that open something without a bracket.
                    b'!' | b'~' | b'+' | b'-' | b'?' | b'=' | b'*' | b':' | b'<' | b')' => {
                        chain += 1;
                    }
                    byte if byte.is_ascii_whitespace() && after_word(bytes, index) => chain += 1,
                    b'e' if bytes[index..].starts_with(b"else") => elses += 1,
                    _ => {}
                }
                if !byte.is_ascii_whitespace() {
                    last = byte;
                }
                if depth + chain > limit || elses > limit {
                    return Some(index);
                }
            }
            ScanState::Text(_) | ScanState::Template | ScanState::Regex { .. } if byte == b'\\' => {
                step = 2
            }
            ScanState::Text(quote) if byte == quote || byte == b'\n' => {
                (at, last) = (ScanState::Code, quote)
            }
            ScanState::Template if byte == b'`' => (at, last) = (ScanState::Code, byte),
            ScanState::Template if byte == b'$' && next == b'{' => {
                depth += 1;
                substitutions.push(depth);
                (at, step, last) = (ScanState::Code, 2, b'{');
            }
            ScanState::LineComment if byte == b'\n' => at = ScanState::Code,
            ScanState::BlockComment if byte == b'*' && next == b'/' => {
                (at, step) = (ScanState::Code, 2)
            }
            ScanState::Regex { .. } if byte == b'\n' => at = ScanState::Code,
            ScanState::Regex { class: false } if byte == b'/' => {
                (at, last) = (ScanState::Code, b')')
            }
            ScanState::Regex { class: false } if byte == b'[' => {
                at = ScanState::Regex { class: true }
            }
            ScanState::Regex { class: true } if byte == b']' => {
                at = ScanState::Regex { class: false }
            }
            _ => {}
        }
        index += step;
    }
    None
}

fn after_word(bytes: &[u8], index: usize) -> bool {
    index.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphabetic())
}

/// Whether a `/` begins a regular expression, by what stands before it.
fn begins_regex(bytes: &[u8], index: usize, last: u8) -> bool {
    if last.is_ascii_alphanumeric() || matches!(last, b'_' | b'$') {
        let before = bytes[..index].trim_ascii_end();
        return [&b"return"[..], b"typeof", b"case", b"in", b"of", b"void", b"delete"]
            .iter()
            .any(|word| before.ends_with(word));
    }
    !matches!(last, b')' | b']' | b'}' | b'\'' | b'"' | b'`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest_only_where_they_are_code() {
        let many = "(".repeat(20);
        for text in [
            format!("const a = \"{many}\";"),
            format!("const a = '{many}';"),
            format!("const a = `{many}`;"),
            format!("// {many}\n1;"),
            format!("/* {many} */ 1;"),
            format!("const a = /[{many}]{many}/;"),
            format!("const a = `${{1}}{many}`;"),
        ] {
            assert_eq!(exceeds(text.as_bytes(), 10), None, "{text}");
        }
        for text in [
            many.clone(),
            format!("a = `${{{many}"),
            format!("'a';{many}"),
            "!".repeat(20),
            "a=>".repeat(20),
            "new ".repeat(20),
            "if(a)".repeat(20),
            "if(a)b;else ".repeat(20),
            "a?".repeat(20),
        ] {
            assert!(exceeds(text.as_bytes(), 10).is_some(), "{text}");
        }
    }
}
