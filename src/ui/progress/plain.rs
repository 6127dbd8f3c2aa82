//! `--progress plain`: one event a line, no control codes, no colour, the same on every machine.
//!
//! ```text
//! mad:   12.3s node-deps   3/5 done     11.8s RUN npm ci
//!      elapsed stage      step event
//! ```
//!
//! Columns are separated by spaces: `grep ' failed '` and `awk '$5 == "done"'` work. Elapsed is the time since
//! the build began; work that another build began before is counted from there. The engine's own work has its kind for a stage (`pull`,
//! `export`, `engine`) and `-` for a step. Events: `start`, `log`, `done`, `cached`, `shared`,
//! `failed`, `canceled`, `moved` (bytes of a pull, every 10 s at most), `running` (every 60 s for a
//! step that prints nothing, so that CI does not take it for hung), `warning`, `upload`. A line that does not
//! end (a progress bar, a question) is printed as far as it has come, by `log` too.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Progress;
use super::clock::EngineClock;
use super::open::Out;
use super::rows::{position, short_title, stage_label, title};
use super::summary::{SummaryOptions, WIDTH, summary};
use super::unfinished::Unfinished;
use crate::timing::{
    BuildEnd, BuildStart, Change, Tracker, Work, WorkKind, WorkState, between, without_command,
};
use crate::ui::{Glyphs, Line, count, human_bytes, human_bytes_of, human_duration};

/// The engine's internal work is printed only if it took this long.
const MIN_INTERNAL_TIME: Duration = Duration::from_millis(500);
const MOVED_INTERVAL: Duration = Duration::from_secs(10);
const RUNNING_EVERY: Duration = Duration::from_secs(60);
/// Least and greatest width of the stage column.
const MIN_STAGE_WIDTH: usize = 10;
const MAX_STAGE_WIDTH: usize = 24;
/// Longer instructions are cut; what is whole is in the Dockerfile and in the JSON events.
const MAX_TITLE: usize = 160;
/// Where the instruction was printed before, this much of it tells which one it is.
const SHORT_TITLE: usize = 60;

pub(super) struct Plain {
    out: Out,
    clock: EngineClock,
    /// When each step, or piece of the engine's own work, last had a line.
    last_line_at: HashMap<usize, Timestamp>,
    unfinished: Unfinished,
    /// Columns of the stage names.
    names: usize,
}

impl Plain {
    pub(super) fn new(out: Out) -> Self {
        Self {
            out,
            clock: EngineClock::default(),
            last_line_at: HashMap::new(),
            unfinished: Unfinished::default(),
            names: MIN_STAGE_WIDTH,
        }
    }

    fn line(&mut self, elapsed: Duration, stage: &str, position: &str, event: &str, text: &str) {
        let seconds = format!("{:.1}s", elapsed.as_secs_f64());
        let names = self.names;
        let line = format!("mad: {seconds:>8} {stage:<names$} {position:>5} {event:<8} {text}");
        let _ = writeln!(self.out, "{}", line.trim_end());
    }

    fn work_line(
        &mut self,
        tracker: &Tracker,
        index: usize,
        at: Timestamp,
        event: &str,
        text: &str,
    ) {
        let work = &tracker.works()[index];
        let position = match work.kind {
            WorkKind::Step => position(work),
            _ => "-".to_owned(),
        };
        self.last_line_at.insert(index, at);
        self.line(tracker.elapsed(at), stage_label(work), &position, event, text);
    }

    fn change(&mut self, tracker: &Tracker, change: &Change, now: Timestamp) {
        match change {
            Change::Started { work, at } => {
                let facts = &tracker.works()[*work];
                if facts.kind != WorkKind::Internal {
                    self.work_line(tracker, *work, *at, "start", &cut(title(facts), MAX_TITLE));
                }
            }
            Change::Log { work, stream, at, line } if !line.is_empty() => {
                // A question that was printed while it waited is not printed again when its line ends.
                if self.unfinished.ended(*work, *stream, line) {
                    return;
                }
                self.work_line(tracker, *work, at.unwrap_or(now), "log", line);
            }
            Change::Log { .. } => {}
            Change::Transfer { work, .. } => self.moved(tracker, *work, now),
            Change::Ended { work } => self.ended(tracker, *work, now),
            Change::Warning { text, url } => {
                let text = format!("{text} {url}");
                self.line(tracker.elapsed(now), "engine", "-", "warning", &text);
            }
        }
    }

