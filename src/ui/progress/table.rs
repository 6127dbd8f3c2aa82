//! The table at the end of a build: what became of every step, how long it took, and its share of
//! the time of all work. Pure; the caller prints.

use std::time::Duration;

use jiff::Timestamp;

use super::rows::{short_title, stage_label};
use crate::timing::{Tracker, Work, WorkState};
use crate::ui::{Glyphs, Line, Role, human_duration};

/// Engine work shorter than this explains nothing.
const MIN_ENGINE_TIME: Duration = Duration::from_millis(100);
/// Beyond this the eye loses the line between instruction and time.
const MAX_WIDTH: usize = 110;
/// Terminals narrower than this have no bars.
const MIN_WIDTH_FOR_BARS: usize = 64;
/// Narrower than this they have no column of stages: each stage gets a line.
const MIN_WIDTH_FOR_STAGES: usize = 48;
const MAX_STAGE_COLUMN: usize = 18;
const BAR_CELLS: usize = 12;
const TIME_COLUMN: usize = 10;

/// The table in at most `width` columns.
pub(super) fn table(tracker: &Tracker, width: usize, glyphs: &Glyphs) -> Vec<Line> {
    let now = tracker.latest().unwrap_or(Timestamp::UNIX_EPOCH);
    let long = |work: &&Work| tracker.duration(work, now) >= MIN_ENGINE_TIME;
    let rows: Vec<&Work> = tracker
        .stages()
        .iter()
        .flat_map(|stage| stage.steps.iter().map(|&step| &tracker.works()[step]))
        .chain(tracker.engine_works().filter(long))
        .collect();
    let times = || rows.iter().map(|work| tracker.duration(work, now));
    let sum: Duration = times().sum();
    let layout = Layout {
        width: width.min(MAX_WIDTH),
        stage: rows
            .iter()
            .map(|work| console::measure_text_width(stage_label(work)))
            .max()
            .unwrap_or(0),
        glyphs,
        tracker,
        now,
        sum,
        longest: times().max().unwrap_or_default(),
    };
    let mut lines = vec![layout.head()];
    let mut last = "";
    for work in &rows {
        let here = stage_label(work);
        let first = here != last;
        if first && !layout.has_stage_column() {
            lines.push(Line::new().with(Role::Strong, here).fit(layout.width, glyphs.ellipsis));
        }
        lines.push(layout.row(work, first));
        last = here;
    }
    lines
}

struct Layout<'a> {
    width: usize,
    stage: usize,
    glyphs: &'a Glyphs,
    tracker: &'a Tracker,
    now: Timestamp,
    sum: Duration,
    longest: Duration,
}

impl Layout<'_> {
    fn has_stage_column(&self) -> bool {
        self.width >= MIN_WIDTH_FOR_STAGES
    }

    fn has_bars(&self) -> bool {
        // Nothing took any time: no shares to draw.
        self.width >= MIN_WIDTH_FOR_BARS && self.longest >= MIN_ENGINE_TIME
    }

    fn head(&self) -> Line {
        let dim = |text: &str| Line::new().with(Role::Dim, text);
        let left = match self.has_stage_column() {
            true => self.stage_column(dim("STAGE")).join(dim("STEP")),
            false => dim("STEP"),
        };
        let bar = dim(&format!("  {:<1$}", "SHARE", BAR_CELLS + 5));
        self.columns(left, dim("TIME"), bar)
    }

    fn row(&self, work: &Work, first: bool) -> Line {
        let mut left = Line::new();
        if self.has_stage_column() {
            let name = if first { stage_label(work) } else { "" };
            left = self.stage_column(Line::new().with(Role::Strong, name));
        } else {
            left = left.plain("  ");
        }
        let ran = matches!(work.state, WorkState::Done | WorkState::Failed);
        let left = left.with(if ran { Role::Plain } else { Role::Dim }, short_title(work));
        let duration = self.tracker.duration(work, self.now);
        let result = match work.state {
            WorkState::Done => Line::new().plain(human_duration(duration)),
            WorkState::Waiting => Line::new().with(Role::Dim, "not needed"),
            WorkState::Failed => Line::new().with(Role::Bad, "failed"),
            state => Line::new().with(Role::Dim, state.as_str()),
        };
        self.columns(left, result, self.share(duration))
    }

    fn share(&self, duration: Duration) -> Line {
        let part = |whole: Duration| match whole.is_zero() {
            true => 0.0,
            false => duration.as_secs_f64() / whole.as_secs_f64(),
        };
        let percent = (part(self.sum) * 100.0).round();
        if percent < 1.0 {
            return Line::new().pad(BAR_CELLS + 7);
        }
        // The bar compares steps with the longest one; the number is the share of the whole.
        let bar = self.glyphs.bar(part(self.longest), BAR_CELLS);
        Line::new()
            .plain("  ")
            .with(Role::Accent, bar)
            .pad(2 + BAR_CELLS)
            .with(Role::Dim, format!("{percent:>4}%"))
    }

    fn stage_column(&self, name: Line) -> Line {
        let width = self.stage.clamp(5, MAX_STAGE_COLUMN);
        name.fit(width, self.glyphs.ellipsis).pad(width + 2)
    }

    fn columns(&self, left: Line, time: Line, bar: Line) -> Line {
        let time = Line::new().pad(TIME_COLUMN.saturating_sub(time.width())).join(time);
        let right = if self.has_bars() { time.join(bar) } else { time };
        left.beside(right, self.width, self.glyphs.ellipsis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::testing::Recorded;

    fn text(name: &str, width: usize, glyphs: &Glyphs) -> String {
        let lines = table(&Recorded::named(name).tracker(), width, glyphs);
        for line in &lines {
            assert!(line.width() <= width, "{} > {width}: {}", line.width(), line.text());
        }
        let text: Vec<String> =
            lines.iter().map(|line| line.text().trim_end().to_owned()).collect();
        text.join("\n")
    }

    #[test]
    fn wide() {
        insta::assert_snapshot!(text("cold", 100, &Glyphs::UNICODE));
    }

    #[test]
    fn without_room_for_bars() {
        insta::assert_snapshot!(text("cold", 60, &Glyphs::UNICODE));
    }

    #[test]
    fn without_room_for_stages() {
        insta::assert_snapshot!(text("shared", 32, &Glyphs::ASCII));
    }

    #[test]
    fn all_cached() {
        insta::assert_snapshot!(text("warm", 80, &Glyphs::UNICODE));
    }

    #[test]
    fn no_width_breaks_it() {
        for width in 0..130 {
            text("cold", width, &Glyphs::UNICODE);
            text("failed", width, &Glyphs::ASCII);
        }
    }
}
