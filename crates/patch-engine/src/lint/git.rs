//! git's extended headers: modes, renames, files without lines.

use super::super::{FaultKind, Mode};
use super::name::{self, HeaderName};
use super::reader::Reader;

/// What stands between `diff --git` and `---`.
#[derive(Default)]
pub(super) struct GitHeaders {
    /// Line of `diff --git`, from 1.
    pub(super) line: usize,
    /// What follows `diff --git`.
    pub(super) names: String,
    pub(super) old_mode: Option<Mode>,
    pub(super) new_mode: Option<Mode>,
    pub(super) creates: bool,
    pub(super) deletes: bool,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// A fault was found that makes the rest meaningless.
    pub(super) refused: bool,
}

/// Headers that say something, and only once.
const ONCE: [&str; 6] = [
    "old mode ",
    "new mode ",
    "new file mode ",
    "deleted file mode ",
    "rename from ",
    "rename to ",
];

/// Reads from `diff --git` up to what is no header of git's.
pub(super) fn read(reader: &mut Reader<'_>) -> GitHeaders {
    let mut git = GitHeaders { line: reader.number(), ..GitHeaders::default() };
    let first = reader.header();
    first.strip_prefix("diff --git ").unwrap_or_default().clone_into(&mut git.names);
    let mut seen = Vec::new();
    loop {
        let line = reader.shown();
        let number = reader.number();
        if let Some(header) = ONCE.iter().find(|header| line.starts_with(**header)) {
            if seen.contains(header) {
                let found = format!("`{line}` again");
                reader.fault(number, FaultKind::GitHeader, found, "each git header once");
                git.refused = true;
            }
            seen.push(header);
        }
        let mode = |reader: &mut Reader<'_>, text: &str| match text {
            "100644" => Some(Mode::Regular),
            "100755" => Some(Mode::Executable),
            other => {
                reader.fault(number, FaultKind::Mode, format!("`{other}`"), "100644 or 100755");
                None
            }
        };
        let path = |reader: &mut Reader<'_>, text: &str| match name::read_bare(text) {
            Ok(HeaderName::Path(path)) => Some(path),
            Ok(HeaderName::Nothing) => None,
            Err(bad) => {
                reader.fault(number, bad.kind, format!("`{text}`"), bad.expected);
                None
            }
        };
        if let Some(text) = line.strip_prefix("old mode ") {
            git.old_mode = mode(reader, text);
        } else if let Some(text) = line.strip_prefix("new mode ") {
            git.new_mode = mode(reader, text);
        } else if let Some(text) = line.strip_prefix("new file mode ") {
            git.new_mode = mode(reader, text);
            git.creates = true;
        } else if let Some(text) = line.strip_prefix("deleted file mode ") {
            git.old_mode = mode(reader, text);
            git.deletes = true;
        } else if let Some(text) = line.strip_prefix("rename from ") {
            git.from = path(reader, text);
            git.refused |= git.from.is_none();
        } else if let Some(text) = line.strip_prefix("rename to ") {
            git.to = path(reader, text);
            git.refused |= git.to.is_none();
        } else if line.starts_with("copy from ") || line.starts_with("copy to ") {
            if !git.refused {
                reader.fault(
                    number,
                    FaultKind::Copy,
                    format!("`{line}`"),
                    "a change, creation or rename",
                );
            }
            git.refused = true;
        } else if line == "GIT binary patch"
            || line.starts_with("Binary files ") && line.ends_with(" differ")
        {
            reader.fault(number, FaultKind::Binary, format!("`{line}`"), "a patch of text");
            git.refused = true;
            while reader.line().is_some() && !reader.at_file() {
                reader.skip();
            }
            return git;
        } else if !["index ", "similarity index ", "dissimilarity index "]
            .iter()
            .any(|prefix| line.starts_with(prefix))
        {
            return git;
        }
        reader.header();
    }
}
