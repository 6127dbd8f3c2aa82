//! A rewrite for a pull request.

use std::fmt::Write;

use super::proof::{Lists, UNPROVEN, attempt, compared, copied_from, merged, times, verdict};
use super::{Fix, Proving};
use crate::report::escape::markdown as text;
use crate::timing::{clean_line, clean_text};
use crate::ui::count;

/// Counts, moves, what was left, the proof, and the diff folded in.
pub fn markdown(fix: &Fix) -> String {
    let mut out = String::new();
    let name = text(&clean_line(&fix.dockerfile));
    let _ = writeln!(out, "### Users of {name}\n");
    let _ = writeln!(out, "| {} | before | after |\n|---|--:|--:|", fix.strategy);
    let (before, after) = (fix.before, fix.after);
    for (what, one, other) in [
        ("user switches", before.switches, after.switches),
        ("`USER` lines", before.user_lines, after.user_lines),
        ("RUN instructions", before.runs, after.runs),
    ] {
        let _ = writeln!(out, "| {what} | {one} | {other} |");
    }
    let moves =
        fix.moves.iter().map(|m| format!("line {} to {}: {}: {}", m.line, m.to, m.label, m.reason));
    list(&mut out, "Moved", moves);
    list(&mut out, "Merged", fix.merged.iter().map(merged));
    let gone = fix.removed.iter().map(|gone| format!("line {}: {}", gone.line, gone.text));
    list(&mut out, "`USER` lines removed", gone);
    let left = fix.left.iter().map(|left| format!("line {}: {}", left.line, left.text));
    list(&mut out, "Unchanged", left);
    let rows = fix.not_tried.iter().map(|not| format!("line {}: {}", not.line, not.text));
    list(&mut out, "Not tried", rows);
    if let Some(proving) = &fix.proving {
        proof(&mut out, proving);
    }
    if fix.unproven {
        let _ = writeln!(out, "\n**Unproven:** {UNPROVEN}");
    }
    if !fix.diff.is_empty() {
        // Four backticks: the diff may hold three.
        let diff = clean_text(&fix.diff).replace("````", "```");
        let _ = writeln!(
            out,
            "\n<details><summary>Diff</summary>\n\n````diff\n{}\n````\n\n</details>",
            diff.trim_end()
        );
    }
    out
}

fn proof(out: &mut String, proving: &Proving) {
    let head = match &proving.proof {
        Some(proof) => verdict(proof),
        None => "nothing was compared",
    };
    let _ = writeln!(out, "\n**Proof: {head}** ({})", count(proving.builds, "build"));
    list(out, "Tried", proving.attempts.iter().map(attempt));
    let Some(proof) = &proving.proof else { return };
    let _ = writeln!(out, "\n{}.", text(&compared(proof)));
    if let Some(limit) = copied_from(&proving.copied_from) {
        let _ = writeln!(out, "\n{}.", text(&clean_line(&limit)));
    }
    if let Some(times) = times(&proof.before, &proof.after) {
        let _ = writeln!(out, "\nBuild time: {times}.");
    }
    for (title, rows, more) in Lists::of(proof).lists {
        let rest = (more > 0).then(|| format!("and {more} more"));
        list(out, title, rows.into_iter().chain(rest));
    }
}

fn list(out: &mut String, title: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n**{title}**\n");
    for row in rows {
        let _ = writeln!(out, "- {}", text(&clean_line(&row)));
    }
}
