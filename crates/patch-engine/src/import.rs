//! Someone's patch file: what is wrong with it, mended where a base file proves the mending.
//!
//! Mended are counts, starts, the newline at the end, headers in CRLF and names in the spelling of other
//! tools: faults of the envelope. The proof: every hunk, mended, stands in the base in one place only, and
//! the mended text reads back without fault and does the same. What lines mean is never mended.

mod names;
mod text;

use serde::Serialize;
use thiserror::Error;

use super::lint::{self, format_header};
use super::{
    Fault, FaultKind, LineKind, LineRange, Operation, Outcome, PatchFile, Tree, Verdict, apply,
};
use text::Endings;

/// A patch file that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The mended patch; the same bytes where nothing was to mend.
    pub text: String,
    /// By line.
    pub repairs: Vec<Repair>,
    /// The mended patch against the base: exact.
    pub outcome: Outcome,
}

/// One line that was mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// In the patch file, from 1.
    pub line: usize,
    /// What was wrong; nothing where a hunk was only moved to its place in the base.
    pub faults: Vec<FaultKind>,
    /// The line before.
    pub from: String,
    /// The line after.
    pub to: String,
}

/// Why a patch file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Refusal {
    /// It has faults that nothing can prove mended.
    #[error("{} that cannot be repaired", plural(.faults.len()))]
    Unmendable {
        /// Those.
        faults: Vec<Fault>,
    },
    /// Mended, it does not stand in the base, or in several places, or is in it already.
    #[error("repaired, but the patch does not prove on the base: {}", .outcome.verdict.word())]
    Unproven {
        /// The faults that were mended.
        faults: Vec<Fault>,
        /// What the base says to the mended patch.
        outcome: Box<Outcome>,
    },
    /// It ends in the middle of a hunk: lines are missing that nothing can bring back.
    #[error(
        "line {line}: the patch is cut off: found {found} lines of the hunk, expected {expected}"
    )]
    CutOff {
        /// The last line.
        line: usize,
        /// Lines of the last hunk that are there, on the side that misses most.
        found: usize,
        /// Lines that its header states.
        expected: usize,
    },
}

fn plural(count: usize) -> String {
    if count == 1 { "a fault".to_owned() } else { format!("{count} faults") }
}

const MENDABLE: [FaultKind; 8] = [
    FaultKind::MissingFinalNewline,
    FaultKind::CrlfHeaders,
    FaultKind::OldCountTooBig,
    FaultKind::OldCountTooSmall,
    FaultKind::NewCountTooBig,
    FaultKind::NewCountTooSmall,
    FaultKind::StartsDisagree,
    FaultKind::NamePrefix,
];

/// Mends a patch file and proves it with the files that it is for.
///
/// # Errors
///
/// What cannot be mended, or is not proven by `base`.
pub fn import(patch: &[u8], base: &Tree) -> Result<Import, Refusal> {
    let refusal = match as_spelled(patch, base) {
        Ok(import) => return Ok(import),
        Err(refusal) => refusal,
    };
    let tried = names::spellings(patch, base);
    let mut fits = tried.iter().filter_map(|spelled| {
        let import = as_spelled(spelled.as_bytes(), base).ok()?;
        Some(respelled(patch, spelled, import))
    });
    match (fits.next(), fits.next()) {
        (Some(import), None) => Ok(import),
        // One file is meant and its hunks do not fit: that is what there is to say.
        (None, _) if tried.len() == 1 => as_spelled(tried[0].as_bytes(), base),
        // In several places nothing is proven.
        _ => Err(refusal),
    }
}

/// The import of a patch with other names, told as one of the patch itself.
fn respelled(patch: &[u8], spelled: &str, import: Import) -> Import {
    let old = String::from_utf8_lossy(patch);
    let pairs = old.split_inclusive('\n').zip(spelled.split_inclusive('\n')).enumerate();
    let renamed = pairs.filter(|(_, (from, to))| from != to);
    let mut repairs: Vec<Repair> = renamed
        .map(|(index, (from, to))| Repair {
            line: index + 1,
            faults: vec![FaultKind::NamePrefix],
            from: from.to_owned(),
            to: to.to_owned(),
        })
        .collect();
    repairs.extend(import.repairs);
    repairs.sort_by_key(|repair| repair.line);
    Import { repairs, ..import }
}

