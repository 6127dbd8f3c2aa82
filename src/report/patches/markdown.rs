//! A verification as a job summary.

use std::fmt::Write;

use super::table::rows;
use super::words::{clean, missing_list, span, summary};
use crate::patch::{Difference, Verification};
use crate::report::escape;
use crate::timing::clean_line;

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
        let Difference { versions, what, expected, found, .. } = clean(difference);
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
