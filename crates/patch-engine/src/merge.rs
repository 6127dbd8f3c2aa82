//! Three-way merge: what a patch made of a known base, carried to what upstream made of it.
//!
//! A clean merge is a proposal: texts can merge into nonsense without a conflict, so the result is
//! parsed here, and probed by those who have a probe.

use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};
use serde::Serialize;

use super::find::find_all;
use super::line::{lines, shown};
use super::{PackageType, ParseFault, parse_like};

/// What came of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Merge {
    /// Both changes, and it parses.
    Merged {
        /// The text.
        #[serde(skip)]
        bytes: Vec<u8>,
    },
    /// Upstream has the whole change: the merge is upstream's text.
    TakenUpstream,
    /// Both changed the same lines.
    Conflict {
        /// Where.
        regions: Vec<Region>,
    },
    /// No conflict, and no program.
    DoesNotParse {
        /// Where it stops being one.
        fault: ParseFault,
    },
}

/// Lines that both changed, each side with its endings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Region {
    /// Line of the upstream text, from 1; none where upstream has nothing there.
    pub upstream_line: Option<usize>,
    /// In the base.
    pub base: Vec<String>,
    /// As the patch has them.
    pub patched: Vec<String>,
    /// As upstream has them.
    pub upstream: Vec<String>,
}

/// Merges what the patch made of `base` (`patched`) and what upstream did (`upstream`).
pub fn merge(
    path: &str,
    base: &[u8],
    patched: &[u8],
    upstream: &[u8],
    package: PackageType,
) -> Merge {
    let marker = marker_length([base, patched, upstream]);
    let mut options = MergeOptions::new();
    options
        .set_conflict_marker_length(marker)
        .set_conflict_style(ConflictStyle::Diff3)
        .set_incomplete_hunk_style(IncompleteHunkStyle::Git);
    match options.merge_bytes(base, patched, upstream) {
        Ok(bytes) if bytes == upstream => Merge::TakenUpstream,
        Ok(bytes) => match parse_like(path, upstream, &bytes, package) {
            Ok(_) => Merge::Merged { bytes },
            Err(fault) => Merge::DoesNotParse { fault },
        },
        Err(marked) => Merge::Conflict { regions: regions(&marked, upstream, marker) },
    }
}

/// Longer than any run of marker characters in the texts, so that a marker is a marker.
fn marker_length(texts: [&[u8]; 3]) -> usize {
    let runs = texts
        .into_iter()
        .flat_map(|text| text.chunk_by(|a, b| a == b && b"<|=>".contains(a)).map(<[u8]>::len));
    runs.max().unwrap_or(0).max(6) + 1
}

fn regions(marked: &[u8], upstream: &[u8], marker: usize) -> Vec<Region> {
    let hay = lines(upstream);
    let is =
        |line: &[u8], byte: u8| line.len() > marker && line[..marker].iter().all(|&b| b == byte);
    let mut regions = Vec::new();
    let mut sides: [Vec<&[u8]>; 3] = Default::default();
    let mut side = None;
    let mut searched = 0;
    for line in lines(marked) {
        if is(line, b'<') {
            side = Some(0);
        } else if is(line, b'|') {
            side = Some(1);
        } else if is(line, b'=') {
            side = Some(2);
        } else if is(line, b'>') {
            let [patched, base, theirs] = std::mem::take(&mut sides);
            let found = find_all(&theirs, &hay[searched..]).first().map(|at| at + searched);
            searched = found.map_or(searched, |at| at + theirs.len());
            let text = |side: Vec<&[u8]>| side.into_iter().map(shown).collect();
            regions.push(Region {
                upstream_line: found.map(|at| at + 1).filter(|_| !theirs.is_empty()),
                base: text(base),
                patched: text(patched),
                upstream: text(theirs),
            });
            side = None;
        } else if let Some(side) = side {
            sides[side].push(line);
        }
    }
    regions
}
