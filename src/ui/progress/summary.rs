//! What is printed once when a build has ended, below what was shown while it ran.

use std::time::Duration;

use super::failure::{SHORT_TAIL, TAIL, failure};
use super::rows::{outcomes, totals};
use super::table::table;
use crate::timing::{BuildEnd, Outcome, Tracker};
use crate::ui::{Glyphs, Line, Role, count, human_bytes, human_duration};

/// Columns of what is printed where there is no terminal to ask.
pub const WIDTH: usize = 100;

/// What the summary at the end has to print.
#[derive(Debug, Clone, Copy)]
pub(super) struct SummaryOptions {
    /// Every line of output and every warning was printed as it came.
    pub was_all_printed: bool,
    /// Columns.
    pub width: usize,
}

/// The table and the image, or what failed. The failure comes last and without the table, so that
/// it is what stands above the error and its hint.
pub(super) fn summary(
    tracker: &Tracker,
    end: &BuildEnd,
    options: SummaryOptions,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let SummaryOptions { was_all_printed, width } = options;
    let mut lines = if was_all_printed { Vec::new() } else { warnings(tracker) };
    match &end.outcome {
        Outcome::Built { image_id, tags, size_bytes } => {
            if !was_all_printed {
                lines.extend(table(tracker, width, glyphs));
                lines.push(Line::new());
            }
            lines.push(built(tracker, end.wall, glyphs));
            let dim = |word: &str| Line::new().with(Role::Dim, format!("  {word:<6}"));
            let size = format!("  {}", human_bytes(*size_bytes));
            lines
                .push(dim("image").plain(image(image_id, width, size.len())).with(Role::Dim, size));
            lines.extend(tags.iter().map(|tag| dim("tag").with(Role::Strong, tag)));
        }
        // The error that follows says how it ended, and names the step.
        Outcome::Failed => {
            let tail = if was_all_printed { SHORT_TAIL } else { TAIL };
            let origin = end.failure_origin.as_deref();
            lines.extend(failure(tracker, origin, tail, width, glyphs));
        }
        Outcome::Interrupted => {
            lines.push(interrupted(tracker, end.wall, glyphs));
        }
    }
    lines
}

/// What the frontend warned of; in the live tree there is no place for it.
fn warnings(tracker: &Tracker) -> Vec<Line> {
    let line = |(text, url): &(String, String)| {
        let line = Line::new().with(Role::Accent, "warning:").plain(format!(" {text}"));
        if url.is_empty() { line } else { line.with(Role::Dim, format!(" ({url})")) }
    };
    tracker.warnings().iter().map(line).collect()
}

/// `✓ 26 steps in 1m 05s · 20 ran · 6 cached`.
fn built(tracker: &Tracker, wall: Duration, glyphs: &Glyphs) -> Line {
    let counts = tracker.totals();
    let done = format!(" {} in {}", count(counts.steps, "step"), human_duration(wall));
    let line = Line::new().with(Role::Good, glyphs.done).with(Role::Strong, done);
    outcomes(&counts).into_iter().fold(line, |line, outcome| {
        line.with(Role::Dim, format!(" {} ", glyphs.dot)).plain(outcome)
    })
}

/// `stopped: 8/26 steps · 5 cached · 12.3s`.
fn interrupted(tracker: &Tracker, wall: Duration, glyphs: &Glyphs) -> Line {
    let counts = totals(&tracker.totals(), wall, glyphs);
    Line::new().with(Role::Strong, "stopped").plain(": ").join(counts)
}

/// The id whole, so that it can be copied; the short form of Docker where that does not fit.
fn image(id: &str, width: usize, beside: usize) -> String {
    let hash = id.strip_prefix("sha256:").unwrap_or(id);
    if 8 + id.len() + beside <= width {
        return id.to_owned();
    }
    hash.chars().take(12).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::timing::testing::Recorded;

    pub(in super::super) fn end(outcome: Outcome) -> BuildEnd {
        let origin = "templates/stages/node-deps.j2:14".to_owned();
        let failure_origin = (outcome == Outcome::Failed).then_some(origin);
        BuildEnd { outcome, wall: Duration::from_millis(36_812), failure_origin }
    }

    pub(in super::super) fn image_built() -> Outcome {
        Outcome::Built {
            image_id: format!("sha256:{}", "0a1b2c3d".repeat(8)),
            tags: vec!["mad/cpu:latest".to_owned(), "mad/cpu:1.4".to_owned()],
            size_bytes: 812_345_678,
        }
    }

    fn text(name: &str, outcome: Outcome, width: usize) -> String {
        text_with(name, outcome, SummaryOptions { was_all_printed: false, width })
    }

    fn text_with(name: &str, outcome: Outcome, options: SummaryOptions) -> String {
        let tracker = Recorded::named(name).tracker();
        let lines = summary(&tracker, &end(outcome), options, &Glyphs::UNICODE);
        let lines: Vec<String> = lines.iter().map(|l| l.text().trim_end().to_owned()).collect();
        lines.join("\n")
    }

    #[test]
    fn built_image() {
        insta::assert_snapshot!(text("shared", image_built(), 100));
        assert!(text("shared", image_built(), 40).contains("  image 0a1b2c3d0a1b  812.3 MB\n"));
    }

    #[test]
    fn what_was_printed_as_it_came_is_not_repeated() {
        let options = SummaryOptions { was_all_printed: true, width: 100 };
        let text = text_with("shared", image_built(), options);
        assert!(text.starts_with("✓ 8 steps in 36.8s"), "{text}");
        let text = text_with("failed", Outcome::Failed, options);
        assert_eq!(text.matches('│').count(), SHORT_TAIL, "{text}");
    }

    #[test]
    fn a_failure_is_told_once() {
        let text = text("failed", Outcome::Failed, 80);
        assert!(text.starts_with("✗ node-deps 3/3 failed after 4.2s: exit code: 1\n"), "{text}");
        for once in ["RUN npm ci", "exit code: 1", "failed after", "node-deps.j2:14"] {
            assert_eq!(text.matches(once).count(), 1, "{once}: {text}");
        }
    }

    #[test]
    fn interrupted_build_is_one_line() {
        let text = text("failed", Outcome::Interrupted, 80);
        assert_eq!(text, "stopped: 3/7 steps · 3 cached · 1 failed · 36.8s");
    }
}
