//! A verification of patches, for people and for programs.

use std::fmt::Write;

use super::escape;
use crate::patch::engine::Verdict;
use crate::patch::{DerivedPatch, Difference, Group, ProbeResult, Verification};

/// A table, what has no target, and what does not hold.
pub fn terminal(verification: &Verification) -> String {
    let mut out = String::new();
    let Verification { package, groups, missing, differences, .. } = verification;
    let with: usize = groups.iter().map(|group| group.versions.len()).sum();
    let _ = writeln!(
        out,
        "{package}: {} with a target, {} distinct, {} without\n",
        versions(with),
        groups.len(),
        versions(missing.len())
    );
    let rows = rows(verification);
    let widths: Vec<usize> = (0..=groups.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
    if !missing.is_empty() {
        let _ = writeln!(out, "\nno target: {}", missing_list(verification));
    }
    let _ = writeln!(out);
    for difference in differences {
        let _ = writeln!(
            out,
            "x {} in {}\n  expected {}\n  found    {}",
            difference.what,
            span(&difference.versions),
            difference.expected,
            difference.found
        );
    }
    let _ = writeln!(out, "{}", summary(verification));
    out
}

/// One row for the versions, one for how many they are, one for each patch.
fn rows(verification: &Verification) -> Vec<Vec<String>> {
    let groups = &verification.groups;
    let mut header = vec![String::new()];
    let mut counts = vec![String::new()];
    for group in groups {
        header.push(group.versions.first().map(ToString::to_string).unwrap_or_default());
        counts.push(match group.versions.as_slice() {
            [_] => String::new(),
            [_, .., last] => format!("to {last} ({})", group.versions.len()),
            [] => String::new(),
        });
    }
    let mut rows = vec![header, counts];
    for id in ids(groups) {
        let mut row = vec![id.clone()];
        row.extend(groups.iter().map(|group| cell(group, &id)));
        rows.push(row);
    }
    rows
}

/// Patch ids in the order of the series.
fn ids(groups: &[Group]) -> Vec<String> {
    let first = groups.iter().max_by_key(|group| patches(group).count());
    first.into_iter().flat_map(patches).map(|patch| patch.id.clone()).collect()
}

fn patches(group: &Group) -> impl Iterator<Item = &DerivedPatch> {
    group.targets.iter().flat_map(|target| &target.patches)
}

fn cell(group: &Group, id: &str) -> String {
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

fn versions(count: usize) -> String {
    if count == 1 { "1 version".to_owned() } else { format!("{count} versions") }
}

fn span(versions: &[String]) -> String {
    match versions {
        [] => "no version".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} to {last} ({})", versions.len()),
    }
}

fn missing_list(verification: &Verification) -> String {
    let texts: Vec<String> = verification.missing.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => String::new(),
        few if few.len() <= 6 => few.join(", "),
        [first, second, .., last] => format!("{first}, {second}, … {last} ({})", texts.len()),
        _ => texts.join(", "),
    }
}

fn summary(verification: &Verification) -> String {
    let unknown = verification.groups.iter().flat_map(|group| group.probes.values());
    let unknown = unknown
        .filter(|p| [p.before, p.after].contains(&Some(ProbeResult::Unknown)))
        .count();
    let probes = match (verification.probed, unknown) {
        (false, _) => "probes were not run",
        (true, 0) => "every probe failed before and passes after, or shows that nothing is needed",
        (true, _) => "probes marked ? could not judge",
    };
    match verification.differences.len() {
        0 => format!("verified; {probes}"),
        1 => format!("not verified: 1 difference; {probes}"),
        more => format!("not verified: {more} differences; {probes}"),
    }
}

/// `mad.verification/1`.
pub fn json(verification: &Verification) -> String {
    format!("{}\n", serde_json::to_string_pretty(verification).expect("facts are plain data"))
}

/// A job summary.
pub fn markdown(verification: &Verification) -> String {
    let mut out = format!("## Patches of {}\n\n", escape::markdown(&verification.package));
    let rows = rows(verification);
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| escape::markdown(cell)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
        if index == 0 {
            let _ = writeln!(out, "|{}", "---|".repeat(row.len()));
        }
    }
    if !verification.missing.is_empty() {
        let _ = writeln!(out, "\nNo target: {}", escape::markdown(&missing_list(verification)));
    }
    let _ = writeln!(out);
    for Difference { versions, what, expected, found } in &verification.differences {
        let _ = writeln!(
            out,
            "- **{}** in {}: expected {}, found {}",
            escape::markdown(what),
            escape::markdown(&span(versions)),
            escape::markdown(expected),
            escape::markdown(found)
        );
    }
    let _ = writeln!(out, "\n{}", escape::markdown(&summary(verification)));
    out
}

/// A case for each patch on each target; differences are its failures.
pub fn junit(verification: &Verification) -> String {
    let mut cases = String::new();
    let (mut count, mut failures) = (0, 0);
    for group in &verification.groups {
        let names: Vec<String> = group.versions.iter().map(ToString::to_string).collect();
        for patch in patches(group) {
            count += 1;
            let failed: Vec<&Difference> = verification
                .differences
                .iter()
                .filter(|d| d.what == patch.id && d.versions == names)
                .collect();
            let head = format!(
                "<testcase classname=\"{}\" name=\"{} in {}\"",
                escape::xml(&verification.package),
                escape::xml(&patch.id),
                escape::xml(&span(&names))
            );
            if failed.is_empty() {
                let _ = writeln!(cases, "    {head}/>");
                continue;
            }
            failures += 1;
            let _ = writeln!(cases, "    {head}>");
            for difference in failed {
                let _ = writeln!(
                    cases,
                    "      <failure message=\"{}\">expected {}</failure>",
                    escape::xml(&difference.found),
                    escape::xml(&difference.expected)
                );
            }
            let _ = writeln!(cases, "    </testcase>");
        }
    }
    let others: Vec<&Difference> = verification
        .differences
        .iter()
        .filter(|d| !ids(&verification.groups).contains(&d.what))
        .collect();
    for difference in others {
        count += 1;
        failures += 1;
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{}\" name=\"{} in {}\"><failure message=\"{}\">expected {}</failure></testcase>",
            escape::xml(&verification.package),
            escape::xml(&difference.what),
            escape::xml(&span(&difference.versions)),
            escape::xml(&difference.found),
            escape::xml(&difference.expected)
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"mad patch verify\" tests=\"{count}\" failures=\"{failures}\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

/// Annotations on the patch files at fault.
pub fn github(verification: &Verification) -> String {
    let mut out = String::new();
    for difference in &verification.differences {
        let file = verification
            .groups
            .iter()
            .flat_map(patches)
            .filter(|patch| patch.id == difference.what)
            .find_map(|patch| patch.file.clone())
            .unwrap_or_else(|| "series.yaml".to_owned());
        let message = format!(
            "{} in {}: expected {}, found {}",
            difference.what,
            span(&difference.versions),
            difference.expected,
            difference.found
        );
        let _ = writeln!(
            out,
            "::error file=patches/{}/{file}::{}",
            verification.series,
            escape::github(&message)
        );
    }
    if verification.differences.is_empty() {
        let _ = writeln!(out, "::notice::{}", escape::github(&summary(verification)));
    }
    out
}
