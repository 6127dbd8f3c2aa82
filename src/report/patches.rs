//! A verification of patches, for people and for programs.

use std::fmt::Write;

use super::escape;
use crate::patch::{DerivedPatch, Difference, Group, ImageVerification, ProbeResult, Verification};
use crate::timing::clean_line;
use patch_engine::Verdict;

/// A table, what has no target, and what does not hold.
pub fn terminal(verification: &Verification) -> String {
    let mut out = String::new();
    let Verification { package, groups, missing, differences, .. } = verification;
    let with: usize = groups.iter().map(|group| group.versions.len()).sum();
    let _ = writeln!(
        out,
        "{}: {} with a target, {} distinct, {} without\n",
        clean_line(package),
        versions(with),
        groups.len(),
        versions(missing.len())
    );
    let rows = rows(verification);
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
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
    write_differences(&mut out, differences, |difference| verification.next(difference));
    for group in groups {
        for patch in patches(group).filter(|patch| patch.optional && !patch.is_good()) {
            let versions: Vec<String> = group.versions.iter().map(ToString::to_string).collect();
            let _ = writeln!(
                out,
                "warning: the optional patch {} is skipped in {}: {}",
                patch.id,
                span(&versions),
                patch.verdict.word()
            );
        }
    }
    let _ = writeln!(out, "{}", summary(verification));
    out
}

/// One row for the versions, one for how many they are, one for each patch.
fn rows(verification: &Verification) -> Vec<Vec<String>> {
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
    crate::ui::count(count, "version")
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
    let unknown =
        unknown.filter(|p| [p.before, p.after].contains(&Some(ProbeResult::Unknown))).count();
    let pairs = verification.groups.iter().flat_map(|group| group.probes.values());
    let failing = pairs.filter(|pair| pair.after == Some(ProbeResult::Fails)).count();
    let probes = match (verification.probed, unknown, failing) {
        (false, ..) => "probes were not run".to_owned(),
        (true, 0, 0) if verification.groups.is_empty() => "there was nothing to probe".to_owned(),
        (true, 0, 0) if verification.is_good() => {
            "every probe fails without its patch and passes with it, or shows that none is needed"
                .to_owned()
        }
        (true, 0, 0) => "no probe fails after".to_owned(),
        (true, 0, 1) => "1 probe fails after".to_owned(),
        (true, 0, more) => format!("{more} probes fail after"),
        (true, ..) => "probes marked ? could not judge".to_owned(),
    };
    match verification.differences.len() {
        // The word is for what was tried.
        0 if verification.groups.is_empty() => {
            "nothing to verify: no version has a target, as matrix.lock expects".to_owned()
        }
        0 => format!("verified; {probes}"),
        1 => format!("not verified: 1 difference; {probes}"),
        more => format!("not verified: {more} differences; {probes}"),
    }
}

/// `mad.verification/2`, `mad.image-verification/1`.
pub fn json(verification: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(verification).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}

/// What an image has, line by line.
pub fn image_terminal(verification: &ImageVerification) -> String {
    let ImageVerification { image, package, version, targets, probes, differences, .. } =
        verification;
    let named = format!("{image}: {package} {version}");
    let mut out = format!("{}\n", clean_line(&named));
    for target in targets {
        let found = target.found.as_deref().unwrap_or("missing");
        let _ = writeln!(out, "  {}  sha256 {found}", target.path);
    }
    for run in probes {
        let result = match run.result {
            ProbeResult::Passes => "passes",
            ProbeResult::Fails => "FAILS",
            ProbeResult::Unknown => "cannot judge",
        };
        let _ = writeln!(out, "  probe {:<28} {result}", run.patch);
    }
    write_differences(&mut out, differences, |_| "build the image anew: mad build".to_owned());
    let verdict = if differences.is_empty() { "verified" } else { "not verified" };
    let _ = writeln!(out, "{verdict}; {} probes run in the image", probes.len());
    out
}

/// On one line each, with nothing that a terminal obeys: probes and files say what they like.
fn clean(difference: &Difference) -> Difference {
    Difference {
        versions: difference.versions.iter().map(|version| clean_line(version)).collect(),
        what: clean_line(&difference.what),
        expected: clean_line(&difference.expected),
        found: clean_line(&difference.found),
    }
}

fn write_differences(
    out: &mut String,
    differences: &[Difference],
    next: impl Fn(&Difference) -> String,
) {
    for difference in differences {
        let Difference { versions, what, expected, found } = clean(difference);
        let _ = writeln!(
            out,
            "x {what} in {}\n  expected {expected}\n  found    {found}\n  next     {}",
            span(&versions),
            clean_line(&next(difference))
        );
    }
}

/// A job summary.
pub fn markdown(verification: &Verification) -> String {
    let mut out =
        format!("## Patches of {}\n\n", escape::markdown(&clean_line(&verification.package)));
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
    for difference in &verification.differences {
        let Difference { versions, what, expected, found } = clean(difference);
        let _ = writeln!(
            out,
            "- **{}** in {}: expected {}, found {}; next: {}",
            escape::markdown(&what),
            escape::markdown(&span(&versions)),
            escape::markdown(&expected),
            escape::markdown(&found),
            escape::markdown(&clean_line(&verification.next(difference)))
        );
    }
    let _ = writeln!(out, "\n{}", escape::markdown(&summary(verification)));
    out
}

/// A case for each patch on each target; differences are its failures.
pub fn junit(verification: &Verification) -> String {
    let mut cases = String::new();
    let (mut count, mut failures) = (0, 0);
    let mut others: Vec<&Difference> = verification.differences.iter().collect();
    for group in &verification.groups {
        let names: Vec<String> = group.versions.iter().map(ToString::to_string).collect();
        for patch in patches(group) {
            count += 1;
            let failed: Vec<&Difference> = verification
                .differences
                .iter()
                .filter(|d| d.what == patch.id && d.versions == names)
                .collect();
            others.retain(|difference| !failed.contains(difference));
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
            for difference in failed.into_iter().map(clean) {
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
    for difference in others.into_iter().map(clean) {
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
        let difference = clean(difference);
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
            escape::github_property(&verification.series),
            escape::github(&message)
        );
    }
    if verification.differences.is_empty() {
        let _ = writeln!(out, "::notice::{}", escape::github(&summary(verification)));
    }
    out
}

#[cfg(test)]
mod tests;
