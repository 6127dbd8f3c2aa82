//! The block that says what failed, once: the step, how it ended, where it is written, what it does,
//! its last lines of output.
//!
//! What stands below it, the error and its hint, is printed by whoever prints errors, and names the
//! step without repeating it.

use super::rows::{position, stage_label, title};
use crate::timing::{Tracker, Work, clean_text, without_command};
use crate::ui::{Glyphs, Line, Role, human_duration};

/// Lines of output that are shown; more of them push the step off the screen.
pub(super) const TAIL: usize = 20;
/// The same where all of them were printed as they came.
pub(super) const SHORT_TAIL: usize = 10;
/// An instruction of more rows is cut: the line that wrote it is named.
const INSTRUCTION_ROWS: usize = 3;

/// The block, or nothing where no step is to blame. Lines of output are not cut: what a terminal
/// wraps can still be read and copied.
pub(super) fn failure(
    tracker: &Tracker,
    origin: Option<&str>,
    tail: usize,
    width: usize,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let Some(work) = tracker.culprit() else {
        return Vec::new();
    };
    let now = tracker.latest().unwrap_or_default();
    let mut name = format!(" {} {}", stage_label(work), position(work));
    name.truncate(name.trim_end().len());
    let error = clean_text(without_command(work.error.as_deref().unwrap_or_default()));
    let mut error = error.lines();
    let after = format!(" failed after {}", human_duration(tracker.duration(work, now)));
    let head = Line::new().with(Role::Bad, glyphs.failed).with(Role::Strong, name).plain(after);
    let mut lines = vec![match error.next() {
        Some(first) => head.plain(": ").with(Role::Bad, first),
        None => head,
    }];
    lines.extend(error.map(|line| Line::new().with(Role::Bad, format!("  {line}"))));
    if let Some(origin) = origin {
        lines.push(Line::new().with(Role::Dim, "  at ").plain(origin));
    }
    let instruction = Line::new().plain(format!("  {}", title(work)));
    lines.push(instruction.fit(width * INSTRUCTION_ROWS, glyphs.ellipsis));
    lines.extend(output(work, tail, glyphs));
    lines
}

fn output<'a>(work: &'a Work, tail: usize, glyphs: &'a Glyphs) -> impl Iterator<Item = Line> + 'a {
    let left_out = work.log_tail.len().saturating_sub(tail);
    work.log_tail
        .iter()
        .skip(left_out)
        .map(|line| Line::new().with(Role::Dim, format!("  {} ", glyphs.quote)).plain(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::testing::Recorded;

    #[test]
    fn a_step_that_failed() {
        let tracker = Recorded::named("failed").tracker();
        let origin = Some("templates/stages/node-deps.j2:14");
        let lines = failure(&tracker, origin, 5, 80, &Glyphs::UNICODE);
        let text: Vec<String> = lines.iter().map(Line::text).collect();
        insta::assert_snapshot!(text.join("\n"));
    }

    #[test]
    fn a_long_instruction_is_cut_and_its_output_is_not() {
        let tracker = Recorded::named("failed").tracker();
        let lines = failure(&tracker, None, TAIL, 8, &Glyphs::UNICODE);
        assert!(lines[1].text().ends_with('…') && lines[1].width() <= 24, "{:?}", lines[1]);
        assert_eq!(lines.len(), 2 + TAIL);
        assert!(lines.iter().all(|line| !line.text().contains("pkg-8 ")));
    }

    #[test]
    fn nobody_to_blame() {
        let tracker = Recorded::named("cold").tracker();
        assert_eq!(failure(&tracker, None, TAIL, 80, &Glyphs::UNICODE), []);
    }
}
