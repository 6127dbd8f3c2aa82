//! A path inside an image: bytes, because Linux names are bytes.

use std::borrow::{Borrow, Cow};
use std::fmt;

use serde::{Serialize, Serializer};

use super::ImageError;

/// The longest path that Linux takes (`PATH_MAX`), in bytes.
const LONGEST_BYTES: usize = 4096;

/// A path from the root of an image, without a slash at either end; the root itself is empty.
///
/// Sorted by bytes, so all that lies below a folder stands in one row: from `folder/` to before
/// `folder0`, which is the character after the slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Box<[u8]>);

impl TreePath {
    /// Reads the name of an archive's entry: `./a//b/` is `a/b`. A name that climbs out of the
    /// image, holds a NUL or is longer than Linux allows is refused.
    pub fn of_entry(name: &[u8]) -> Result<Self, ImageError> {
        let fault = |why| ImageError::Name { name: shown(name).into_owned(), why };
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in name.split(|&byte| byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => return Err(fault("it climbs out of the image")),
                part if part.contains(&0) => return Err(fault("it holds a NUL")),
                part => parts.push(part),
            }
        }
        let path = parts.join(&b'/');
        if path.len() > LONGEST_BYTES {
            return Err(fault("it is longer than 4096 bytes"));
        }
        Ok(Self(path.into()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As text for patterns and people: what is no UTF-8 is written `\xNN`.
    pub fn text(&self) -> Cow<'_, str> {
        shown(&self.0)
    }

    /// The folder it lies in; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        Some(Self(self.0[..end].into()))
    }

    /// The last name.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
    }

    /// The path of that name in this folder.
    pub fn join(&self, name: &[u8]) -> Self {
        let mut path = self.below();
        path.extend_from_slice(name);
        Self(path.into())
    }

    /// First and after-last key of all that lies below.
    pub(super) fn range_below(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let first = self.below();
        let after = first.last().map(|_| {
            let mut after = first.clone();
            if let Some(last) = after.last_mut() {
                *last += 1;
            }
            after
        });
        (first, after)
    }

    /// The path with a slash at its end; empty for the root.
    fn below(&self) -> Vec<u8> {
        let mut path = self.0.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path
    }
}

impl Borrow<[u8]> for TreePath {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.text())
    }
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Bytes as text; a byte that is no UTF-8 as `\xNN`.
pub(super) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_those_that_leave_are_refused() {
        for (name, path) in [
            (&b"./a//b/"[..], "/a/b"),
            (b"/etc/passwd", "/etc/passwd"),
            (b"./", "/"),
            (b"a\xffb", "/a\\xffb"),
            (b"..a/b..", "/..a/b.."),
        ] {
            assert_eq!(TreePath::of_entry(name).unwrap().to_string(), path);
        }
        for name in [&b"../x"[..], b"a/../b", b"/..", b"a\0b", &[b'a'; 5000]] {
            assert!(matches!(TreePath::of_entry(name), Err(ImageError::Name { .. })), "{name:?}");
        }
    }

    #[test]
    fn parents_and_names() {
        let path = TreePath::of_entry(b"a/b").unwrap();
        assert_eq!((path.parent().unwrap().to_string(), path.name()), ("/a".to_owned(), &b"b"[..]));
        let root = path.parent().unwrap().parent().unwrap();
        assert_eq!((root.to_string(), root.parent()), ("/".to_owned(), None));
        assert_eq!(root.join(b"x").join(b"y").to_string(), "/x/y");
    }
}
