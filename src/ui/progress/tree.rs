//! The lines of the live tree at one level of detail; [`frame`](super::frame) chooses the level.

use std::time::Duration;

use super::frame::View;
use super::rows::{place, position, sign, steps, time, title};
use crate::timing::{Stage, Totals, Tracker, Work, WorkKind, WorkState, between};
use crate::ui::{Line, Role, human_bytes_of};

/// Engine work of less than this comes and goes too fast to be read.
const LEAST_INTERNAL_TIME: Duration = Duration::from_secs(1);
const MAX_NAME_COLUMN: usize = 16;

/// What to show where room is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detail {
    /// A line for each finished stage; else one for all of them.
    finished: bool,
    /// A line for each stage to come; else one for all of them.
    waiting: bool,
    /// What running steps last said.
    logs: bool,
    /// Lines of stages at all; else running steps name their stage.
    stages: bool,
}

impl Detail {
    /// Everything, and nothing but what runs.
    const MOST: Self = Self {
        finished: true,
        waiting: true,
        logs: true,
        stages: true,
    };
    pub(super) const LEAST: Self = Self {
        finished: false,
        waiting: false,
        logs: false,
        stages: false,
    };
    /// From most to least; what is over goes first, what moves goes last.
    pub(super) const LEVELS: [Self; 5] = [
        Self::MOST,
        Self {
            finished: false,
            ..Self::MOST
        },
        Self {
            finished: false,
            waiting: false,
            ..Self::MOST
        },
        Self {
            logs: false,
            finished: false,
            waiting: false,
            ..Self::MOST
        },
        Self::LEAST,
    ];
}

pub(super) struct Tree<'a> {
    pub(super) tracker: &'a Tracker,
    pub(super) view: &'a View<'a>,
    pub(super) width: usize,
}

impl Tree<'_> {
    pub(super) fn lines(&self, detail: Detail) -> Vec<Line> {
        let mut lines = Vec::new();
        let stages = self.tracker.stages();
        let state = |stage: &Stage| stage.state(self.tracker.works());
        let is_good = |stage: &&Stage| {
            matches!(
                state(stage),
                WorkState::Done | WorkState::Cached | WorkState::Shared
            )
        };
        let is_waiting = |stage: &&Stage| state(stage) == WorkState::Waiting;
        if detail.stages && !detail.finished {
            lines.extend(self.folded(stages.iter().filter(is_good).collect(), WorkState::Done));
        }
        for stage in stages {
            let one_line = match state(stage) {
                _ if is_good(&stage) => detail.finished,
                WorkState::Waiting => detail.waiting,
                _ => true,
            };
            if detail.stages && one_line {
                lines.push(self.stage(stage));
            }
            lines.extend(stage.steps.iter().flat_map(|&step| self.step(step, detail)));
        }
        if detail.stages && !detail.waiting {
            let waiting = stages.iter().filter(is_waiting).collect();
            lines.extend(self.folded(waiting, WorkState::Waiting));
        }
        lines.extend(
            self.tracker
                .engine_works()
                .filter_map(|work| self.engine(work)),
        );
        lines.extend(self.upload());
        lines
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
        let name = if state == WorkState::Waiting {
            Role::Dim
        } else {
            Role::Strong
        };
        let left = self.named(shown, &stage.name, name);
        self.with_facts(left, counts(&Totals::of(works())), works())
    }

    /// Several stages that stand alike on one line.
    fn folded(&self, stages: Vec<&Stage>, state: WorkState) -> Option<Line> {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        let works = || {
            let steps = stages.iter().flat_map(|stage| &stage.steps);
            steps.map(|&step| &self.tracker.works()[step])
        };
        let left = self
            .sign(state)
            .with(Role::Dim, format!(" {}", names.join(", ")));
        let facts = counts(&Totals::of(works()));
        (!stages.is_empty()).then(|| self.with_facts(left.plain("  "), facts, works()))
    }

    /// Adds as many facts as there is room for, and the time.
    fn with_facts<'w>(
        &self,
        left: Line,
        facts: Vec<String>,
        works: impl Iterator<Item = &'w Work>,
    ) -> Line {
        let spent = time(
            Role::Dim,
            works.map(|work| work.duration(self.view.now)).sum(),
        );
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
        let left = if detail.stages {
            Line::new().with(Role::Dim, format!("  {} ", position(work)))
        } else {
            let sign = self.sign(work.state);
            sign.with(Role::Strong, format!(" {} ", work.stage))
        };
        let indent = left.width();
        let spent = time(role, work.duration(self.view.now));
        let mut lines = vec![self.beside(left.plain(title(work)), spent)];
        if let Some(log) = work.last_log.as_ref().filter(|_| detail.logs) {
            let log = Line::new().pad(indent).with(Role::Dim, log.trim_start());
            lines.push(log.fit(self.width, self.view.glyphs.ellipsis));
        }
        lines
    }

    /// Work of the engine, while it runs.
    fn engine(&self, work: &Work) -> Option<Line> {
        let is_long = || {
            let started = work.intervals.started();
            started.is_some_and(|at| between(at, self.view.now) >= LEAST_INTERNAL_TIME)
        };
        if work.state != WorkState::Running || (work.kind == WorkKind::Internal && !is_long()) {
            return None;
        }
        let active = work.transfers.iter().rev().find(|transfer| !transfer.done);
        let fact = match (work.bytes(), active) {
            (Some((done, total)), _) => human_bytes_of(done, total),
            (None, Some(transfer)) => transfer.id.clone(),
            (None, None) => String::new(),
        };
        let spent = time(Role::Accent, work.duration(self.view.now));
        let left = self.named(work.state, place(work), Role::Strong);
        // What moves matters more than what is moved: the title is cut before the bytes are.
        let room = self.width.saturating_sub(spent.width() + 1 + left.width());
        let fact_width = console::measure_text_width(&fact) + 1;
        let title = Line::new().plain(title(work));
        let left = match room.checked_sub(fact_width).filter(|room| *room >= 8) {
            Some(room) => left
                .join(title.fit(room, self.view.glyphs.ellipsis))
                .plain(" "),
            None => left,
        };
        Some(self.beside(left.with(Role::Dim, fact), spent))
    }

    fn upload(&self) -> Option<Line> {
        let upload = self.view.upload?;
        let sign = Line::new().with(Role::Accent, self.view.glyphs.upload);
        let name = Line::new()
            .with(Role::Strong, " context")
            .pad(self.name_column() + 3);
        Some(
            sign.join(name)
                .with(Role::Dim, human_bytes_of(upload.bytes, upload.total)),
        )
    }

    /// The sign and the name of a stage, or what stands in its place.
    fn named(&self, state: WorkState, name: &str, role: Role) -> Line {
        let column = self.name_column();
        let name = Line::new()
            .with(role, name)
            .fit(column, self.view.glyphs.ellipsis);
        self.sign(state).plain(" ").join(name.pad(column + 2))
    }

    fn name_column(&self) -> usize {
        let names = self
            .tracker
            .stages()
            .iter()
            .map(|stage| stage.name.as_str());
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
        return vec![steps(totals.steps)];
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
