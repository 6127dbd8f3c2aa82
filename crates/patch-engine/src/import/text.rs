//! The text of a mended patch: only the lines that were wrong are written anew.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Fault, FaultKind, PatchFile};
use super::{Repair, header_of};

/// What to do with CRLF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endings {
    /// Nothing.
    AsTheyAre,
    /// The whole patch was converted: back to LF.
    AllLf,
    /// The lines are for a file with CRLF; only the headers go to LF.
    HeadersLf,
}

/// The lines of the files as `endings` has them.
pub(super) fn convert(patch: &mut PatchFile, endings: Endings) {
    if endings != Endings::AllLf {
        return;
    }
    let hunks = patch.files.iter_mut().flat_map(|file| &mut file.hunks);
    for line in hunks.flat_map(|hunk| &mut hunk.lines) {
        line.text = to_lf(&line.text);
    }
}

/// The patch file with the headers of `mended`, and what changed.
pub(super) fn mend(
    patch: &[u8],
    mended: &PatchFile,
    faults: &[Fault],
    endings: Endings,
) -> (String, Vec<Repair>) {
    let patch = String::from_utf8_lossy(patch);
    let headers = headers(mended, faults);
    let lines = mended.files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.lines);
    let bodies: BTreeSet<usize> = lines.map(|line| line.line).collect();
    let mut text = String::with_capacity(patch.len() + 1);
    let mut repairs = Vec::new();
    for (index, before) in patch.split_inclusive('\n').enumerate() {
        let number = index + 1;
        let keep = match endings {
            Endings::AsTheyAre => true,
            Endings::AllLf => false,
            Endings::HeadersLf => bodies.contains(&number),
        };
        let mut after = if keep { before.to_owned() } else { to_lf(before) };
        if let Some(header) = headers.get(&number) {
            let ending = if after.ends_with("\r\n") { "\r\n" } else { "\n" };
            after = format!("{header}{ending}");
        }
        if !after.ends_with('\n') {
            after.push('\n');
        }
        // Line endings are told once, at the first header.
        let told = |fault: &&Fault| fault.line == number;
        let kinds: Vec<FaultKind> = faults.iter().filter(told).map(|fault| fault.kind).collect();
        if to_lf(&after) != to_lf(before) || !kinds.is_empty() {
            repairs.push(Repair {
                line: number,
                faults: kinds,
                from: before.to_owned(),
                to: after.clone(),
            });
        }
        text += &after;
    }
    (text, repairs)
}

/// Header lines as they should be, by line.
fn headers(mended: &PatchFile, faults: &[Fault]) -> BTreeMap<usize, String> {
    let hunks = mended.files.iter().flat_map(|file| &file.hunks);
    let mut headers: BTreeMap<usize, String> =
        hunks.map(|hunk| (hunk.line, header_of(hunk))).collect();
    for fault in faults.iter().filter(|fault| fault.kind == FaultKind::NamePrefix) {
        let name = fault.expected.trim_matches('`');
        let sign = if name.starts_with("a/") { "---" } else { "+++" };
        headers.insert(fault.line, format!("{sign} {name}"));
    }
    headers
}

fn to_lf(text: &str) -> String {
    match text.strip_suffix("\r\n") {
        Some(text) => format!("{text}\n"),
        None => text.to_owned(),
    }
}
