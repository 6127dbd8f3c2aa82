//! Folds the engine's status stream into per-step facts.
//!
//! A vertex is matched to a step of the plan by the `[stage i/n]` at the start of its name, for
//! digests and the rest of the name change between builds. What matches no step (pulls, exports,
//! internal work) is kept as engine work, so that its time is seen, and stays out of hit ratios.
//!
//! What several stages share is found in `shared`; the order of what is told in `order`.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::clock_offset::ClockOffset;
use super::log_lines::LogLines;
use super::vertex_name::VertexName;
use super::{
    Change, Intervals, PlannedStep, Stage, Totals, Transfer, Work, WorkKind, WorkState, between,
    clean_line, clean_text,
};
use crate::redact::Texts;
use engine::{StatusUpdate, Vertex, VertexLog, VertexStatus};

mod order;
mod shared;
#[cfg(test)]
mod tests;

/// Follows one build. Feed it every [`StatusUpdate`] in order.
#[derive(Debug, Default)]
pub struct Tracker {
    works: Vec<Work>,
    stages: Vec<Stage>,
    step_at: HashMap<(String, usize), usize>,
    nodes: HashMap<String, Node>,
    lines: HashMap<(usize, i64), LogLines>,
    started: Option<Timestamp>,
    latest: Option<Timestamp>,
    zero: ClockOffset,
    texts: Texts,
    warnings: Vec<(String, String)>,
}

/// What the engine said about one vertex; a step of several platforms has several.
#[derive(Debug, Default)]
struct Node {
    work: usize,
    inputs: Vec<String>,
    intervals: Intervals,
    cached: bool,
    error: Option<String>,
}

impl Tracker {
    /// A build about to start, with the steps it is to run.
    pub fn new(mut steps: Vec<PlannedStep>) -> Self {
        for step in &mut steps {
            step.stage = clean_line(&step.stage);
            step.label = clean_line(&step.label);
        }
        let stages = Stage::of_plan(&steps);
        let of = |stage: &str| {
            let same = steps.iter().filter(|step| step.stage == stage);
            same.map(|step| step.ordinal).max().unwrap_or(0)
        };
        let works = steps.iter().map(|step| Work::planned(step, of(&step.stage))).collect();
        let step_at = steps
            .iter()
            .enumerate()
            .map(|(index, step)| ((step.stage.to_lowercase(), step.ordinal), index))
            .collect();
        Self { works, stages, step_at, ..Self::default() }
    }

    /// The build begins now, by the client's clock: from here on times are counted. Without it, from
    /// the first start that the engine tells.
    pub fn begin(&mut self, now: Timestamp) {
        self.zero = ClockOffset::at(now);
    }

    /// What the engine and the steps say is shown with these values hidden.
    pub fn hide(&mut self, texts: Texts) {
        self.texts = texts;
    }

    /// A message that was taken in came at this time, by the client's clock.
    pub fn arrived(&mut self, now: Timestamp) {
        self.zero.hear(self.latest, now);
    }

    /// Takes a message in; says what it changed, in the order in which it happened.
    pub fn update(&mut self, update: &StatusUpdate) -> Vec<Change> {
        let mut changes = Vec::new();
        let before: Vec<WorkState> = self.works.iter().map(|work| work.state).collect();
        for vertex in &update.vertexes {
            self.vertex(vertex, &mut changes);
        }
        let mut began = vec![false; self.works.len()];
        for change in &changes {
            if let Change::Started { work, .. } = change {
                began[*work] = true;
            }
        }
        if !update.vertexes.is_empty() {
            self.find_shared();
            self.settle_shared();
        }
        for status in &update.statuses {
            self.transfer(status, &mut changes);
        }
        for log in &update.logs {
            self.log(log, &mut changes);
        }
        for warning in &update.warnings {
            let text = self.texts.hide(&clean_line(&warning.short)).into_owned();
            let url = self.texts.hide(&clean_line(&warning.url)).into_owned();
            self.warnings.push((text.clone(), url.clone()));
            changes.push(Change::Warning { text, url });
        }
        for (work, began) in began.iter().enumerate() {
            let was = before.get(work).copied().unwrap_or(WorkState::Waiting);
            let is = self.works[work].state;
            if is.is_settled() && (is != was || *began) {
                self.flush(work, &mut changes);
                changes.push(Change::Ended { work });
            }
        }
        changes.sort_by_cached_key(|change| self.place_in_time(change, &began));
        changes
    }

    /// All work: the planned steps first, in their order, then the engine's own as it appeared.
    pub fn works(&self) -> &[Work] {
        &self.works
    }