/// The files that the names of a patch may stand for, in another tool's spelling.
pub fn candidates(patch: &[u8]) -> std::collections::BTreeSet<String> {
    names::candidates(patch)
}

fn as_spelled(patch: &[u8], base: &Tree) -> Result<Import, Refusal> {
    let draft = lint::draft(patch);
    let unmendable = |fault: &&Fault| !MENDABLE.contains(&fault.kind);
    let faults: Vec<Fault> = draft.faults.iter().filter(unmendable).cloned().collect();
    if !faults.is_empty() {
        return Err(Refusal::Unmendable { faults });
    }
    let faults = draft.faults;
    let converted = faults.iter().any(|fault| fault.kind == FaultKind::CrlfHeaders);
    let endings: &[Endings] =
        if converted { &[Endings::AllLf, Endings::HeadersLf] } else { &[Endings::AsTheyAre] };
    let mut unproven = None;
    for &endings in endings {
        let mut candidate = draft.patch.clone();
        text::convert(&mut candidate, endings);
        place(&mut candidate, None);
        let outcome = apply(&candidate, base);
        if !matches!(outcome.verdict, Verdict::Exact | Verdict::Offset { .. }) {
            unproven.get_or_insert(outcome);
            continue;
        }
        cut_off(&draft.patch, &faults, &candidate, &outcome, base)?;
        place(&mut candidate, Some(&outcome));
        return proven(patch, &candidate, faults, endings, &outcome, base);
    }
    // There was at least one candidate, or this would have returned.
    let outcome = unproven.unwrap_or_else(|| Outcome::malformed(faults.clone()));
    Err(Refusal::Unproven { faults, outcome: Box::new(outcome) })
}

/// Starts that agree: with each other, and with the places in the base once they are known.
fn place(patch: &mut PatchFile, outcome: Option<&Outcome>) {
    for (index, file) in patch.files.iter_mut().enumerate() {
        let found = outcome.map(|outcome| &outcome.files[index].places);
        let mut shift = 0;
        for (number, hunk) in file.hunks.iter_mut().enumerate() {
            let place = found.and_then(|places| places.get(number));
            let at = place.map_or(hunk.old.index(), |place| place.line.saturating_sub(1));
            hunk.old = LineRange::at(at, hunk.old.count);
            let new = usize::try_from(at as i64 + shift).unwrap_or(0);
            hunk.new = LineRange::at(new, hunk.new.count);
            shift += hunk.new.count as i64 - hunk.old.count as i64;
        }
    }
}

/// The mended text, read back and applied.
fn proven(
    patch: &[u8],
    candidate: &PatchFile,
    faults: Vec<Fault>,
    endings: Endings,
    expected: &Outcome,
    base: &Tree,
) -> Result<Import, Refusal> {
    let (text, repairs) = text::mend(patch, candidate, &faults, endings);
    let outcome = super::apply_text(text.as_bytes(), base);
    if outcome.verdict == Verdict::Exact && outcome.tree == expected.tree {
        Ok(Import { text, repairs, outcome })
    } else {
        Err(Refusal::Unproven { faults, outcome: Box::new(outcome) })
    }
}

