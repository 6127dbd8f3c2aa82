//! Sets of paths: one path, a pattern, or all below a folder; and whether two of them meet.
//!
//! Paths are compared after the links that every distribution has (`/bin` is `/usr/bin`, `/var/run` is
//! `/run`). Where a distribution keeps two folders apart, taking them for one only finds more meetings.

use std::fmt;

use crate::model::clean_path;

/// Links that distributions have; the longest prefix counts.
const LINKS: &[(&str, &str)] = &[
    ("/bin", "/usr/bin"),
    ("/sbin", "/usr/bin"),
    ("/usr/sbin", "/usr/bin"),
    ("/usr/local/sbin", "/usr/local/bin"),
    ("/lib", "/usr/lib"),
    ("/lib32", "/usr/lib"),
    ("/lib64", "/usr/lib"),
    ("/libx32", "/usr/lib"),
    ("/usr/lib32", "/usr/lib"),
    ("/usr/lib64", "/usr/lib"),
    ("/usr/local/man", "/usr/local/share/man"),
    ("/usr/man", "/usr/share/man"),
    ("/usr/tmp", "/var/tmp"),
    ("/var/lock", "/run/lock"),
    ("/var/run", "/run"),
    ("/var/spool/mail", "/var/mail"),
];

/// An absolute path, cleaned of `.`, `..` and doubled slashes, and of the links that are everywhere.
pub fn clean(path: &str) -> String {
    let path = clean_path(path);
    for (link, target) in LINKS {
        if let Some(rest) = below(&path, link) {
            return clean(&format!("{target}{rest}"));
        }
    }
    path
}

/// What follows `folder` in a path that is it or below it.
pub fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder == "/" {
        return Some(path);
    }
    path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The folders above a path, the root first.
pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let root = (path != "/").then_some("/");
    root.into_iter().chain(path.match_indices('/').skip(1).map(|(at, _)| &path[..at]))
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    Literal(String),
    /// A name with `*`, `?` or `[`.
    Pattern(String),
    /// A part of what is no file, which no path has.
    Resource(String),
}

/// A set of paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathSet {
    parts: Vec<Part>,
    /// All below it too.
    is_deep: bool,
}

impl PathSet {
    /// Every path, and every other resource.
    pub fn anything() -> Self {
        Self { parts: Vec::new(), is_deep: true }
    }

    /// One path, which must be absolute.
    pub fn exact(path: &str) -> Self {
        Self::read(path, false)
    }

    /// A path and all below it.
    pub fn deep(path: &str) -> Self {
        Self::read(path, true)
    }

    /// What is directly in a folder.
    pub fn entries(folder: &str) -> Self {
        let mut place = Self::exact(folder);
        place.parts.push(Part::Pattern("*".to_owned()));
        place
    }

    /// The paths that a pattern finds.
    pub fn pattern(pattern: &str) -> Self {
        let path = clean(pattern);
        let parts = path.split('/').filter(|part| !part.is_empty()).map(|part| {
            let is_pattern = part.contains(['*', '?', '[']);
            if is_pattern { Part::Pattern(part.to_owned()) } else { Part::Literal(part.to_owned()) }
        });
        Self { parts: parts.collect(), is_deep: false }
    }

    /// A resource that is no file: the names of its parts. No path has these parts.
    pub fn resource(parts: &[&str]) -> Self {
        let parts = parts.iter().map(|part| Part::Resource((*part).to_owned()));
        Self { parts: parts.collect(), is_deep: false }
    }

    /// This, and all below it.
    pub fn and_below(mut self) -> Self {
        self.is_deep = true;
        self
    }

    fn read(path: &str, is_deep: bool) -> Self {
        let path = clean(path);
        let parts = path.split('/').filter(|part| !part.is_empty());
        Self { parts: parts.map(|part| Part::Literal(part.to_owned())).collect(), is_deep }
    }

    /// Whether some path may be in both.
    pub fn meets(&self, other: &Self) -> bool {
        let common = self.parts.len().min(other.parts.len());
        let fits = self.parts.iter().zip(&other.parts).all(|(mine, theirs)| mine.may_be(theirs));
        fits && (self.parts.len() == common || other.is_deep)
            && (other.parts.len() == common || self.is_deep)
    }

    /// Whether one of these paths, or a folder on the way to one, may be in `other`.
    pub fn leads_through(&self, other: &Self) -> bool {
        let fits = self.parts.iter().zip(&other.parts).all(|(mine, theirs)| mine.may_be(theirs));
        fits && (other.parts.len() <= self.parts.len() || self.is_deep)
    }

    /// Whether it is every path.
    pub fn is_anything(&self) -> bool {
        self.parts.is_empty() && self.is_deep
    }

    /// The path, where it is exactly one.
    pub fn path(&self) -> Option<String> {
        if self.is_deep { None } else { self.folder() }
    }

    /// The path without its patterns and without what is below it; `None` for a pattern.
    pub fn folder(&self) -> Option<String> {
        let literals = self.parts.iter().map(|part| match part {
            Part::Literal(name) => Some(name.as_str()),
            Part::Pattern(_) | Part::Resource(_) => None,
        });
        Some(format!("/{}", literals.collect::<Option<Vec<_>>>()?.join("/")))
    }

    /// The folder that it is in, where that is certain.
    pub fn parent(&self) -> Option<String> {
        let (_, above) = self.parts.split_last()?;
        Self { parts: above.to_vec(), is_deep: false }.folder()
    }

