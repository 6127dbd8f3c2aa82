//! The lines of the live tree at one level of detail; [`frame`](mod@super::frame) chooses the level.

use std::time::Duration;

use super::detail::Detail;
use super::frame::View;
use super::rows::{position, short_title, sign, stage_label, time, title};
use super::tails::Tails;
use crate::timing::{Stage, Totals, Tracker, Work, WorkKind, WorkState, between};
use crate::ui::{Line, Role, count, human_bytes_of, human_duration};

/// Engine work of less than this comes and goes too fast to be read.
const MIN_INTERNAL_TIME: Duration = Duration::from_secs(1);
const MAX_NAME_COLUMN: usize = 16;

pub(super) struct Tree<'a> {
    pub(super) tracker: &'a Tracker,
    pub(super) view: &'a View<'a>,
    pub(super) width: usize,
    pub(super) tails: Tails,
}

impl Tree<'_> {
    pub(super) fn lines(&self, detail: Detail) -> Vec<Line> {
        let (mut over, mut to_come) = (Vec::new(), Vec::new());
        let mut lines = Vec::new();
        for stage in self.tracker.stages() {
            let state = stage.state(self.tracker.works());
            let (fold, one_line) = match state {
                WorkState::Done | WorkState::Cached | WorkState::Shared => {
                    (Some(&mut over), detail.finished)
                }
                WorkState::Waiting => (Some(&mut to_come), detail.waiting),
                // Between two of its steps a stage has no step to name it.
                _ if !self.is_shown(stage) => (Some(&mut to_come), detail.running),
                _ => (None, detail.running),
            };
            match fold {
                _ if one_line => lines.push(self.stage(stage)),
                Some(fold) => fold.push(stage),
                None => {}
            }
            lines.extend(stage.steps.iter().flat_map(|&step| self.step(step, detail)));
        }
        if detail.rest {
            let over = self.folded(&over, WorkState::Done);
            lines.splice(0..0, over);
            lines.extend(self.folded(&to_come, WorkState::Waiting));
        }
        lines.extend(self.tracker.engine_works().filter_map(|work| self.engine(work)));
        lines.extend(self.upload());
        lines
    }

    /// Whether a step of the stage has a line of its own.
    fn is_shown(&self, stage: &Stage) -> bool {
        let state = |&step: &usize| self.tracker.works()[step].state;
        stage.steps.iter().any(|step| matches!(state(step), WorkState::Running | WorkState::Failed))
    }

    /// One stage on one line.
    fn stage(&self, stage: &Stage) -> Line {
        let works = || stage.steps.iter().map(|&step| &self.tracker.works()[step]);
        let state = stage.state(self.tracker.works());
        let is_moving = works().any(|work| work.state == WorkState::Running);
        // Between two of its steps a stage waits for another stage: nothing turns.
        let shown = match state {
            WorkState::Running if !is_moving => WorkState::Waiting,
            state => state,
        };
        let name = if state == WorkState::Waiting { Role::Dim } else { Role::Strong };
        let left = self.named(shown, &stage.name, name);
        self.with_facts(left, counts(&Totals::of(works())), works())
    }

    /// Several stages that stand alike on one line.
    fn folded(&self, stages: &[&Stage], state: WorkState) -> Option<Line> {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        let works = || {
            let steps = stages.iter().flat_map(|stage| &stage.steps);
            steps.map(|&step| &self.tracker.works()[step])
        };
        let names = Line::new().with(Role::Dim, names.join(", ")).pad(self.name_column());
        let left = self.sign(state).plain(" ").join(names).plain("  ");
        let facts = counts(&Totals::of(works()));
        (!stages.is_empty()).then(|| self.with_facts(left, facts, works()))
    }

    /// Adds as many facts as there is room for, and the time.
    fn with_facts<'w>(
        &self,
        left: Line,
        facts: Vec<String>,
        works: impl Iterator<Item = &'w Work>,
    ) -> Line {
        let spent =
            time(Role::Dim, works.map(|work| self.tracker.duration(work, self.view.now)).sum());
        let room = self.width.saturating_sub(spent.width() + 2);
        let mut line = left;
        for (index, fact) in facts.into_iter().enumerate() {
            let dot = format!(" {} ", self.view.glyphs.dot);
            let more = if index == 0 { String::new() } else { dot } + &fact;
            if line.width() + console::measure_text_width(&more) > room {
                break;
            }
            line = line.with(Role::Dim, more);
        }
        self.beside(line, spent)
    }

    /// A running or failed step: itself, and what it last said.
    fn step(&self, index: usize, detail: Detail) -> Vec<Line> {
        let work = &self.tracker.works()[index];
        let role = match work.state {
            WorkState::Running => Role::Accent,
            WorkState::Failed => Role::Bad,
            _ => return Vec::new(),
        };
        let left = if detail.running {
            Line::new().plain("  ")
        } else {
            self.named(work.state, &work.stage, Role::Strong)
        };
        let left = left.with(Role::Dim, format!("{} ", position(work)));
        let indent = if detail.running { left.width() } else { 2 };
        let spent = time(role, self.tracker.duration(work, self.view.now));
        let usual = self.view.forecast.usual(&work.id).filter(|_| !spent.text().is_empty());
        let spent = match usual {
            Some(usual) => spent.with(Role::Dim, format!(" of ~{}", human_duration(usual))),
            None => spent,
        };
        let mut lines = vec![self.beside(left.plain(short_title(work)), spent)];
        if detail.logs {
            lines.extend(self.tails.of(index, work).into_iter().map(|log| {
                let log = Line::new().pad(indent).with(Role::Dim, log.trim_start());
                log.fit(self.width, self.view.glyphs.ellipsis)
            }));
        }
        lines
    }

    /// Work of the engine, while it runs.
    fn engine(&self, work: &Work) -> Option<Line> {
        let is_long = || {
            let started = work.intervals.started();
            started.is_some_and(|at| between(at, self.view.now) >= MIN_INTERNAL_TIME)
        };
        // The upload has a line of its own, with bytes.
        let is_upload = self.view.upload.is_some() && work.label.ends_with("load build context");
        let is_hidden = work.kind == WorkKind::Internal && (is_upload || !is_long());
        if work.state != WorkState::Running || is_hidden {
            return None;
        }
        let active = work.transfers.iter().rev().find(|transfer| !transfer.done);
        let fact = match (work.bytes(), active) {
            (Some((done, total)), _) => human_bytes_of(done, total),
            (None, Some(transfer)) => transfer.id.clone(),
            (None, None) => String::new(),
        };
        let spent = time(Role::Accent, self.tracker.duration(work, self.view.now));
        let left = self.named(work.state, stage_label(work), Role::Strong);
        // What moves matters more than what is moved: the title is cut before the bytes are.
        let room = self.width.saturating_sub(spent.width() + 1 + left.width());
        let dot = format!(" {} ", self.view.glyphs.dot);
        let fact_width = console::measure_text_width(&fact) + 3;
        let title = Line::new().plain(title(work));
        let left = match room.checked_sub(fact_width).filter(|room| *room >= 8) {
            Some(room) if fact.is_empty() => left.join(title.fit(room, self.view.glyphs.ellipsis)),
            Some(room) => {
                left.join(title.fit(room, self.view.glyphs.ellipsis)).with(Role::Dim, dot)
            }
            None => left,
        };
        Some(self.beside(left.with(Role::Dim, fact), spent))
    }

    fn upload(&self) -> Option<Line> {
        let upload = self.view.upload?;
        let sign = Line::new().with(Role::Accent, self.view.glyphs.upload);
        let name = Line::new().with(Role::Strong, " context").pad(self.name_column() + 3);
        Some(sign.join(name).with(Role::Dim, human_bytes_of(upload.bytes, upload.total)))
    }

    /// The sign and the name of a stage, or what stands in its place.
    fn named(&self, state: WorkState, name: &str, role: Role) -> Line {
        let column = self.name_column();
        let name = Line::new().with(role, name).fit(column, self.view.glyphs.ellipsis);
        self.sign(state).plain(" ").join(name.pad(column + 2))
    }

    fn name_column(&self) -> usize {
        let names = self.tracker.stages().iter().map(|stage| stage.name.as_str());
        let widest = names.map(console::measure_text_width).max().unwrap_or(0);
        widest.clamp("context".len(), MAX_NAME_COLUMN)
    }

    fn sign(&self, state: WorkState) -> Line {
        let turn = self.view.now.as_millisecond().rem_euclid(100_000) / 100;
        sign(state, self.view.glyphs, turn as usize)
    }

    fn beside(&self, left: Line, right: Line) -> Line {
        left.beside(right, self.width, self.view.glyphs.ellipsis)
    }
}

/// `3 done`, `4 cached`, `2 to go`: a stage in numbers, without the zeros. What runs is seen below.
fn counts(totals: &Totals) -> Vec<String> {
    if totals.waiting == totals.steps {
        return vec![count(totals.steps, "step")];
    }
    [
        (totals.executed, "done"),
        (totals.cached, "cached"),
        (totals.shared, "shared"),
        (totals.failed, "failed"),
        (totals.canceled, "stopped"),
        (totals.waiting, "to go"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect()
}
