//! The nodes of a build's graph: what ran, and when.

use super::spans;
use crate::timing::record::{EngineWork, PhaseKind, Record, StepRecord, TimeSpan};
use crate::timing::{WorkKind, WorkState};

/// Something that ran.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    /// What it is.
    pub what: NodeKind<'a>,
    /// When it ran: sorted, disjoint, within the wall time; at least one, perhaps of no length.
    pub spans: Vec<TimeSpan>,
    /// What it had to wait for: indices into the graph's nodes, all lower than its own.
    pub waits_for: Vec<usize>,
}

/// What a node stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum NodeKind<'a> {
    /// A step of the plan, together with the steps that are the same work.
    Step(&'a StepRecord),
    /// The engine's own work.
    Engine(&'a EngineWork),
    /// What the client did.
    Client(PhaseKind),
}

impl<'a> Node<'a> {
    /// All that took time, sorted by its end. What ended first cannot have waited for the others, so
    /// this order is one of dependencies too.
    pub(super) fn all(record: &'a Record) -> Vec<Self> {
        let steps = record.steps.iter().filter(|step| took_time(step, record));
        let steps = steps.map(|step| (NodeKind::Step(step), spans::once(&step.spans)));
        let export_ms = spans::export_ms(record);
        let works = record.works.iter().map(|work| {
            let told = spans::told(work, export_ms);
            (NodeKind::Engine(work), spans::once(&told))
        });
        // The solve is the engine's work, seen from outside.
        let phases = record.phases.iter().filter(|phase| phase.kind != PhaseKind::Solve);
        let phases = phases.map(|phase| (NodeKind::Client(phase.kind), vec![phase.span]));
        let mut nodes: Vec<Self> = phases
            .chain(works)
            .chain(steps)
            .filter_map(|(what, spans)| {
                let spans = spans::tidy(spans, record.wall_ms);
                (!spans.is_empty()).then(|| Self { what, spans, waits_for: Vec::new() })
            })
            .collect();
        nodes.sort_by_key(|node| (node.end_ms(), node.main_start_ms()));
        nodes
    }

    /// The step, where it is one.
    pub(super) fn step(&self) -> Option<&'a StepRecord> {
        match self.what {
            NodeKind::Step(step) => Some(step),
            _ => None,
        }
    }

    /// What sort of work it is; `None` for the client's.
    pub(super) fn kind(&self) -> Option<WorkKind> {
        match self.what {
            NodeKind::Step(_) => Some(WorkKind::Step),
            NodeKind::Engine(work) => Some(work.kind),
            NodeKind::Client(_) => None,
        }
    }

    /// Begin of its first span.
    pub(super) fn start_ms(&self) -> u64 {
        self.spans.first().map_or(0, |span| span.start_ms)
    }

    /// End of its last span.
    pub(super) fn end_ms(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.end_ms)
    }

    /// Begin of its longest span: the run itself. The engine also counts shorter ones to a step,
    /// such as the computing of its cache key, which begin before its inputs are there.
    pub(super) fn main_start_ms(&self) -> u64 {
        let longest = self.spans.iter().rev().max_by_key(|span| span.length_ms());
        longest.map_or(0, |span| span.start_ms)
    }

    /// How long it ran after `moment`, in milliseconds.
    pub(super) fn busy_after_ms(&self, moment: u64) -> u64 {
        let after = |span: &TimeSpan| span.end_ms.saturating_sub(span.start_ms.max(moment));
        self.spans.iter().map(after).sum()
    }

    /// The stretch from the first time that it ran after `moment` to its end.
    pub(super) fn stretch_after(&self, moment: u64) -> TimeSpan {
        let end_ms = self.end_ms();
        let first = self.spans.iter().find(|span| span.end_ms > moment);
        let start_ms = first.map_or(end_ms, |span| span.start_ms.max(moment));
        TimeSpan { start_ms, end_ms }
    }
}

/// Whether a step is a node of its own.
///
/// Not so the same work as another step's. And not what was found in the cache: the engine speaks of
/// it when something asks for it, often at the very end, and nobody waited for it until then. Only
/// where its layers had to be fetched first it took time.
fn took_time(step: &StepRecord, record: &Record) -> bool {
    const FETCHED_MS: u64 = 100;
    match (step.state, step.same_as.as_deref()) {
        (_, Some(same)) if same != step.id && record.step(same).is_some() => false,
        (WorkState::Cached, _) => step.duration_ms() >= FETCHED_MS,
        _ => true,
    }
}
