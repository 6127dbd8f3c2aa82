//! One file of a patch: its headers, what they say together, its hunks.

use super::super::{Fault, FaultKind, FilePatch, Operation};
use super::git::{self, GitHeaders};
use super::name::{self, HeaderName};
use super::reader::Reader;
use super::{body, consistency};

/// `---` and `+++`.
struct HeaderNames {
    line: usize,
    old: HeaderName,
    new: HeaderName,
}

/// Reads the file at the cursor; none if faults leave nothing to work with.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<FilePatch> {
    let line = reader.number();
    let git = reader.line()?.starts_with("diff --git ").then(|| git::read(reader));
    if git.as_ref().is_some_and(|git| git.refused) {
        skip_file(reader);
        return None;
    }
    let before = reader.faults.len();
    let names = reader.at_names().then(|| read_names(reader));
    let is_bad = |fault: &Fault| fault.kind != FaultKind::NamePrefix;
    let bad_names = reader.faults[before..].iter().any(is_bad);
    let faults = reader.faults.len();
    let mut hunks = Vec::new();
    if names.is_some() {
        while reader.line().is_some_and(|line| line.starts_with("@@")) {
            hunks.extend(body::read(reader, hunks.len() + 1));
        }
        if hunks.is_empty() && reader.faults.len() == faults {
            let found = if reader.line().is_some() { reader.shown() } else { "the end" };
            reader.fault(line, FaultKind::NoHunk, format!("`{found}` after `+++`"), "`@@ … @@`");
        }
    }
    let sound = reader.faults.len() == faults;
    if bad_names {
        return None;
    }
    let operation = operation(reader, git.as_ref(), names.as_ref(), line)?;
    let git = git.unwrap_or_default();
    let file = FilePatch { line, operation, old_mode: git.old_mode, new_mode: git.new_mode, hunks };
    consistency::of_file(&file, sound, reader);
    Some(file)
}

fn skip_file(reader: &mut Reader<'_>) {
    if reader.at_names() {
        reader.skip();
        reader.skip();
    }
    while reader.line().is_some() && !reader.at_file() {
        reader.skip();
    }
}

fn read_names(reader: &mut Reader<'_>) -> HeaderNames {
    let line = reader.number();
    let mut side = |prefix: &str| {
        let number = reader.number();
        let raw = reader.header().get(4..).unwrap_or("");
        name::read(raw, prefix).unwrap_or_else(|bad| {
            reader.fault(number, bad.kind, format!("`{raw}`"), bad.expected);
            bad.name
        })
    };
    HeaderNames { line, old: side("a/"), new: side("b/") }
}

/// What the headers say together.
fn operation(
    reader: &mut Reader<'_>,
    git: Option<&GitHeaders>,
    names: Option<&HeaderNames>,
    line: usize,
) -> Option<Operation> {
    use HeaderName::{Nothing, Path};
    let plain = match names {
        None => None,
        Some(HeaderNames { line, old: Nothing, new: Nothing }) => {
            reader.fault(*line, FaultKind::DevNull, "`/dev/null` twice", "a file on one side");
            return None;
        }
        Some(HeaderNames { old: Nothing, new: Path(path), .. }) => {
            Some(Operation::Create { path: path.clone() })
        }
        Some(HeaderNames { old: Path(path), new: Nothing, .. }) => {
            Some(Operation::Delete { path: path.clone() })
        }
        Some(HeaderNames { old: Path(old), new: Path(new), .. }) if old == new => {
            Some(Operation::Modify { path: new.clone() })
        }
        Some(HeaderNames { old: Path(old), new: Path(new), .. }) => {
            Some(Operation::Rename { from: old.clone(), to: new.clone() })
        }
    };
    let Some(git) = git else {
        if let Some(Operation::Rename { from, to }) = &plain {
            let expected = format!("`b/{from}`, or `rename from` and `rename to`");
            reader.fault(line + 1, FaultKind::NamesDiffer, format!("`b/{to}`"), expected);
            return None;
        }
        return plain;
    };
    let stated = of_git(reader, git, plain.as_ref())?;
    let (from, to) = match &stated {
        Operation::Rename { from, to } => (from.as_str(), to.as_str()),
        other => (other.path(), other.path()),
    };
    let expected = format!("a/{from} b/{to}");
    if git.names != expected {
        let found = format!("`diff --git {}`", git.names);
        reader.fault(line, FaultKind::NamesDiffer, found, format!("`diff --git {expected}`"));
        return None;
    }
    match plain {
        Some(plain) if plain != stated => {
            let expected = "`---` and `+++` that say the same as git's headers";
            reader.fault(line, FaultKind::GitHeader, describe(&plain), expected);
            None
        }
        _ => Some(stated),
    }
}

/// What git's headers say; where they say nothing of their own, what `---` and `+++` say.
fn of_git(
    reader: &mut Reader<'_>,
    git: &GitHeaders,
    plain: Option<&Operation>,
) -> Option<Operation> {
    let line = git.line;
    let path = name::read_git(&git.names).or(plain.map(Operation::path)).map(str::to_owned);
    let is_change = !git.creates && !git.deletes;
    if is_change && git.old_mode.is_some() != git.new_mode.is_some() {
        let expected = "`old mode` with `new mode`";
        reader.fault(line, FaultKind::GitHeader, "one mode of two", expected);
        return None;
    }
    if is_change && git.old_mode.is_some() && git.old_mode == git.new_mode {
        let expected = "a `new mode` that is another";
        reader.fault(line, FaultKind::ChangesNothing, "the same mode twice", expected);
        return None;
    }
    match (git.creates, git.deletes, &git.from, &git.to) {
        (false, false, Some(from), Some(to)) if from != to => {
            Some(Operation::Rename { from: from.clone(), to: to.clone() })
        }
        (true, false, None, None) => path.map(|path| Operation::Create { path }),
        (false, true, None, None) => path.map(|path| Operation::Delete { path }),
        (false, false, None, None) => match plain {
            Some(Operation::Rename { from, to }) => {
                let expected = format!("`b/{from}`, or `rename from` and `rename to`");
                reader.fault(line, FaultKind::NamesDiffer, format!("`b/{to}`"), expected);
                return None;
            }
            Some(plain) => Some(plain.clone()),
            None if git.old_mode.is_some() && git.new_mode.is_some() => {
                path.map(|path| Operation::Modify { path })
            }
            None => {
                let expected = "a change of lines, mode or name";
                reader.fault(line, FaultKind::NoHunk, "`diff --git` alone", expected);
                return None;
            }
        },
        _ => {
            let expected = "one of: creation, deletion, `rename from` with `rename to`";
            reader.fault(line, FaultKind::GitHeader, "git headers that contradict", expected);
            return None;
        }
    }
    .or_else(|| {
        reader.fault(line, FaultKind::GitHeader, "no name", "`diff --git a/NAME b/NAME`");
        None
    })
    .filter(|operation| {
        let bad = operation.paths().iter().find_map(|path| name::read_bare(path).err());
        if let Some(bad) = &bad {
            let found = operation.paths().join("` and `");
            reader.fault(line, bad.kind, format!("`{found}`"), &bad.expected);
        }
        bad.is_none()
    })
}

fn describe(operation: &Operation) -> String {
    match operation {
        Operation::Modify { path } => format!("a change of `{path}`"),
        Operation::Create { path } => format!("creation of `{path}`"),
        Operation::Delete { path } => format!("deletion of `{path}`"),
        Operation::Rename { from, to } => format!("`{from}` and `{to}`"),
    }
}