    fn moved(&mut self, tracker: &Tracker, index: usize, now: Timestamp) {
        let work = &tracker.works()[index];
        let last = self.last_line_at.get(&index).copied().or(work.intervals.started());
        let due = last.is_some_and(|last| between(last, now) >= MOVED_INTERVAL);
        if let Some((done, total)) = work.bytes().filter(|_| due) {
            let text = format!("{} {}", human_bytes_of(done, total), title(work));
            self.work_line(tracker, index, now, "moved", &text);
        }
    }

    fn ended(&mut self, tracker: &Tracker, index: usize, now: Timestamp) {
        let work = &tracker.works()[index];
        let duration = tracker.duration(work, now);
        let is_good = matches!(work.state, WorkState::Done | WorkState::Cached);
        if work.kind == WorkKind::Internal && is_good && duration < MIN_INTERNAL_TIME {
            return;
        }
        let title = cut(&short_title(work), SHORT_TITLE);
        let text = match (work.state, &work.error) {
            (WorkState::Done, _) => format!("{} {title}", human_duration(duration)),
            (WorkState::Failed, Some(error)) => {
                let error = without_command(error).replace('\n', " ");
                format!("{} {title}: {error}", human_duration(duration))
            }
            (WorkState::Shared, _) => format!("{title} (same as {})", original(tracker, work)),
            _ => title,
        };
        let at = work.intervals.completed().unwrap_or(now);
        self.work_line(tracker, index, at, work.state.as_str(), &text);
    }
}

impl Progress for Plain {
    fn started(&mut self, start: &BuildStart) {
        let BuildStart { profile, engine, steps, plan_hash, context_bytes, .. } = start;
        let context = human_bytes(*context_bytes);
        let steps = count(*steps, "step");
        let mut text = format!("{profile}: {engine}, {steps}, context {context}");
        if !plan_hash.is_empty() {
            text += &format!(", plan {plan_hash}");
        }
        self.line(Duration::ZERO, "build", "-", "start", &text);
    }

    fn uploaded(&mut self, bytes: u64, total: u64) {
        if bytes >= total && total > 0 {
            let at = Duration::ZERO;
            self.line(at, "context", "-", "upload", &human_bytes(bytes));
        }
    }

    fn changed(&mut self, tracker: &Tracker, changes: &[Change]) {
        self.clock.observe(tracker.latest());
        let names = tracker.stages().iter().map(|stage| stage.name.len());
        self.names = names.max().unwrap_or(0).clamp(MIN_STAGE_WIDTH, MAX_STAGE_WIDTH);
        let now = tracker.latest().unwrap_or_default();
        for change in changes {
            self.change(tracker, change, now);
        }
        let _ = self.out.flush();
    }

    fn tick(&mut self, tracker: &Tracker) {
        let now = self.clock.now();
        for (work, _, line) in self.unfinished.due(tracker, now) {
            self.work_line(tracker, work, now, "log", &line);
        }
        for (index, work) in tracker.works().iter().enumerate() {
            let last = self.last_line_at.get(&index).copied().or(work.intervals.started());
            let due = last.is_some_and(|last| between(last, now) >= RUNNING_EVERY);
            if work.state == WorkState::Running && due {
                let title = cut(&short_title(work), SHORT_TITLE);
                let text = format!("{} {title}", human_duration(tracker.duration(work, now)));
                self.work_line(tracker, index, now, "running", &text);
            }
        }
        let _ = self.out.flush();
    }

    fn finished(&mut self, tracker: &Tracker, end: &BuildEnd) {
        let options = SummaryOptions { was_all_printed: true, width: WIDTH };
        for line in summary(tracker, end, options, &Glyphs::ASCII) {
            let _ = writeln!(self.out, "{}", line.text().trim_end());
        }
        let _ = self.out.flush();
    }
}

fn cut(title: &str, columns: usize) -> String {
    Line::new().plain(title).fit(columns, "...").text()
}

fn original(tracker: &Tracker, work: &Work) -> String {
    let original = work.same_as.map(|index| &tracker.works()[index]);
    original.map_or(String::new(), |work| format!("{} {}", work.stage, position(work)))
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::{end, image_built};
    use super::super::testing::printed;
    use super::*;
    use crate::timing::Outcome;

    fn text(name: &str, outcome: Outcome) -> String {
        let text = printed(Plain::new, name, &end(outcome));
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        text
    }

    #[test]
    fn cold_build() {
        insta::assert_snapshot!(text("cold", image_built()));
    }

    #[test]
    fn failed_build() {
        insta::assert_snapshot!(text("failed", Outcome::Failed));
    }

    #[test]
    fn shared_steps() {
        insta::assert_snapshot!(text("shared", image_built()));
    }
}
