//! Dotted key paths: `apt.runtime`, `env."A.B"`.

use thiserror::Error;

/// One name of a path, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// In characters, from zero, quotes included.
    pub(super) at: usize,
    pub(super) width: usize,
}

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Nothing between dots, or no key at all.
    #[error("a key is empty")]
    Empty,
    /// No second quote.
    #[error("a quote is not closed")]
    Open,
    /// `"a"b`.
    #[error("a quoted key is followed by something other than `.`")]
    AfterQuote,
}

/// The names of `path`, up to the first `=` outside quotes, and the character after it. `Err` has
/// the character at fault.
pub(super) fn parse(path: &str) -> Result<(Vec<Part>, Option<usize>), (usize, KeyError)> {
    let chars: Vec<char> = path.chars().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        let start = at;
        let name: String = match chars.get(at) {
            Some(quote @ ('"' | '\'')) => {
                let length =
                    chars[at + 1..].iter().position(|c| c == quote).ok_or((at, KeyError::Open))?;
                at += length + 2;
                chars[start + 1..at - 1].iter().collect()
            }
            _ => {
                let length = chars[at..]
                    .iter()
                    .position(|c| matches!(c, '.' | '='))
                    .unwrap_or(chars.len() - at);
                at += length;
                chars[start..at].iter().collect()
            }
        };
        if name.is_empty() {
            return Err((start, KeyError::Empty));
        }
        parts.push(Part { name, at: start, width: at - start });
        match chars.get(at) {
            None => return Ok((parts, None)),
            Some('=') => return Ok((parts, Some(at + 1))),
            Some('.') => at += 1,
            Some(_) => return Err((at, KeyError::AfterQuote)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Result<(Vec<String>, Option<usize>), KeyError> {
        let (parts, value) = parse(path).map_err(|(_, error)| error)?;
        Ok((parts.into_iter().map(|part| part.name).collect(), value))
    }

    #[test]
    fn dots_quotes_and_the_value() {
        let owned =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names("a.b"), Ok((owned(&["a", "b"]), None)));
        assert_eq!(names("a.b=c=d.e"), Ok((owned(&["a", "b"]), Some(4))));
        assert_eq!(names("env.\"A.B=\".'c'=x"), Ok((owned(&["env", "A.B=", "c"]), Some(15))));
        assert_eq!(names(""), Err(KeyError::Empty));
        assert_eq!(names("a..b"), Err(KeyError::Empty));
        assert_eq!(names("a.=x"), Err(KeyError::Empty));
        assert_eq!(names("a.\"b"), Err(KeyError::Open));
        assert_eq!(names("\"a\"b"), Err(KeyError::AfterQuote));
    }
}
