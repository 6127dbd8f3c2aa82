//! A patch file as it was read: files, hunks, lines, each with its line in the patch.
//!
//! A value of these types that comes from [`super::lint`] has no fault that a patch can have by
//! itself; whether it fits a tree is [`super::apply`]'s question.

use serde::Serialize;

/// A whole patch file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PatchFile {
    /// What stands before the first file: why the patch exists, for people.
    pub prose: String,
    /// In the order of the patch; no path twice.
    pub files: Vec<FilePatch>,
}

/// What happens to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilePatch {
    /// Line of its first header in the patch, from 1.
    pub line: usize,
    /// What happens, and to which paths.
    pub operation: Operation,
    /// Mode that git's headers say it has before.
    pub old_mode: Option<Mode>,
    /// Mode that git's headers say it has after.
    pub new_mode: Option<Mode>,
    /// Ascending, not overlapping; none for a change of name or mode only, or an empty file.
    pub hunks: Vec<Hunk>,
}

/// The operation on a file; paths are relative, `/`-separated, without `a/` and `b/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Operation {
    /// Content or mode of a file that is there.
    Modify {
        /// The file.
        path: String,
    },
    /// A file that must not be there.
    Create {
        /// The file.
        path: String,
    },
    /// A file that goes, with the whole content that it must have.
    Delete {
        /// The file.
        path: String,
    },
    /// A file that gets another name, and maybe other content.
    Rename {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
}

impl Operation {
    /// The path that a reader knows the file by: after a rename, the new one.
    pub fn path(&self) -> &str {
        match self {
            Self::Modify { path } | Self::Create { path } | Self::Delete { path } => path,
            Self::Rename { to, .. } => to,
        }
    }

    /// Every path it touches.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::Rename { from, to } => vec![from, to],
            other => vec![other.path()],
        }
    }
}

/// File modes as git writes them; links and submodules are refused by lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Mode {
    /// `100644`.
    #[default]
    #[serde(rename = "100644")]
    Regular,
    /// `100755`.
    #[serde(rename = "100755")]
    Executable,
}

impl Mode {
    /// As git writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
        }
    }

    /// From the permission bits of a file or an archive entry.
    pub fn from_bits(bits: u32) -> Self {
        if bits & 0o100 == 0 { Self::Regular } else { Self::Executable }
    }
}

/// One `@@` hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hunk {
    /// From 1, in its file.
    pub number: usize,
    /// Line of its header in the patch, from 1.
    pub line: usize,
    /// Where it stands before.
    pub old: LineRange,
    /// Where it stands after.
    pub new: LineRange,
    /// What follows the second `@@`, without the space.
    pub section: String,
    /// Its lines, markers folded in.
    pub lines: Vec<Line>,
}

/// A range of lines as a hunk header states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LineRange {
    /// First line, from 1; with a count of 0 the line before.
    pub start: usize,
    /// How many.
    pub count: usize,
}

impl LineRange {
    /// Index of the first line, from 0, also for an empty range.
    pub fn index(self) -> usize {
        if self.count == 0 { self.start } else { self.start.saturating_sub(1) }
    }

    /// The range of `count` lines at `index` (from 0).
    pub fn at(index: usize, count: usize) -> Self {
        Self { start: if count == 0 { index } else { index + 1 }, count }
    }
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// On which side it stands.
    pub kind: LineKind,
    /// With its line ending; without one where the patch says that the file ends so.
    pub text: String,
    /// Line in the patch, from 1.
    pub line: usize,
}

/// On which side of a hunk a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// Both.
    Context,
    /// Before only.
    Delete,
    /// After only.
    Insert,
}

impl LineKind {
    /// The character in the first column.
    pub fn sign(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Delete => '-',
            Self::Insert => '+',
        }
    }
}

impl Hunk {
    /// The lines that must be in the file before.
    pub fn pre_image(&self) -> Vec<&str> {
        self.side(LineKind::Insert)
    }

    /// The lines that are in the file after.
    pub fn post_image(&self) -> Vec<&str> {
        self.side(LineKind::Delete)
    }

    fn side(&self, without: LineKind) -> Vec<&str> {
        let lines = self.lines.iter().filter(|line| line.kind != without);
        lines.map(|line| line.text.as_str()).collect()
    }
}
