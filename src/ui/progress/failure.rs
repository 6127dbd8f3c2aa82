//! The block that says what failed: the step, where it comes from, its last words, the engine's.
//!
//! The hint is not here: it is printed by whoever prints the error.

use super::rows::{place, position, short_error, title};
use crate::timing::{Tracker, Work, clean_text};
use crate::ui::{Glyphs, Line, Role, human_duration};

/// The block, or nothing where no step is to blame. Lines are not cut: an error that a terminal
/// wraps can still be read and copied.
pub(super) fn failure(tracker: &Tracker, origin: Option<&str>, glyphs: &Glyphs) -> Vec<Line> {
    let Some(work) = tracker.culprit() else {
        return Vec::new();
    };
    let now = tracker.latest().unwrap_or_default();
    let after = format!(" failed after {}", human_duration(tracker.duration(work, now)));
    let mut name = format!(" {} {}", place(work), position(work));
    name.truncate(name.trim_end().len());
    let mut lines = vec![
        Line::new().with(Role::Bad, glyphs.failed).with(Role::Strong, name).plain(after),
        Line::new().plain(format!("  {}", title(work))),
    ];
    if let Some(origin) = origin {
        lines.push(Line::new().with(Role::Dim, "  from ").plain(origin));
    }
    lines.push(Line::new());
    lines.extend(last_words(work, glyphs));
    if let Some(error) = &work.error {
        let error = short_error(&clean_text(error)).to_owned();
        lines.extend(error.lines().map(|line| Line::new().with(Role::Bad, format!("  {line}"))));
    }
    lines
}

fn last_words(work: &Work, glyphs: &Glyphs) -> Vec<Line> {
    if work.log_tail.is_empty() {
        return Vec::new();
    }
    let quote =
        |line: &String| Line::new().with(Role::Dim, format!("  {} ", glyphs.quote)).plain(line);
    let mut lines: Vec<Line> = work.log_tail.iter().map(quote).collect();
    lines.push(Line::new());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::testing::Recorded;

    #[test]
    fn last_words_of_a_step() {
        let tracker = Recorded::named("failed").tracker();
        let lines = failure(&tracker, Some("templates/stages/node-deps.j2:14"), &Glyphs::UNICODE);
        let text: Vec<String> = lines.iter().map(Line::text).collect();
        insta::assert_snapshot!(text.join("\n"));
    }

    #[test]
    fn nobody_to_blame() {
        let tracker = Recorded::named("cold").tracker();
        assert_eq!(failure(&tracker, None, &Glyphs::UNICODE), []);
    }
}
