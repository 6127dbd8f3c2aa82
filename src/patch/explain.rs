//! What the engine says about a patch, in lines for people: where it goes, or why it goes nowhere.

use patch_engine::{Evidence, Fault, FileOutcome, Outcome, Region, Verdict};

/// Lines shown of one side; the evidence itself has more.
const SHOWN: usize = 12;

/// Every fault with its line, its hint under it once.
pub fn faults(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

/// A verdict with its evidence.
pub fn outcome(outcome: &Outcome) -> Vec<String> {
    let mut lines = faults(&outcome.faults);
    lines.extend(outcome.files.iter().flat_map(file));
    lines
}

/// The verdict in a word, with the distance for `offset`.
pub fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Offset { by } => format!("offset {by:+}"),
        other => other.word().to_owned(),
    }
}

/// A text with nothing in it that a terminal obeys: what packages and patches hold is for looking at.
/// Lines and tabs stay; other control characters, and those that turn the direction of writing, are
/// shown as escapes.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\u{061C}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' => out.extend(c.escape_unicode()),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

fn file(file: &FileOutcome) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", file.path, word(file.verdict))];
    if file.verdict.is_clean() && !file.places.is_empty() {
        let places: Vec<String> = file.places.iter().map(|p| p.line.to_string()).collect();
        lines[0] += &format!(", at line {}", places.join(", "));
    }
    lines.extend(file.parse.iter().map(|fault| format!("  {fault}")));
    lines.extend(file.evidence.iter().flat_map(evidence).map(|line| format!("  {line}")));
    lines
}

/// One finding: hunk, reason, places, then the lines expected and found.
pub fn evidence(evidence: &Evidence) -> Vec<String> {
    let hunk = evidence.hunk.map(|hunk| format!("hunk {hunk} ")).unwrap_or_default();
    let mut head =
        format!("{hunk}(line {} of the patch): {}", evidence.patch_line, evidence.reason);
    if !evidence.matches.is_empty() {
        let lines: Vec<String> = evidence.matches.iter().map(ToString::to_string).collect();
        head += &format!(": {} times, at line {}", evidence.match_count, lines.join(", "));
    }
    let mut lines = vec![head];
    if let Some(nearest) = evidence.nearest {
        lines.push(format!(
            "nearest is line {}: {} of {} lines are equal, line {} is the first that differs",
            nearest.line, nearest.equal, nearest.of, nearest.differs
        ));
        // Only the lines that differ say something.
        let pairs = evidence.expected.iter().zip(&evidence.found);
        let differing = pairs.filter(|(expected, found)| expected != found).take(SHOWN);
        for (expected, found) in differing {
            lines.push(format!("  expected: {}", expected.trim_end()));
            lines.push(format!("  found:    {}", found.trim_end()));
        }
    }
    lines
}

/// Lines that both the patch and upstream changed.
pub fn region(region: &Region) -> Vec<String> {
    let at = region.upstream_line.map_or("at a place that upstream removed".to_owned(), |line| {
        format!("at line {line} of upstream")
    });
    let mut lines = vec![format!("both changed the same lines, {at}")];
    for (side, texts) in [
        ("base:    ", &region.base),
        ("patched: ", &region.patched),
        ("upstream:", &region.upstream),
    ] {
        lines.extend(texts.iter().take(SHOWN).map(|text| format!("  {side} {}", text.trim_end())));
        if texts.len() > SHOWN {
            lines.push(format!("  {side} … {} more", texts.len() - SHOWN));
        }
    }
    lines
}

/// The difference of two texts, as a unified diff; nothing where there is none.
pub fn difference(old_name: &str, new_name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    diffy::DiffOptions::new()
        .set_original_filename(old_name.to_owned())
        .set_modified_filename(new_name.to_owned())
        .create_patch(old, new)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let text = "a\tb\r\n\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{200b}é\n";
        let shown = visible(text);
        assert_eq!(shown, "a\tb\\r\n\\u{1b}[2J\\u{9b}31m\\u{7f}\\u{202e}\\u{200b}é\n");
        assert_eq!(visible(&shown), shown);
    }
}
