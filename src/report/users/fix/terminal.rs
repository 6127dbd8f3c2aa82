//! A rewrite at a terminal: the diff first, as everybody reads it, then what explains it.

use super::proof::{
    Lists, UNPROVEN, attempt, compared, copied_from, longest, merged, times, verdict,
};
use super::{Fix, Proving};
use crate::report::sheet::{Sheet, TerminalStyle};
use crate::timing::{clean_line, clean_text};
use crate::ui::{Line, Role, count};

/// The diff and its explanation.
pub fn terminal(fix: &Fix, look: TerminalStyle) -> String {
    let mut sheet = Sheet::new(look);
    for line in fix.diff.lines() {
        let role = match line.as_bytes().first() {
            Some(b'+') => Role::Good,
            Some(b'-') => Role::Bad,
            Some(b'@') => Role::Accent,
            _ => Role::Plain,
        };
        sheet.whole(Line::new().with(role, clean_text(line)));
    }
    if !fix.diff.is_empty() {
        sheet.gap();
    }
    counts(&mut sheet, fix);
    let rows =
        fix.moves.iter().map(|m| format!("line {} to {}: {}: {}", m.line, m.to, m.label, m.reason));
    list(&mut sheet, "Moved", rows);
    list(&mut sheet, "Merged", fix.merged.iter().map(merged));
    let rows = fix.removed.iter().map(|gone| format!("line {}: {}", gone.line, gone.text));
    list(&mut sheet, "USER lines removed", rows);
    let rows = fix.left.iter().map(|left| format!("line {}: {}", left.line, left.text));
    list(&mut sheet, "Unchanged", rows);
    let rows = fix.not_tried.iter().map(|not| format!("line {}: {}", not.line, not.text));
    list(&mut sheet, "Not tried", rows);
    if let Some(proving) = &fix.proving {
        proof(&mut sheet, proving);
    }
    if fix.unproven {
        sheet.gap();
        sheet.hanging(Line::new().with(Role::Strong, "unproven: "), 2, UNPROVEN);
    }
    if let Some(path) = &fix.written {
        sheet.gap();
        sheet.line(Line::new().with(Role::Good, "wrote ").plain(clean_line(path)));
    }
    sheet.finish()
}

fn counts(sheet: &mut Sheet, fix: &Fix) {
    let Fix { before, after, strategy, .. } = fix;
    let name = Line::new().with(Role::Strong, clean_line(&fix.dockerfile));
    if fix.diff.is_empty() {
        // Of what was not tried, nobody knows whether it would change something.
        let nothing = if fix.not_tried.is_some() { "nothing changed" } else { "nothing to change" };
        let text = format!("{}, {nothing} ({strategy})", count(before.switches, "user switch"));
        return sheet.hanging(name.plain(": "), 2, &text);
    }
    sheet.line(name.plain(format!(" ({strategy})")));
    for (what, one, other) in [
        ("user switches", before.switches, after.switches),
        ("USER lines", before.user_lines, after.user_lines),
        ("RUN instructions", before.runs, after.runs),
    ] {
        let role = if other < one { Role::Good } else { Role::Plain };
        let line = Line::new().plain(sheet.signs(&format!("  {what:<22}{one:>4} → ")));
        sheet.line(line.with(role, other.to_string()));
    }
}

fn list(sheet: &mut Sheet, title: &str, rows: impl Iterator<Item = String>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        sheet.head(title);
    }
    for row in rows {
        sheet.hanging(Line::new().plain("  "), 6, &clean_line(&row));
    }
}

fn proof(sheet: &mut Sheet, proving: &Proving) {
    sheet.head(&format!("Proof, {}", count(proving.builds, "build")));
    for tried in &proving.attempts {
        sheet.hanging(Line::new().plain("  "), 6, &clean_line(&attempt(tried)));
    }
    let Some(proof) = &proving.proof else { return };
    let role = if proving.holds { Role::Good } else { Role::Bad };
    sheet.line(Line::new().plain("  ").with(role, verdict(proof)));
    sheet.hanging(Line::new().plain("  "), 6, &compared(proof));
    if let Some(limit) = copied_from(&proving.copied_from) {
        sheet.hanging(Line::new().plain("  "), 6, &clean_line(&limit));
    }
    for (title, rows, more) in Lists::of(proof).lists {
        let rest = (more > 0).then(|| format!("and {more} more"));
        list(sheet, title, rows.into_iter().chain(rest));
    }
    if let Some(times) = times(&proof.before, &proof.after) {
        sheet.head("Build time");
        sheet.hanging(Line::new().plain("  "), 6, &times);
        list(sheet, "Longest steps before", longest(&proof.before).into_iter());
        list(sheet, "Longest steps after", longest(&proof.after).into_iter());
    }
}
