//! What is said about a patch and a tree.

use serde::Serialize;

use super::{Evidence, Fault, ParseFault, Tree};

/// The verdict. From texts alone come those up to `Malformed`; the others need a probe, and other
/// versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Verdict {
    /// Every hunk at the line that it states.
    Exact,
    /// Every hunk at one place only, some not at the line that they state.
    Offset {
        /// The largest distance, in lines; negative is up.
        by: i64,
    },
    /// By a three-way merge from a known base.
    Merged,
    /// The result is there before.
    AlreadyApplied,
    /// Upstream has made the change in its own way: the probe, which was seen to fail on an older
    /// version, passes without the patch. The patch is left out.
    Superseded,
    /// The fault is not there yet: the probe, which was seen to fail on a newer version, passes
    /// without the patch. The patch is left out.
    NotNeeded,
    /// A file is not there.
    TargetMissing,
    /// It fits in more than one place.
    Ambiguous,
    /// The patch file itself is faulty.
    Malformed,
    /// It fits nowhere, or contradicts the tree.
    Conflict,
    /// It applies and the probe says the same without it.
    NoEffect,
    /// The probe passes without it and fails with it.
    Breaks,
    /// The probe was seen to fail on no version, so that it passes proves nothing.
    Vacuous,
    /// It applies and the result is no program any more.
    DoesNotParse,
}

impl Verdict {
    /// Whether the tree after is right as far as texts can tell.
    pub fn is_clean(self) -> bool {
        matches!(self, Self::Exact | Self::Offset { .. } | Self::Merged | Self::AlreadyApplied)
    }

    /// The word that reports use; the same as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Offset { .. } => "offset",
            Self::Merged => "merged",
            Self::AlreadyApplied => "already-applied",
            Self::Superseded => "superseded",
            Self::NotNeeded => "not-needed",
            Self::TargetMissing => "target-missing",
            Self::Ambiguous => "ambiguous",
            Self::Malformed => "malformed",
            Self::Conflict => "conflict",
            Self::NoEffect => "no-effect",
            Self::Breaks => "breaks",
            Self::Vacuous => "vacuous",
            Self::DoesNotParse => "does-not-parse",
        }
    }

    /// Which of the verdicts of several files stands for all: the most severe.
    pub(super) fn severity_rank(self) -> u8 {
        match self {
            Self::AlreadyApplied => 0,
            Self::Exact => 1,
            Self::Offset { .. } => 2,
            Self::Merged => 3,
            Self::Superseded | Self::NotNeeded => 4,
            Self::NoEffect | Self::Breaks | Self::Vacuous => 5,
            Self::DoesNotParse => 6,
            Self::Conflict => 7,
            Self::Ambiguous => 8,
            Self::TargetMissing => 9,
            Self::Malformed => 10,
        }
    }
}

/// Where one hunk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HunkPlace {
    /// Hunk in its file, from 1.
    pub hunk: usize,
    /// Line of the file before, from 1 (0 in an empty file); of the result where it is applied already.
    pub line: usize,
    /// Lines away from what the hunk states.
    pub by: i64,
}

/// What is said about one file of a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileOutcome {
    /// The file; after a rename its new name.
    pub path: String,
    /// For this file alone.
    pub verdict: Verdict,
    /// Where the hunks go; empty where they go nowhere.
    pub places: Vec<HunkPlace>,
    /// Why not.
    pub evidence: Vec<Evidence>,
    /// SHA-256 of the content before, if it is there.
    pub before: Option<String>,
    /// SHA-256 of the content after, if it is there and the whole patch is clean.
    pub after: Option<String>,
    /// Where the result stops being a program.
    pub parse: Option<ParseFault>,
}

/// What is said about a patch and a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// For the patch as a whole.
    pub verdict: Verdict,
    /// What is wrong with the patch file itself.
    pub faults: Vec<Fault>,
    /// By file, in the order of the patch.
    pub files: Vec<FileOutcome>,
    /// The tree after; only when the verdict is clean.
    #[serde(skip)]
    pub tree: Option<Tree>,
}

impl Outcome {
    /// The patch file is faulty.
    pub fn malformed(faults: Vec<Fault>) -> Self {
        Self { verdict: Verdict::Malformed, faults, files: Vec::new(), tree: None }
    }
}
