//! Spans as the graph takes them from a record.

use crate::timing::record::{EngineWork, Record, TimeSpan};
use crate::timing::{WorkKind, WorkState};

/// When the export began; nothing else runs from then on.
pub(super) fn export_ms(record: &Record) -> Option<u64> {
    let exports = record.works.iter().filter(|work| work.kind == WorkKind::Export);
    exports.flat_map(|work| &work.spans).map(|span| span.start_ms).min()
}

/// The spans of the engine's own work. One that runs on into the export is one whose end the engine
/// did not tell (20.10 leaves out some of `load metadata`): then all that is known is its begin.
/// Of what was cached only the first answer counts.
pub(super) fn told(work: &EngineWork, export_ms: Option<u64>) -> Vec<TimeSpan> {
    let export_ms = export_ms.filter(|_| work.kind != WorkKind::Export).unwrap_or(u64::MAX);
    let told = |&span: &TimeSpan| match span.end_ms > export_ms {
        true => TimeSpan { end_ms: span.start_ms, ..span },
        false => span,
    };
    let count = if work.state == WorkState::Cached { 1 } else { usize::MAX };
    work.spans.iter().take(count).map(told).collect()
}

/// Spans without those at the end in which the engine only asked again for what it had: it does so
/// when a later stage takes from the step, and that stage did not wait since then.
pub(super) fn once(spans: &[TimeSpan]) -> Vec<TimeSpan> {
    // A run is far longer than a question.
    const QUESTION: u64 = 10;
    let longest = spans.iter().map(|span| span.length_ms()).max().unwrap_or(0);
    let is_question = |span: &&TimeSpan| span.length_ms().saturating_mul(QUESTION) < longest;
    let questions = spans.iter().rev().take_while(is_question).count();
    spans[..spans.len() - questions].to_vec()
}

/// Spans as a record should have them, whatever it has: cut to the wall time, sorted, those that
/// overlap or touch joined.
pub(super) fn tidy(mut spans: Vec<TimeSpan>, wall_ms: u64) -> Vec<TimeSpan> {
    for span in &mut spans {
        span.start_ms = span.start_ms.min(wall_ms);
        span.end_ms = span.end_ms.clamp(span.start_ms, wall_ms);
    }
    spans.sort_unstable();
    let mut tidy: Vec<TimeSpan> = Vec::with_capacity(spans.len());
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
    use super::super::testing::work;
    use super::*;

    #[test]
    fn what_the_engine_asks_again_is_no_run() {
        let span = |start_ms, end_ms| TimeSpan { start_ms, end_ms };
        let spans = [span(0, 2), span(10, 110), span(500, 500), span(900, 905)];
        assert_eq!(once(&spans), spans[..2]);
        let resumed = [span(0, 100), span(200, 290)];
        assert_eq!(once(&resumed), resumed);
        assert_eq!(once(&[span(5, 5)]), [span(5, 5)]);
        assert_eq!(once(&[]), []);
    }

    #[test]
    fn what_goes_on_in_the_export_has_no_known_end() {
        let metadata = work(WorkKind::Internal, "[internal] load metadata", 10, 120);
        let export = work(WorkKind::Export, "exporting to image", 100, 120);
        let span = |start_ms, end_ms| TimeSpan { start_ms, end_ms };
        assert_eq!(told(&metadata, Some(100)), [span(10, 10)]);
        assert_eq!(told(&metadata, None), [span(10, 120)], "as long as nothing contradicts it");
        assert_eq!(told(&export, Some(100)), [span(100, 120)]);
    }

    #[test]
    fn spans_are_cut_sorted_and_joined() {
        let span = |start_ms, end_ms| TimeSpan { start_ms, end_ms };
        let wild = vec![span(50, 200), span(0, 10), span(5, 20), span(20, 30), span(300, 400)];
        assert_eq!(tidy(wild, 100), [span(0, 30), span(50, 100)]);
        assert_eq!(tidy(vec![span(9, 3)], 100), [span(9, 9)], "an end before the begin");
        assert_eq!(tidy(Vec::new(), 100), []);
    }
}
