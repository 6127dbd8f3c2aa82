//! A set of time intervals, some perhaps still open.
//!
//! The engine opens a vertex several times (looking up the cache, then running) and repeats itself,
//! so intervals are keyed by their start and merged where they overlap:
//!
//! ```text
//! reported   |-----|         |----…
//!               |-----|
//! merged     |--------|      |----…      duration = sum of the merged ones
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

/// Intervals by start; an end of `None` is an interval still open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intervals {
    by_start: BTreeMap<Timestamp, Option<Timestamp>>,
}

impl Intervals {
    /// Notes an interval. Returns whether its start is news.
    pub fn note(&mut self, start: Timestamp, end: Option<Timestamp>) -> bool {
        // A clock set back inside a step gives an end before its start: length zero, not an overflow.
        let end = end.map(|end| end.max(start));
        let is_new = !self.by_start.contains_key(&start);
        if is_new {
            // What the engine never closed ended at the latest when it began again.
            for (_, open) in self.by_start.range_mut(..start) {
                open.get_or_insert(start);
            }
        }
        let slot = self.by_start.entry(start).or_default();
        // An end already known is not taken back by a repeated, shorter message.
        *slot = end.or(*slot);
        if let Some(end) = end {
            // Work that has ended is open nowhere: of two that ask for it at once, the engine may
            // report the later start first and never its end.
            for (_, open) in self.by_start.range_mut(..=end) {
                open.get_or_insert(end);
            }
        }
        is_new
    }

    /// Adds all intervals of another set.
    pub fn extend(&mut self, other: &Self) {
        for (start, end) in &other.by_start {
            let slot = self.by_start.entry(*start).or_insert(*end);
            *slot = match (*slot, *end) {
                (Some(a), Some(b)) => Some(a.max(b)),
                _ => None,
            };
        }
    }

    /// The intervals, sorted, without overlap; only the last may be open.
    pub fn merged(&self) -> Vec<(Timestamp, Option<Timestamp>)> {
        let mut merged: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
        for (&start, &end) in &self.by_start {
            match merged.last_mut() {
                Some((_, None)) => break, // an open one swallows all that follow
                Some((_, Some(last))) if start <= *last => match end {
                    Some(end) => *last = end.max(*last),
                    None => merged.last_mut().expect("just matched").1 = None,
                },
                _ => merged.push((start, end)),
            }
        }
        merged
    }

    /// Sum of the merged intervals, an open one counted up to `now`.
    pub fn duration(&self, now: Timestamp) -> Duration {
        self.merged().iter().map(|(start, end)| between(*start, end.unwrap_or(now))).sum()
    }

    /// The same, of what lies after `zero` only, both ends in whole milliseconds since then: as a
    /// record keeps them, so that the screen and the report of a build say the same.
    pub fn duration_since(&self, zero: Timestamp, now: Timestamp) -> Duration {
        let ms = |at: Timestamp| between(zero, at).as_millis();
        let after = |(start, end): &(Timestamp, Option<Timestamp>)| {
            ms(end.unwrap_or(now)).saturating_sub(ms(*start))
        };
        let sum: u128 = self.merged().iter().map(after).sum();
        Duration::from_millis(u64::try_from(sum).unwrap_or(u64::MAX))
    }

    /// Begin of the first interval.
    pub fn started(&self) -> Option<Timestamp> {
        self.by_start.keys().next().copied()
    }

    /// End of the last interval; `None` while one is open.
    pub fn completed(&self) -> Option<Timestamp> {
        self.merged().last().and_then(|(_, end)| *end)
    }

    /// Whether an interval is open.
    pub fn is_open(&self) -> bool {
        self.by_start.values().any(Option::is_none)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_start.is_empty()
    }
}

/// Time from `start` to `end`; zero where `end` lies before.
pub fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(start)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn set(spans: &[(i64, Option<i64>)]) -> Intervals {
        let mut set = Intervals::default();
        for (start, end) in spans {
            set.note(at(*start), end.map(at));
        }
        set
    }

    #[test]
    fn durations_are_sums_of_merged_intervals() {
        let now = 100;
        for (spans, seconds) in [
            (&[][..], 0),
            (&[(0, Some(5))], 5),
            (&[(0, Some(5)), (7, Some(9))], 7),   // a gap
            (&[(0, Some(5)), (3, Some(9))], 9),   // overlap
            (&[(0, Some(9)), (3, Some(5))], 9),   // one inside another
            (&[(0, Some(5)), (5, Some(9))], 9),   // touching
            (&[(7, Some(9)), (0, Some(5))], 7),   // late news
            (&[(0, None), (0, Some(5))], 5),      // opened, then closed
            (&[(0, Some(5)), (0, None)], 5),      // repeated without its end
            (&[(90, None)], 10),                  // open
            (&[(0, None), (90, None)], 100),      // never closed, began again
            (&[(3, None), (0, Some(5))], 5),      // two at once, one of them never closed
            (&[(0, Some(5)), (50, Some(40))], 5), // clock set back
            (&[(0, Some(95)), (90, None)], 100),  // open inside closed
        ] {
            assert_eq!(set(spans).duration(at(now)).as_secs(), seconds, "{spans:?}");
        }
    }

    #[test]
    fn what_is_counted_is_what_a_record_keeps() {
        let at = |nanos: i128| Timestamp::from_nanosecond(nanos).unwrap();
        let mut set = Intervals::default();
        // 0.9 ms to 2.1 ms after the build began: the record has 0 to 2.
        set.note(at(5_900_000), Some(at(7_100_000)));
        let counted = set.duration_since(at(5_000_000), at(9_000_000));
        assert_eq!(counted, Duration::from_millis(2));
        // What began before the build counts from its begin.
        assert_eq!(set.duration_since(at(6_500_000), at(9_000_000)).as_millis(), 0);
        assert_eq!(set.duration_since(Timestamp::MIN, Timestamp::MAX).as_millis(), 2);
    }

    #[test]
    fn end_is_known_only_when_all_are_closed() {
        assert_eq!(set(&[(0, Some(5)), (7, None)]).completed(), None);
        assert_eq!(set(&[(0, Some(5)), (7, Some(8))]).completed(), Some(at(8)));
        assert_eq!(set(&[(0, Some(9)), (7, Some(8))]).completed(), Some(at(9)));
    }

    #[test]
    fn sets_of_several_vertices_join() {
        let mut joined = set(&[(0, Some(5))]);
        joined.extend(&set(&[(3, Some(8))]));
        joined.extend(&set(&[(0, Some(4))]));
        assert_eq!(joined.merged(), [(at(0), Some(at(8)))]);
        joined.extend(&set(&[(6, None)]));
        assert!(joined.is_open());
        assert_eq!(joined.duration(at(10)).as_secs(), 10);
    }
}