/// A last hunk with fewer lines than it states, no newline behind it, and a change as its last line
/// where the base goes on: diff tools write context there, so something is missing.
fn cut_off(
    stated: &PatchFile,
    faults: &[Fault],
    patch: &PatchFile,
    outcome: &Outcome,
    base: &Tree,
) -> Result<(), Refusal> {
    let has = |kind, line| faults.iter().any(|f| f.kind == kind && line == Some(f.line));
    let Some(hunk) = stated.files.last().and_then(|file| file.hunks.last()) else { return Ok(()) };
    let Some(last) = hunk.lines.last() else { return Ok(()) };
    let short = has(FaultKind::OldCountTooBig, Some(hunk.line))
        || has(FaultKind::NewCountTooBig, Some(hunk.line));
    let open = has(FaultKind::MissingFinalNewline, Some(last.line));
    let Some((Operation::Modify { path }, places)) = patch
        .files
        .last()
        .map(|file| &file.operation)
        .zip(outcome.files.last().map(|file| &file.places))
    else {
        return Ok(());
    };
    let length = base.get(path).map_or(0, |state| super::line::lines(&state.bytes).len());
    let end = places.last().map_or(0, |place| place.line.saturating_sub(1)) + hunk.old.count;
    if short && open && last.kind != LineKind::Context && end < length {
        let header = faults.iter().filter(|fault| fault.line == hunk.line);
        let stated = header.filter_map(|fault| {
            let count = fault.found.trim_matches('`').split_once(',')?.1;
            count.parse::<usize>().ok()
        });
        let found = hunk.lines.len();
        let expected = stated.max().unwrap_or(0);
        return Err(Refusal::CutOff { line: last.line, found, expected });
    }
    Ok(())
}

pub(super) fn header_of(hunk: &super::Hunk) -> String {
    format_header(hunk.old, hunk.new, &hunk.section)
}

/// The files that a patch names, whatever its faults: what to fetch before [`import`].
pub fn paths(patch: &[u8]) -> std::collections::BTreeSet<String> {
    let files = lint::draft(patch).patch.files;
    files.iter().flat_map(|file| file.operation.paths()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileState;

    const HUNK: &str =
        "@@ -1,3 +1,3 @@\n export function f(x) {\n-  return x;\n+  return x + 1;\n }\n";

    fn base(paths: &[&str]) -> Tree {
        let file = || FileState::regular(b"export function f(x) {\n  return x;\n}\n".to_vec());
        paths.iter().map(|path| ((*path).to_owned(), file())).collect()
    }

    #[test]
    fn names_in_the_spelling_of_other_tools_are_mended() {
        let tree = base(&["dist/f.js"]);
        for (old, new, git) in [
            ("a/dist/f.js", "b/dist/f.js", true),
            ("dist/f.js", "dist/f.js", false),
            ("dist/f.js", "dist/f.js", true),
            ("i/dist/f.js", "w/dist/f.js", true),
            ("pkg.orig/dist/f.js", "pkg/dist/f.js", false),
            ("dist/f.js.orig", "dist/f.js", false),
            ("./dist/f.js~", "./dist/f.js", false),
            ("a/node_modules/p/dist/f.js", "b/node_modules/p/dist/f.js", true),
            ("a/node_modules/@s/p/dist/f.js", "b/node_modules/@s/p/dist/f.js", true),
            ("x/y/z/dist/f.js\t2026-01-01", "x/y/z/dist/f.js\t2026-01-02", false),
        ] {
            let git = if git { format!("diff --git {old} {new}\n") } else { String::new() };
            for mark in ["", "\u{feff}"] {
                let patch = format!("{mark}{git}--- {old}\n+++ {new}\n{HUNK}");
                let import =
                    import(patch.as_bytes(), &tree).unwrap_or_else(|r| panic!("{patch}{r}"));
                assert!(import.text.contains("--- a/dist/f.js"), "{}", import.text);
                assert!(candidates(patch.as_bytes()).contains("dist/f.js"));
            }
        }
        for (old, new) in [("/tmp/dist/f.js", "/tmp/dist/f.js"), ("../dist/f.js", "../dist/f.js")] {
            let patch = format!("--- {old}\n+++ {new}\n{HUNK}");
            assert!(import(patch.as_bytes(), &tree).is_err(), "{patch}");
        }
        // Which of two files is meant, nobody can tell.
        let two = base(&["dist/f.js", "f.js"]);
        let patch = format!("--- x/dist/f.js\n+++ x/dist/f.js\n{HUNK}");
        assert!(import(patch.as_bytes(), &two).is_err());
    }
}
