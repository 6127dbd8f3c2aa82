//! The oracle of the property tests: what a patch of one file says, read in the plainest way.

/// The lines of each hunk by its stated counts, every set of places in order tried. None unless all
/// lines are consumed and there is exactly one set of places.
pub(super) fn literal(patch: &str, path: &str, old: &str) -> Option<String> {
    let (_prose, patch) = patch.split_once(&format!("--- a/{path}\n+++ b/{path}\n"))?;
    let mut lines = patch.split_inclusive('\n').peekable();
    let mut hunks = Vec::new();
    while let Some(header) = lines.next() {
        let counts: Vec<usize> = header
            .split(|c: char| !c.is_ascii_digit() && c != ',')
            .filter(|range| !range.is_empty())
            .map(|range| range.split_once(',').map_or(Some(1), |(_, count)| count.parse().ok()))
            .collect::<Option<_>>()?;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        while before.len() < *counts.first()? || after.len() < *counts.get(1)? {
            let line = lines.next()?;
            let ends = lines.next_if(|next| next.starts_with('\\')).is_some();
            let text = if line == "\n" { line } else { line.get(1..)? };
            let text = if ends { text.strip_suffix('\n')? } else { text }.to_owned();
            match line.as_bytes()[0] {
                b' ' | b'\n' => {
                    before.push(text.clone());
                    after.push(text);
                }
                b'-' => before.push(text),
                b'+' => after.push(text),
                _ => return None,
            }
        }
        hunks.push((before, after));
    }
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let mut results = Vec::new();
    everywhere(&hunks, &old, 0, String::new(), &mut results);
    if results.len() == 1 { results.pop() } else { None }
}

fn everywhere(
    hunks: &[(Vec<String>, Vec<String>)],
    old: &[&str],
    from: usize,
    done: String,
    results: &mut Vec<String>,
) {
    let Some(((before, after), rest)) = hunks.split_first() else {
        results.push(done + &old[from..].concat());
        return;
    };
    for at in from..=old.len().saturating_sub(before.len()) {
        let is_there = old[at..].len() >= before.len() && old[at..at + before.len()] == before[..];
        // A line without a newline is the last one of a file.
        let glues =
            after.last().is_some_and(|line| !line.ends_with('\n')) && at + before.len() < old.len();
        if is_there && !glues && (!before.is_empty() || old.is_empty()) {
            let done = done.clone() + &old[from..at].concat() + &after.concat();
            everywhere(rest, old, at + before.len(), done, results);
        }
    }
}
