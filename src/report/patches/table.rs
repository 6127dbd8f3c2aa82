//! The verdicts: a row a patch, a column for versions that are the same.

use crate::patch::{DerivedPatch, Group, ProbeResult, Verification};
use patch_engine::Verdict;

/// One row for the versions, one for how many they are, one for each patch.
pub(super) fn rows(verification: &Verification) -> Vec<Vec<String>> {
    let groups = &verification.groups;
    let ids = ids(groups);
    let mut header = vec![String::new()];
    let mut counts = vec![String::new()];
    // Groups in a row with the same targets and the same verdicts are one column.
    let same = |one: &Group, other: &Group| {
        let hashes = |group: &Group| -> Vec<_> {
            group.targets.iter().map(|t| (t.pristine.clone(), t.patched.clone())).collect()
        };
        hashes(one) == hashes(other) && ids.iter().all(|id| cell(one, id) == cell(other, id))
    };
    let columns: Vec<&[Group]> = groups.chunk_by(same).collect();
    for column in &columns {
        let versions: Vec<_> = column.iter().flat_map(|group| &group.versions).collect();
        header.push(versions.first().map(ToString::to_string).unwrap_or_default());
        counts.push(match versions.as_slice() {
            [_] => String::new(),
            [_, .., last] => format!("to {last} ({})", versions.len()),
            [] => String::new(),
        });
    }
    let mut rows = vec![header];
    if counts.iter().any(|count| !count.is_empty()) {
        rows.push(counts);
    }
    for id in &ids {
        let mut row = vec![id.clone()];
        row.extend(columns.iter().filter_map(|column| Some(cell(column.first()?, id))));
        rows.push(row);
    }
    rows
}

/// Patch ids in the order of the series.
pub(super) fn ids(groups: &[Group]) -> Vec<String> {
    let first = groups.iter().max_by_key(|group| patches(group).count());
    first.into_iter().flat_map(patches).map(|patch| patch.id.clone()).collect()
}

pub(super) fn patches(group: &Group) -> impl Iterator<Item = &DerivedPatch> {
    group.targets.iter().flat_map(|target| &target.patches)
}

pub(super) fn cell(group: &Group, id: &str) -> String {
    let Some(patch) = patches(group).find(|patch| patch.id == id) else { return "-".to_owned() };
    let mut cell = match patch.verdict {
        Verdict::Offset { by } => format!("offset {by:+}"),
        verdict => verdict.word().to_owned(),
    };
    let probe = group.probes.get(id);
    if probe.is_some_and(|p| [p.before, p.after].contains(&Some(ProbeResult::Unknown))) {
        cell.push_str(" ?");
    }
    cell
}