    /// The last name, where it is certain.
    pub fn name(&self) -> Option<&str> {
        match self.parts.last() {
            Some(Part::Literal(name)) => Some(name),
            _ => None,
        }
    }

    /// With a leading folder replaced; `None` where it is not below that folder.
    pub fn moved(&self, from: &str, to: &str) -> Option<Self> {
        let prefix = Self::exact(from);
        if prefix.parts.len() > self.parts.len() || !self.parts.starts_with(&prefix.parts) {
            return None;
        }
        let mut moved = Self::exact(to);
        moved.parts.extend_from_slice(&self.parts[prefix.parts.len()..]);
        moved.is_deep = self.is_deep;
        Some(moved)
    }

    /// Whether it stands for a resource instead of files.
    pub fn is_resource(&self) -> bool {
        matches!(self.parts.first(), Some(Part::Resource(_)))
    }
}

impl fmt::Display for PathSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_anything() {
            return f.write_str("anything");
        }
        if let [Part::Resource(kind), rest @ ..] = self.parts.as_slice() {
            let rest: Vec<&str> = rest.iter().map(Part::text).collect();
            return write!(f, "{kind} {}", rest.join(" "));
        }
        for part in &self.parts {
            write!(f, "/{}", part.text())?;
        }
        match (self.parts.is_empty(), self.is_deep) {
            (true, _) => f.write_str("/"),
            (false, true) => f.write_str("/…"),
            (false, false) => Ok(()),
        }
    }
}

impl Part {
    fn text(&self) -> &str {
        match self {
            Self::Literal(text) | Self::Pattern(text) | Self::Resource(text) => text,
        }
    }

    /// Whether some name may be both. Two patterns may.
    fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(mine), Self::Literal(theirs))
            | (Self::Resource(mine), Self::Resource(theirs)) => mine == theirs,
            (Self::Literal(name), Self::Pattern(pattern))
            | (Self::Pattern(pattern), Self::Literal(name)) => {
                fits(pattern.as_bytes(), name.as_bytes())
            }
            (Self::Pattern(_), Self::Pattern(_)) => true,
            (Self::Resource(_), _) | (_, Self::Resource(_)) => false,
        }
    }
}

/// Whether a name may fit a pattern. A set of characters is taken for any one character, and a set
/// that does not close for anything.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    if pattern.contains(&b'[') {
        return match pattern.iter().position(|&byte| byte == b'[') {
            Some(at) => {
                pattern[..at].contains(&b'*')
                    || name.len() >= at && fits(&pattern[..at], &name[..at])
            }
            None => true,
        };
    }
    // The usual two-pointer match: on a mismatch the last star takes one more.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    p = at + 1;
                    n = taken + 1;
                    star = Some((at, n));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_meet() {
        let exact = PathSet::exact;
        let deep = PathSet::deep;
        let pattern = PathSet::pattern;
        for (a, b, meets) in [
            (exact("/a/b"), exact("/a/b"), true),
            (exact("/a/b"), exact("/a/c"), false),
            (exact("/a"), exact("/a/b"), false),
            (deep("/a"), exact("/a"), true),
            (deep("/a"), exact("/a/b/c"), true),
            (deep("/a/b"), exact("/a"), false),
            (deep("/a/b"), deep("/a"), true),
            (deep("/a"), exact("/ab"), false),
            (pattern("/a/*.js"), exact("/a/x.js"), true),
            (pattern("/a/*.js"), exact("/a/x.ts"), false),
            (pattern("/a/*.js"), exact("/a/b/x.js"), false),
            (pattern("/a/*/x"), exact("/a/b/x"), true),
            (pattern("/a/?"), exact("/a/bc"), false),
            (pattern("/a/[bc]d"), exact("/a/bd"), true),
            (pattern("/a/x[bc]d"), exact("/a/bd"), false),
            (pattern("/*/b"), deep("/a"), true),
            (PathSet::entries("/a"), exact("/a/b"), true),
            (PathSet::entries("/a"), exact("/a"), false),
            (PathSet::anything(), exact("/a"), true),
            (PathSet::anything(), PathSet::resource(&["user", "dev"]), true),
            (pattern("/*"), PathSet::resource(&["user"]), false),
            (exact("/bin/sh"), exact("/usr/sbin/sh"), true),
            (exact("/var/run/x"), exact("/run/x"), true),
            (exact("/a/../b"), exact("/b/."), true),
        ] {
            assert_eq!(a.meets(&b), meets, "{a} {b}");
            assert_eq!(b.meets(&a), meets, "{b} {a}");
        }
    }

    #[test]
    fn ways_lead_through_folders() {
        assert!(PathSet::exact("/a/b/c").leads_through(&PathSet::exact("/a")));
        assert!(PathSet::exact("/a/b/c").leads_through(&PathSet::deep("/a/b")));
        assert!(!PathSet::exact("/a/b").leads_through(&PathSet::exact("/a/b/c")));
        assert_eq!(ancestors("/a/b").collect::<Vec<_>>(), ["/", "/a"]);
        assert_eq!(ancestors("/").count(), 0);
    }

    #[test]
    fn places_are_moved_and_shown() {
        let place = PathSet::deep("/work/x").moved("/work", "/home/dev").unwrap();
        assert_eq!(place.to_string(), "/home/dev/x/…");
        assert!(PathSet::exact("/works").moved("/work", "/x").is_none());
        assert_eq!(PathSet::resource(&["account", "dev"]).to_string(), "account dev");
        assert_eq!(PathSet::exact("/").to_string(), "/");
    }
}
