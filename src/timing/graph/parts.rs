//! The wall time, split into parts that add up to it.

use super::facts::Parts;
use super::spans::{self, tidy};
use crate::timing::WorkKind;
use crate::timing::record::{EngineWork, PhaseKind, Record, TimeSpan};

/// What goes on at a moment; the first of them counts, as [`Parts`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Execution,
    Pull,
    Upload,
    Export,
    Idle,
}

impl Parts {
    /// Splits the wall time of a build: a sweep over all begins and ends.
    pub(super) fn of(record: &Record) -> Self {
        let spans = by_priority(record);
        // Cut where anything begins or ends; in between nothing changes.
        let mut cuts: Vec<u64> = vec![0, record.wall_ms];
        cuts.extend(spans.iter().flat_map(|(_, span)| [span.start_ms, span.end_ms]));
        cuts.sort_unstable();
        cuts.dedup();
        let mut parts = Self::default();
        for moment in cuts.windows(2) {
            let [start, end] = moment else { continue };
            let within = |span: &TimeSpan| span.start_ms <= *start && *end <= span.end_ms;
            let part = spans.iter().find(|(_, span)| within(span)).map(|(part, _)| *part);
            let counter = match part {
                Some(Part::Execution) => &mut parts.execution_ms,
                Some(Part::Pull) => &mut parts.pull_ms,
                Some(Part::Upload) => &mut parts.upload_ms,
                Some(Part::Export) => &mut parts.export_ms,
                Some(Part::Idle) => &mut parts.idle_ms,
                None => &mut parts.unaccounted_ms,
            };
            *counter += end - start;
        }
        parts
    }
}

/// All spans with what they count for, what counts first in front.
fn by_priority(record: &Record) -> Vec<(Part, TimeSpan)> {
    let of = |part: Part, spans: Vec<TimeSpan>| -> Vec<(Part, TimeSpan)> {
        tidy(spans, record.wall_ms).into_iter().map(|span| (part, span)).collect()
    };
    let export_ms = spans::export_ms(record);
    let works = |part: Part| {
        let works = record.works.iter().filter(move |work| part_of(work) == part);
        works.flat_map(move |work| spans::told(work, export_ms))
    };
    let phase = |kind| {
        let phases = record.phases.iter().filter(move |phase| phase.kind == kind);
        phases.map(|phase| phase.span)
    };
    let steps: Vec<TimeSpan> = record.steps.iter().flat_map(|step| step.spans.clone()).collect();
    let engine = steps
        .iter()
        .copied()
        .chain(record.works.iter().flat_map(|work| spans::told(work, export_ms)));
    // From the engine's first sign to its last.
    let engine = tidy(engine.collect(), record.wall_ms);
    let idle = engine
        .first()
        .zip(engine.last())
        .map(|(first, last)| TimeSpan { start_ms: first.start_ms, end_ms: last.end_ms });
    [
        of(Part::Execution, steps),
        of(Part::Pull, works(Part::Pull).collect()),
        of(Part::Upload, works(Part::Upload).chain(phase(PhaseKind::Upload)).collect()),
        of(Part::Export, works(Part::Export).collect()),
        of(Part::Idle, idle.into_iter().collect()),
    ]
    .concat()
}

fn part_of(work: &EngineWork) -> Part {
    // The engine calls these internal, but they ask the registry, as a pull does.
    let asks_registry = ["[internal] load metadata for ", "[auth] ", "importing cache "];
    match work.kind {
        WorkKind::Step => Part::Execution,
        WorkKind::Export => Part::Export,
        WorkKind::Base => Part::Pull,
        WorkKind::Internal if asks_registry.iter().any(|start| work.label.starts_with(start)) => {
            Part::Pull
        }
        WorkKind::Internal => Part::Upload,
    }
}
