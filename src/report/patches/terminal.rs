//! A verification at a terminal.

use std::fmt::Write;

use super::table::{patches, rows};
use super::words::{clean, missing_list, span, summary, versions};
use crate::patch::{Difference, Verification};
use crate::timing::clean_line;

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

pub(super) fn write_differences(
    out: &mut String,
    differences: &[Difference],
    next: impl Fn(&Difference) -> String,
) {
    for difference in differences {
        let Difference { versions, what, expected, found, .. } = clean(difference);
        let _ = writeln!(
            out,
            "x {what} in {}\n  expected {expected}\n  found    {found}\n  next     {}",
            span(&versions),
            clean_line(&next(difference))
        );
    }
}
