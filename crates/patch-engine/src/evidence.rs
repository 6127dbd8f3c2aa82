//! Why a patch did not apply, in lines that a person can look up.

use serde::Serialize;

/// One finding about one hunk or file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What was found.
    pub reason: Reason,
    /// Hunk in its file, from 1; none where the whole file is meant.
    pub hunk: Option<usize>,
    /// Line of the hunk or file header in the patch, from 1.
    pub patch_line: usize,
    /// Lines that the patch expects (at most [`Evidence::LINES`]), with their endings.
    pub expected: Vec<String>,
    /// Lines that the file has at the nearest place, with their endings.
    pub found: Vec<String>,
    /// The place in the file that is most like what was expected.
    pub nearest: Option<Nearest>,
    /// Lines of the file, from 1, where it matches exactly (the first [`Evidence::MATCHES`]).
    pub matches: Vec<usize>,
    /// How many there are in all.
    pub match_count: usize,
}

/// The window of the file that has most lines in common with a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// Its first line in the file, from 1.
    pub line: usize,
    /// Lines that are equal.
    pub equal: usize,
    /// Lines that were expected.
    pub of: usize,
    /// The first line in the file, from 1, that differs.
    pub differs: usize,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The hunk's lines are nowhere in the file.
    NotFound,
    /// They are in several places.
    SeveralPlaces,
    /// They are there, but not after those of the hunk before.
    OutOfOrder,
    /// They would be there, had they the file's line endings.
    LineEndings,
    /// They would be there, but for the newline at the end of the file.
    FinalNewline,
    /// The result of this hunk is there; that of others is not.
    PartlyApplied,
    /// The result is in several places, the lines before are not.
    ResultInSeveralPlaces,
    /// Both the lines before and the result are there, in different places.
    AlsoApplied,
    /// The patch expects an empty file.
    NotEmpty,
    /// The file is not there.
    FileMissing,
    /// A file is there that the patch creates or renames to.
    FileExists,
    /// The file to delete has other content.
    OtherContent,
    /// The file has another mode.
    OtherMode,
    /// This file is patched already; others of the patch are not.
    FileApplied,
}

impl Evidence {
    /// Lines shown of one side.
    pub const LINES: usize = 200;
    /// Matches listed.
    pub const MATCHES: usize = 100;

    pub(super) fn new(reason: Reason, hunk: Option<usize>, patch_line: usize) -> Self {
        Self {
            reason,
            hunk,
            patch_line,
            expected: Vec::new(),
            found: Vec::new(),
            nearest: None,
            matches: Vec::new(),
            match_count: 0,
        }
    }

    /// With the places (from 0) where it matches.
    pub(super) fn at(mut self, places: &[usize]) -> Self {
        self.matches = places.iter().take(Self::MATCHES).map(|place| place + 1).collect();
        self.match_count = places.len();
        self
    }

    /// With the lines that were expected.
    pub(super) fn expecting(mut self, lines: &[&[u8]]) -> Self {
        self.expected = lines.iter().take(Self::LINES).map(|l| super::line::shown(l)).collect();
        self
    }

    /// With the lines that were found.
    pub(super) fn finding(mut self, lines: &[&[u8]]) -> Self {
        self.found = lines.iter().take(Self::LINES).map(|l| super::line::shown(l)).collect();
        self
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotFound => "the lines are not in the file",
            Self::SeveralPlaces => "the lines are in several places",
            Self::OutOfOrder => "the lines are before those of an earlier hunk",
            Self::LineEndings => "the file has other line endings than the patch",
            Self::FinalNewline => "patch and file differ in the newline at the end of the file",
            Self::PartlyApplied => "this hunk is in the file already, others are not",
            Self::ResultInSeveralPlaces => "the result is in several places",
            Self::AlsoApplied => "both the lines before and the result are in the file",
            Self::NotEmpty => "the patch expects an empty file",
            Self::FileMissing => "the file is not there",
            Self::FileExists => "the file is there already",
            Self::OtherContent => "the file to delete has other content",
            Self::OtherMode => "the file has another mode",
            Self::FileApplied => "this file is patched already, others are not",
        })
    }
}
