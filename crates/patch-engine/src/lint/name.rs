//! File names in headers: relative, plain, inside.

use super::super::FaultKind;

/// A name in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeaderName {
    /// `/dev/null`: there is no file on this side.
    Nothing,
    /// A path without its prefix.
    Path(String),
}

/// What is wrong with a name; the name as it would be without the fault, and what was expected.
pub(super) struct BadName {
    pub(super) kind: FaultKind,
    pub(super) expected: String,
    pub(super) name: HeaderName,
}

/// A name of `---` (`prefix` is `a/`) or `+++` (`b/`), with what a tab separates left out.
pub(super) fn read(raw: &str, prefix: &str) -> Result<HeaderName, BadName> {
    let raw = raw.split('\t').next().unwrap_or("");
    if raw == "/dev/null" {
        return Ok(HeaderName::Nothing);
    }
    let stripped = raw.strip_prefix(prefix);
    check(stripped.unwrap_or(raw))?;
    match stripped {
        Some(path) => Ok(HeaderName::Path(path.to_owned())),
        None => Err(bad(FaultKind::NamePrefix, format!("`{prefix}{raw}`"), raw)),
    }
}

/// A name of `rename from` and the like, which has no prefix.
pub(super) fn read_bare(raw: &str) -> Result<HeaderName, BadName> {
    check(raw)?;
    Ok(HeaderName::Path(raw.to_owned()))
}

/// The two names of `diff --git a/NAME b/NAME` where they are the same.
pub(super) fn read_git(rest: &str) -> Option<&str> {
    // `a/` + name + ` b/` + name
    let length = rest.len().checked_sub(5)? / 2;
    let name = rest.strip_prefix("a/")?.get(..length)?;
    let other = rest.get(2 + length..)?.strip_prefix(" b/")?;
    (name == other).then_some(name)
}

fn check(path: &str) -> Result<(), BadName> {
    let special = |c: char| c.is_control() || matches!(c, '\\' | '"');
    if path.starts_with('/') || path.get(1..2) == Some(":") {
        return Err(bad(FaultKind::NameAbsolute, "a relative name", path));
    }
    if path.chars().any(special) {
        return Err(bad(FaultKind::NameCharacters, "a name without quotes and escapes", path));
    }
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return Err(bad(FaultKind::NameEscapes, "a name inside the folder", path));
        }
        if part.eq_ignore_ascii_case(".git") {
            return Err(bad(FaultKind::NameGit, "a name outside `.git`", path));
        }
    }
    Ok(())
}

fn bad(kind: FaultKind, expected: impl Into<String>, name: &str) -> BadName {
    BadName { kind, expected: expected.into(), name: HeaderName::Path(name.to_owned()) }
}
