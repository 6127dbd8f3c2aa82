//! What upstream changed around the hunks of a patch, between a version that it fits and another.

use diffy::DiffOptions;

use patch_engine::HunkPlace;
use patch_engine::{FilePatch, Hunk};

/// Lines beside a hunk that still tell why it does not fit.
const MARGIN: usize = 3;

/// Lines shown at each end of a long run of changed lines.
const SHOWN: usize = 12;

/// The lines of one hunk in a file, from 0, the end outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First line.
    pub start: usize,
    /// Behind the last line.
    pub end: usize,
}

/// Where the hunks of a patch stand in a file that they fit; of those in `only`, if any are named.
pub fn windows(file: &FilePatch, places: &[HunkPlace], only: &[usize]) -> Vec<Window> {
    let wanted = |(hunk, _): &(&Hunk, &HunkPlace)| only.is_empty() || only.contains(&hunk.number);
    let window = |(hunk, place): (&Hunk, &HunkPlace)| {
        let start = place.line.saturating_sub(1);
        Window { start, end: start + hunk.pre_image().len() }
    };
    file.hunks.iter().zip(places).filter(wanted).map(window).collect()
}

/// The changes from `old` to `new` that touch the windows in `old`: a unified diff without context,
/// so that its lines are upstream's and nothing else. Empty where nothing near changed.
pub fn changes(path: &str, old: &[u8], new: &[u8], windows: &[Window], names: [&str; 2]) -> String {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let patch = DiffOptions::new().set_context_len(0).create_patch(&old, &new);
    let near = |range: diffy::HunkRange| {
        // An empty range names the line before it.
        let start = if range.is_empty() { range.start() } else { range.start().saturating_sub(1) };
        let end = start + range.len();
        windows.iter().any(|window| start <= window.end + MARGIN && window.start <= end + MARGIN)
    };
    let mut text = String::new();
    for hunk in patch.hunks().iter().filter(|hunk| near(hunk.old_range())) {
        text += &format!("@@ -{} +{} @@\n", hunk.old_range(), hunk.new_range());
        text += &shortened(hunk);
    }
    if text.is_empty() {
        return text;
    }
    let [from, to] = names;
    format!("--- {path} ({from})\n+++ {path} ({to})\n{text}")
}

/// The lines of one change; of a long run the first and the last, which are those near the hunk.
fn shortened(hunk: &diffy::Hunk<'_, str>) -> String {
    let mut text = String::new();
    let sign = |line: &diffy::Line<'_, str>| match line {
        diffy::Line::Context(_) => ' ',
        diffy::Line::Delete(_) => '-',
        diffy::Line::Insert(_) => '+',
    };
    for run in hunk.lines().chunk_by(|one, other| sign(one) == sign(other)) {
        let left_out = run.len().checked_sub(2 * SHOWN).filter(|count| *count > 1);
        for (index, line) in run.iter().enumerate() {
            match left_out {
                Some(count) if index == SHOWN => text += &format!("… {count} lines\n"),
                Some(count) if index > SHOWN && index < SHOWN + count => {}
                _ => {
                    let (diffy::Line::Context(words)
                    | diffy::Line::Delete(words)
                    | diffy::Line::Insert(words)) = line;
                    text.push(sign(line));
                    text += words;
                    if !words.ends_with('\n') {
                        text += "\n\\ No newline at end of file\n";
                    }
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_touches_the_hunk_is_told() {
        let old: String = (1..=40).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n2\n", "\ntwo\n").replace("\n20\n", "\ntwenty\n");
        let windows = [Window { start: 17, end: 22 }];
        let text = changes("f", old.as_bytes(), new.as_bytes(), &windows, ["1.0.0", "2.0.0"]);
        assert_eq!(text, "--- f (1.0.0)\n+++ f (2.0.0)\n@@ -20 +20 @@\n-20\n+twenty\n");
        let far = [Window { start: 30, end: 34 }];
        assert_eq!(changes("f", old.as_bytes(), new.as_bytes(), &far, ["1", "2"]), "");
    }
}
