//! The nodes of a build's graph: what ran, and when.

use crate::timing::WorkKind;
use crate::timing::record::{EngineWork, PhaseKind, Record, Span, StepRecord};

/// Something that ran.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    /// What it is.
    pub what: What<'a>,
    /// When it ran: sorted, disjoint, within the wall time; at least one, perhaps of no length.
    pub spans: Vec<Span>,
    /// What it had to wait for: indices into the graph's nodes, all lower than its own.
    pub waits_for: Vec<usize>,
}

/// What a node stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A step of the plan, together with the steps that are the same work.
    Step(&'a StepRecord),
    /// The engine's own work.
    Engine(&'a EngineWork),
    /// What the client did.
    Client(PhaseKind),
}

impl<'a> Node<'a> {
    /// All that ran, sorted by its end. What ended first cannot have waited for the others, so
    /// this order is one of dependencies too.
    pub(super) fn all(record: &'a Record) -> Vec<Self> {
        let own_work = |step: &&StepRecord| match step.same_as.as_deref() {
            Some(same) => same == step.id || record.step(same).is_none(),
            None => true,
        };
        let steps = record.steps.iter().filter(own_work);
        let steps = steps.map(|step| (What::Step(step), step.spans.clone()));
        let works = record.works.iter().map(|work| (What::Engine(work), work.spans.clone()));
        // The solve is the engine's work, seen from outside.
        let phases = record.phases.iter().filter(|phase| phase.kind != PhaseKind::Solve);
        let phases = phases.map(|phase| (What::Client(phase.kind), vec![phase.span]));
        let mut nodes: Vec<Self> = phases
            .chain(works)
            .chain(steps)
            .filter_map(|(what, spans)| {
                let spans = tidy(spans, record.wall_ms);
                (!spans.is_empty()).then(|| Self { what, spans, waits_for: Vec::new() })
            })
            .collect();
        nodes.sort_by_key(|node| (node.end_ms(), node.main_start_ms()));
        nodes
    }

    /// The step, where it is one.
    pub(super) fn step(&self) -> Option<&'a StepRecord> {
        match self.what {
            What::Step(step) => Some(step),
            _ => None,
        }
    }

    /// What sort of work it is; `None` for the client's.
    pub(super) fn kind(&self) -> Option<WorkKind> {
        match self.what {
            What::Step(_) => Some(WorkKind::Step),
            What::Engine(work) => Some(work.kind),
            What::Client(_) => None,
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
        let after = |span: &Span| span.end_ms.saturating_sub(span.start_ms.max(moment));
        self.spans.iter().map(after).sum()
    }

    /// The stretch from the first time that it ran after `moment` to its end.
    pub(super) fn stretch_after(&self, moment: u64) -> Span {
        let end_ms = self.end_ms();
        let first = self.spans.iter().find(|span| span.end_ms > moment);
        let start_ms = first.map_or(end_ms, |span| span.start_ms.max(moment));
        Span { start_ms, end_ms }
    }
}

/// Spans as a record should have them, whatever it has: cut to the wall time, sorted, those that
/// overlap or touch joined.
pub(super) fn tidy(mut spans: Vec<Span>, wall_ms: u64) -> Vec<Span> {
    for span in &mut spans {
        span.start_ms = span.start_ms.min(wall_ms);
        span.end_ms = span.end_ms.clamp(span.start_ms, wall_ms);
    }
    spans.sort_unstable();
    let mut tidy: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match tidy.last_mut() {
            Some(last) if span.start_ms <= last.end_ms => {
                last.end_ms = last.end_ms.max(span.end_ms)
            }
            _ => tidy.push(span),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_cut_sorted_and_joined() {
        let span = |start_ms, end_ms| Span { start_ms, end_ms };
        let wild = vec![span(50, 200), span(0, 10), span(5, 20), span(20, 30), span(300, 400)];
        assert_eq!(tidy(wild, 100), [span(0, 30), span(50, 100)]);
        assert_eq!(tidy(vec![span(9, 3)], 100), [span(9, 9)], "an end before the begin");
        assert_eq!(tidy(Vec::new(), 100), []);
    }
}