    /// The planned steps.
    pub fn steps(&self) -> impl Iterator<Item = &Work> {
        self.works.iter().filter(|work| work.kind == WorkKind::Step)
    }

    /// The engine's own work: pulls, exports, loading the context.
    pub fn engine_works(&self) -> impl Iterator<Item = &Work> {
        self.works.iter().filter(|work| work.kind != WorkKind::Step)
    }

    /// The stages of the plan, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// What failed first, if anything did; what was only stopped with it is not to blame.
    pub fn culprit(&self) -> Option<&Work> {
        let failed = self.works.iter().filter(|work| work.state == WorkState::Failed);
        failed.min_by_key(|work| (work.intervals.completed().is_none(), work.intervals.completed()))
    }

    /// Counts over the planned steps.
    pub fn totals(&self) -> Totals {
        Totals::of(&self.works)
    }

    /// Bytes done and in all, over the engine's pulls and pushes.
    pub fn bytes(&self) -> (u64, u64) {
        self.works
            .iter()
            .filter(|work| matches!(work.kind, WorkKind::Base | WorkKind::Export))
            .filter_map(Work::bytes)
            .fold((0, 0), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)))
    }

    /// The frontend's warnings so far: text and where to read more, which may be empty.
    pub fn warnings(&self) -> &[(String, String)] {
        &self.warnings
    }

    /// When the first vertex started, by the engine's clock: before this build, where it shares the
    /// work of another one.
    pub fn started(&self) -> Option<Timestamp> {
        self.started
    }

    /// The last moment heard of, by the engine's clock.
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// When the build began, by the engine's clock.
    pub fn began(&self) -> Option<Timestamp> {
        self.zero.in_engine_time(self.started)
    }

    /// When the engine began to work for this build, by its clock.
    pub fn first(&self) -> Option<Timestamp> {
        self.started.max(self.began().filter(|_| self.started.is_some()))
    }

    /// From the first start within the build to the last moment heard of.
    pub fn wall(&self) -> Duration {
        self.first().zip(self.latest).map_or(Duration::ZERO, |(first, last)| between(first, last))
    }

    /// From the begin of the build to `at`.
    pub fn elapsed(&self, at: Timestamp) -> Duration {
        self.began().map_or(Duration::ZERO, |began| between(began, at))
    }

    /// Time that was spent on a work within this build, an open interval counted up to `now`.
    pub fn duration(&self, work: &Work, now: Timestamp) -> Duration {
        work.intervals.duration_since(self.began().unwrap_or(Timestamp::MIN), now)
    }

    /// What stands on lines that have not ended yet: whose, of which stream, the line as it is seen.
    pub fn unfinished(&self) -> impl Iterator<Item = (usize, i64, String)> {
        let seen = self.lines.iter().filter_map(|((work, stream), lines)| {
            let is_running = self.works[*work].state == WorkState::Running;
            is_running
                .then(|| lines.visible())
                .flatten()
                .map(|line| (*work, *stream, self.texts.hide(&line).into_owned()))
        });
        let mut seen: Vec<(usize, i64, String)> = seen.collect();
        seen.sort();
        seen.into_iter()
    }

    fn vertex(&mut self, vertex: &Vertex, changes: &mut Vec<Change>) {
        let work = match self.nodes.get(&vertex.digest).map(|node| node.work) {
            Some(known) => {
                self.renamed(known, &vertex.name);
                known
            }
            None => self.place(&vertex.name),
        };
        let node = self.nodes.entry(vertex.digest.clone()).or_default();
        node.work = work;
        node.cached |= vertex.cached;
        // The latest word counts: what was canceled may begin again for another consumer.
        node.error =
            vertex.error.as_deref().map(|error| self.texts.hide(&clean_text(error)).into_owned());
        node.error = node.error.take().filter(|error| !error.is_empty());
        if !vertex.inputs.is_empty() {
            node.inputs.clone_from(&vertex.inputs);
        }
        let mut began = None;
        if let Some(start) = vertex.started {
            began = node.intervals.note(start, vertex.completed).then_some(start);
            self.started = Some(self.started.map_or(start, |first| first.min(start)));
        }
        self.heard(vertex.started.max(vertex.completed));
        self.settle(work);
        if let Some(at) = began.filter(|_| self.works[work].state != WorkState::Cached) {
            changes.push(Change::Started { work, at });
        }
    }

    /// The work that a vertex of this name belongs to; new engine work where it is no step.
    fn place(&mut self, name: &str) -> usize {
        if let Some(step) = self.step_named(name) {
            return step;
        }
        let engine = match VertexName::parse(name) {
            VertexName::Engine { kind, label } => Work::new(kind, name, label),
            // A step that nobody planned: shown, but in no count.
            VertexName::Step { .. } => Work::new(WorkKind::Internal, name, name),
        };
        let (id, label) = (self.texts.hide(&engine.id), self.texts.hide(&engine.label));
        let (id, label) = (id.into_owned(), label.into_owned());
        self.works.push(Work { id, label, ..engine });
        self.works.len() - 1
    }

    fn step_named(&mut self, name: &str) -> Option<usize> {
        let VertexName::Step { stage, ordinal, of } = VertexName::parse(name) else {
            return None;
        };
        let stage = match (stage, self.stages.as_slice()) {
            ("", [only]) => &only.name,
            _ => stage,
        };
        let step = *self.step_at.get(&(stage.to_lowercase(), ordinal))?;
        self.works[step].of = of;
        Some(step)
    }

    /// Joins what is known of the vertices of a work into its state.
    fn settle(&mut self, index: usize) {
        let nodes: Vec<&Node> = self.nodes.values().filter(|node| node.work == index).collect();
        let mut intervals = Intervals::default();
        for node in &nodes {
            intervals.extend(&node.intervals);
        }
        let culprit = nodes
            .iter()
            .filter_map(|node| node.error.as_deref())
            .min_by_key(|error| is_canceled(error));
        let state = if culprit.is_some_and(|error| !is_canceled(error)) {
            WorkState::Failed
        } else if intervals.is_open() {
            WorkState::Running
        } else if culprit.is_some() {
            WorkState::Canceled
        } else if nodes.iter().all(|node| node.cached) {
            WorkState::Cached
        } else if nodes.iter().all(|node| node.cached || !node.intervals.is_empty()) {
            WorkState::Done
        } else {
            WorkState::Waiting
        };
        let work = &mut self.works[index];
        work.error = culprit.map(str::to_owned);
        work.intervals = intervals;
        work.state = state;
        work.same_as = None;
    }

    fn transfer(&mut self, status: &VertexStatus, changes: &mut Vec<Change>) {
        let Some(work) = self.nodes.get(&status.vertex).map(|node| node.work) else {
            return;
        };
        self.heard(status.started.max(status.completed));
        let id = clean_line(&status.id);
        let transfers = &mut self.works[work].transfers;
        let transfer = transfers.iter().position(|known| known.id == id).unwrap_or_else(|| {
            transfers.push(Transfer { id, current: 0, total: 0, done: false });
            transfers.len() - 1
        });
        let moved = &mut transfers[transfer];
        moved.current = status.current;
        moved.total = status.total.max(moved.total);
        moved.done = status.completed.is_some();
        changes.push(Change::Transfer { work, transfer });
    }

    fn log(&mut self, log: &VertexLog, changes: &mut Vec<Change>) {
        let Some(work) = self.nodes.get(&log.vertex).map(|node| node.work) else {
            return;
        };
        self.heard(log.at);
        let lines = self.lines.entry((work, log.stream)).or_default();
        let mut complete = lines.push(&log.text);
        // Output may arrive after the end of its step; then nothing completes a line later.
        if self.works[work].state.is_settled() {
            complete.extend(lines.flush());
        }
        let last =
            lines.visible().or_else(|| complete.iter().rfind(|line| !line.is_empty()).cloned());
        if let Some(last) = last {
            self.works[work].last_log = Some(self.texts.hide(&last).into_owned());
        }
        for line in complete {
            let line = self.texts.hide(&line).into_owned();
            self.works[work].keep_log(&line);
            changes.push(Change::Log { work, stream: log.stream, at: log.at, line });
        }
    }

    /// Ends the unfinished lines of a work that has ended.
    fn flush(&mut self, work: usize, changes: &mut Vec<Change>) {
        let at = self.works[work].intervals.completed();
        for stream in [1, 2] {
            let line = self.lines.get_mut(&(work, stream)).and_then(LogLines::flush);
            let line = line.map(|line| self.texts.hide(&line).into_owned());
            if let Some(line) = line {
                self.works[work].keep_log(&line);
                changes.push(Change::Log { work, stream, at, line });
            }
        }
    }

    fn heard(&mut self, at: Option<Timestamp>) {
        self.latest = self.latest.max(at);
    }
}

/// Whether an error only says that somebody else failed or the build was stopped.
fn is_canceled(error: &str) -> bool {
    error.trim_end().ends_with("context canceled")
}
