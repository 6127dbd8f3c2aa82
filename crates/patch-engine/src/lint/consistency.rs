//! Whether the parts of a patch can all be true.

use std::collections::BTreeMap;

use super::super::{FaultKind, FilePatch, LineKind, Operation, PatchFile};
use super::reader::Reader;

/// No path twice.
pub(super) fn across_files(patch: &PatchFile, reader: &mut Reader<'_>) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &patch.files {
        for path in file.operation.paths() {
            if let Some(first) = seen.insert(path, file.line) {
                let expected = format!("all its hunks below line {first}");
                reader.fault(file.line, FaultKind::Repeated, format!("`{path}` again"), expected);
            }
        }
    }
}

/// The hunks of one file with its operation and with each other; `sound` says that their counts
/// are right, so that their order can be judged.
pub(super) fn of_file(file: &FilePatch, sound: bool, reader: &mut Reader<'_>) {
    let faults = reader.faults.len();
    match &file.operation {
        Operation::Create { .. } => one_sided(file, LineKind::Insert, reader),
        Operation::Delete { .. } => one_sided(file, LineKind::Delete, reader),
        Operation::Modify { .. } | Operation::Rename { .. } => {}
    }
    no_context(file, reader);
    markers(file, reader);
    if sound && reader.faults.len() == faults {
        order(file, reader);
    }
}

/// A file that is created has only `+` lines in one hunk, one that is deleted only `-` lines.
fn one_sided(file: &FilePatch, kind: LineKind, reader: &mut Reader<'_>) {
    let sign = kind.sign();
    for hunk in &file.hunks {
        let other = if kind == LineKind::Insert { hunk.old } else { hunk.new };
        let expected = format!("one hunk with only `{sign}` lines");
        if let Some(line) = hunk.lines.iter().find(|line| line.kind != kind) {
            let found = format!("a line that begins with `{}`", line.kind.sign());
            reader.fault(line.line, FaultKind::DevNull, found, expected);
        } else if hunk.number > 1 {
            reader.fault(hunk.line, FaultKind::DevNull, "a second hunk", expected);
        } else if other.start != 0 {
            let found = format!("line {} of a file that is not there", other.start);
            reader.fault(hunk.line, FaultKind::DevNull, found, "`0,0`");
        }
    }
}

/// Without context only an empty file can be meant.
fn no_context(file: &FilePatch, reader: &mut Reader<'_>) {
    if matches!(file.operation, Operation::Create { .. }) {
        return;
    }
    for hunk in file.hunks.iter().filter(|hunk| hunk.old.count == 0 && !hunk.lines.is_empty()) {
        if hunk.old.start > 0 || file.hunks.len() > 1 {
            let expected = "lines around it that say where";
            reader.fault(hunk.line, FaultKind::NoContext, "only `+` lines", expected);
        }
    }
}

/// Only the last hunk of a file can have its end.
fn markers(file: &FilePatch, reader: &mut Reader<'_>) {
    let Some((_, hunks)) = file.hunks.split_last() else { return };
    for line in hunks.iter().flat_map(|hunk| &hunk.lines) {
        if !line.text.ends_with('\n') {
            let found = "another hunk after it";
            reader.fault(line.line + 1, FaultKind::Marker, found, "the end of the file");
        }
    }
}

/// Ascending, disjoint, and each `+` start as far from its `-` start as the hunks before say.
fn order(file: &FilePatch, reader: &mut Reader<'_>) {
    let mut end = 0;
    let mut shift = 0;
    for hunk in &file.hunks {
        let (old, new) = (hunk.old.index(), hunk.new.index());
        if old < end {
            let before = &file.hunks[hunk.number.saturating_sub(2)];
            let kind =
                if old < before.old.index() { FaultKind::OutOfOrder } else { FaultKind::Overlap };
            let found = format!("line {}", hunk.old.start);
            let expected = format!("a line after {end}, where hunk {} ends", before.number);
            reader.fault(hunk.line, kind, found, expected);
            return;
        }
        if new as i64 - old as i64 != shift {
            let index = usize::try_from(old as i64 + shift).unwrap_or(0);
            let start = crate::LineRange::at(index, hunk.new.count).start;
            let found = format!("`-{}` and `+{}`", hunk.old.start, hunk.new.start);
            reader.fault(hunk.line, FaultKind::StartsDisagree, found, format!("`+{start}`"));
            return;
        }
        end = old + hunk.old.count;
        shift += hunk.new.count as i64 - hunk.old.count as i64;
    }
}
