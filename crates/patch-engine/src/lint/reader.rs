//! The lines of a patch file, and the faults found so far.

use super::super::{Fault, FaultKind};

/// A cursor over the lines of a patch.
pub(super) struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
    /// Headers that end in CRLF: the first, and how many.
    crlf: Option<(usize, usize)>,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// At the first line.
    pub(super) fn new(patch: &'a [u8]) -> Result<Self, Fault> {
        let not_text = |bytes: &[u8], found: &str| Fault {
            line: 1 + bytes.iter().filter(|&&byte| byte == b'\n').count(),
            kind: FaultKind::NotText,
            found: found.to_owned(),
            expected: "UTF-8 text".to_owned(),
        };
        let text = std::str::from_utf8(patch)
            .map_err(|error| not_text(&patch[..error.valid_up_to()], "bytes that are not UTF-8"))?;
        if let Some(at) = text.find('\0') {
            return Err(not_text(&patch[..at], "a NUL byte"));
        }
        Ok(Self {
            lines: text.split_inclusive('\n').collect(),
            at: 0,
            crlf: None,
            faults: Vec::new(),
        })
    }

    /// The current line, with its ending.
    pub(super) fn line(&self) -> Option<&'a str> {
        self.get(self.at)
    }

    /// Any line, by index, with its ending.
    pub(super) fn get(&self, index: usize) -> Option<&'a str> {
        self.lines.get(index).copied()
    }

    /// Index of the current line.
    pub(super) fn index(&self) -> usize {
        self.at
    }

    /// Number of the current line, from 1.
    pub(super) fn number(&self) -> usize {
        self.at + 1
    }

    /// The current line without its ending.
    pub(super) fn shown(&self) -> &'a str {
        self.line().map_or("", |line| trim(line))
    }

    /// Past the current line.
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// To a line, by index.
    pub(super) fn go(&mut self, index: usize) {
        self.at = index;
    }

    /// The current line as a header, without its ending; past it.
    pub(super) fn header(&mut self) -> &'a str {
        let line = self.line().unwrap_or("");
        if line.ends_with("\r\n") {
            let (first, count) = self.crlf.unwrap_or((self.number(), 0));
            self.crlf = Some((first, count + 1));
        }
        self.skip();
        trim(line)
    }

    /// Whether the current line begins a file.
    pub(super) fn at_file(&self) -> bool {
        self.line().is_some_and(|line| line.starts_with("diff --git ")) || self.at_names()
    }

    /// Whether the current line and the next are `---` and `+++`.
    pub(super) fn at_names(&self) -> bool {
        self.is_names(self.at)
    }

    /// Whether the line at `index` and the next are `---` and `+++`.
    pub(super) fn is_names(&self, index: usize) -> bool {
        let starts = |at, prefix| self.get(at).is_some_and(|line: &str| line.starts_with(prefix));
        starts(index, "--- ") && starts(index + 1, "+++ ")
    }

    /// Whether the current line is the `-- ` above a mail's signature.
    pub(super) fn at_signature(&self) -> bool {
        self.is_signature(self.at)
    }

    /// Whether the line at `index` is the `-- ` above a mail's signature: git's version, or nothing.
    pub(super) fn is_signature(&self, index: usize) -> bool {
        self.get(index).is_some_and(|line| trim(line) == "-- ")
            && self.get(index + 1).is_none_or(|next| {
                trim(next).is_empty() || next.starts_with(|c: char| c.is_ascii_digit())
            })
    }

    /// Records a fault.
    pub(super) fn fault(
        &mut self,
        line: usize,
        kind: FaultKind,
        found: impl std::fmt::Display,
        expected: impl std::fmt::Display,
    ) {
        let (found, expected) = (found.to_string(), expected.to_string());
        self.faults.push(Fault { line, kind, found, expected });
    }

    /// Faults of the file as a whole.
    pub(super) fn end_of_file(&mut self) {
        if let Some(last) = self.lines.last().filter(|last| !last.ends_with('\n')) {
            let found = format!("`{}` and the end of the file", trim(last));
            let line = self.lines.len();
            self.fault(line, FaultKind::MissingFinalNewline, found, "a newline");
        }
        if let Some((first, count)) = self.crlf {
            let found = match count {
                1 => "1 header that ends in CRLF".to_owned(),
                count => format!("{count} headers that end in CRLF"),
            };
            self.fault(first, FaultKind::CrlfHeaders, found, "LF");
        }
    }
}

/// Without the line ending.
pub(super) fn trim(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}
