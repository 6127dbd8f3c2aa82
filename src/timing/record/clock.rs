//! The engine's times as milliseconds since the build began.

use jiff::{SignedDuration, Timestamp};

use super::TimeSpan;
use crate::timing::{Intervals, Tracker};

/// Turns the engine's times into the client's.
///
/// An engine elsewhere has a clock of its own. All that is known of it is that the engine worked on
/// the build only while the client waited for it, so its times are moved as little as puts them
/// there:
///
/// ```text
/// client    |pack|------------- solve -------------|promote|
/// engine                 |------ heard ------|  …             (as its clock says)
/// record         |------ heard ------|
/// ```
///
/// On the same machine nothing is moved: a step that an earlier build of somebody else began may
/// well have started before this one. What lies outside of the window is cut off either way.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    zero: Timestamp,
    window: TimeSpan,
    shift: SignedDuration,
    latest: Option<Timestamp>,
}

impl Clock {
    /// A build that began at `zero` by the client's clock and was with the engine during `window`.
    pub fn new(
        zero: Timestamp,
        window: TimeSpan,
        tracker: &Tracker,
        is_same_machine: bool,
    ) -> Self {
        let mut clock =
            Self { zero, window, shift: SignedDuration::ZERO, latest: tracker.latest() };
        let heard = tracker.started().zip(tracker.latest()).filter(|_| !is_same_machine);
        if let Some((first, last)) = heard {
            let ms = |ms: u64| SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
            let early = ms(window.start_ms) - first.duration_since(zero);
            let late = ms(window.end_ms) - last.duration_since(zero);
            // Where both cannot be, the end counts: the first start may be that of another build, whose
            // work this one shares.
            clock.shift = SignedDuration::ZERO.max(early).min(late);
        }
        clock
    }

    /// The intervals of some work: sorted, without overlap, an open one closed at the last moment
    /// that was heard of.
    pub fn spans(&self, intervals: &Intervals) -> Vec<TimeSpan> {
        let span = |(start, end): (Timestamp, Option<Timestamp>)| {
            let end = end.or(self.latest).unwrap_or(start);
            let start_ms = self.at(start);
            TimeSpan { start_ms, end_ms: self.at(end).max(start_ms) }
        };
        intervals.merged().into_iter().map(span).collect()
    }

    fn at(&self, time: Timestamp) -> u64 {
        let since = time.duration_since(self.zero) + self.shift;
        let ms = u64::try_from(since.as_millis()).unwrap_or(0);
        ms.clamp(self.window.start_ms, self.window.end_ms.max(self.window.start_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{StatusUpdate, Vertex};

    /// What becomes of one vertex from `start` to `end`, in seconds since the build began, where the
    /// engine had the build from second 1 to 11.
    fn span(start: i64, end: Option<i64>, is_same_machine: bool) -> (u64, u64) {
        let zero = Timestamp::from_second(1_000).unwrap();
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let mut tracker = Tracker::new(Vec::new());
        let vertex = Vertex {
            digest: "d".to_owned(),
            name: "exporting to image".to_owned(),
            started: Some(at(start)),
            completed: end.map(at),
            ..Vertex::default()
        };
        tracker.update(&StatusUpdate { vertexes: vec![vertex], ..StatusUpdate::default() });
        let window = TimeSpan { start_ms: 1_000, end_ms: 11_000 };
        let clock = Clock::new(zero, window, &tracker, is_same_machine);
        let spans = clock.spans(&tracker.works()[0].intervals);
        assert_eq!(spans.len(), 1);
        (spans[0].start_ms, spans[0].end_ms)
    }

    #[test]
    fn times_lie_in_the_window() {
        for (start, end, elsewhere, here) in [
            (2, Some(6), (2_000, 6_000), (2_000, 6_000)),
            // The engine's clock is behind, ahead, far ahead.
            (-9, Some(-5), (1_000, 5_000), (1_000, 1_000)),
            (8, Some(14), (5_000, 11_000), (8_000, 11_000)),
            (3_608, Some(3_610), (9_000, 11_000), (11_000, 11_000)),
            // Longer than the window: another build began it.
            (-100, Some(6), (1_000, 11_000), (1_000, 6_000)),
            (0, Some(20), (1_000, 11_000), (1_000, 11_000)),
            // Never closed.
            (4, None, (4_000, 4_000), (4_000, 4_000)),
        ] {
            assert_eq!(span(start, end, false), elsewhere, "elsewhere {start} {end:?}");
            assert_eq!(span(start, end, true), here, "here {start} {end:?}");
        }
    }
}
