//! A plan of three stages, `a` and `b` beside each other and `c` behind both, at several moments.

use engine::{StatusUpdate, Vertex};

use super::*;
use crate::timing::PlannedStep;
use crate::timing::history::testing::record;

const ZERO: i64 = 1_000;

/// Usual times in seconds: `a1` 2, `a2` 10, `b1` 4, `c1` 3; `c2` was never run. Writing takes 1.
fn forecast() -> Forecast {
    let steps = vec![
        ("a1", 2, &[][..]),
        ("a2", 10, &["a1"]),
        ("b1", 4, &[]),
        ("c1", 3, &["a2", "b1"]),
        ("c2", 0, &["c1"]),
    ];
    Forecast { export: Some(Duration::from_secs(1)), ..Forecast::of_seconds(steps) }
}

/// The steps without `left_out`, and when each began and ended.
fn tracker(left_out: &str, ran: &[(&str, i64, Option<i64>)]) -> Tracker {
    let steps = [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("c", 2)];
    let planned = steps.map(|(stage, ordinal)| PlannedStep {
        id: format!("{stage}{ordinal}"),
        stage: stage.to_owned(),
        ordinal,
        label: format!("RUN {stage}{ordinal}"),
    });
    let planned = planned.into_iter().filter(|step| step.id != left_out).collect();
    let at = |second: i64| Timestamp::from_second(ZERO + second).unwrap();
    let mut tracker = Tracker::new(planned);
    tracker.begin(at(0));
    let vertexes = ran.iter().map(|(id, start, end)| {
        let (stage, ordinal) = id.split_at(1);
        Vertex {
            digest: (*id).to_owned(),
            name: format!("[{stage} {ordinal}/2] RUN {id}"),
            started: Some(at(*start)),
            completed: end.map(at),
            ..Vertex::default()
        }
    });
    tracker.update(&StatusUpdate { vertexes: vertexes.collect(), ..StatusUpdate::default() });
    tracker
}

fn left(left_out: &str, ran: &[(&str, i64, Option<i64>)], second: i64) -> Option<(u64, bool)> {
    let now = Timestamp::from_second(ZERO + second).unwrap();
    let left = forecast().left(&tracker(left_out, ran), now);
    left.map(|left| (left.time.as_secs(), left.is_least))
}

#[test]
fn the_longest_way_through_what_is_bound_to_run() {
    // Nothing has begun: all of it may come from the cache.
    assert_eq!(left("c2", &[], 0), None);
    // a1 has one second to go, a2 takes 10, c1 3, the image 1; b is still to be looked up.
    assert_eq!(left("c2", &[("a1", 0, None)], 1), Some((15, false)));
    // b1 is over; a2 has run 4 of 10.
    let ran = [("a1", 0, Some(2)), ("a2", 2, None), ("b1", 0, Some(4))];
    assert_eq!(left("c2", &ran, 6), Some((10, false)));
    // Longer than ever: it may end at any moment, and the rest is still to come.
    assert_eq!(left("c2", &ran, 60), Some((4, false)));
}

#[test]
fn a_step_that_nobody_knows_makes_it_a_lower_bound() {
    assert_eq!(left("", &[("a1", 0, None)], 1), Some((15, true)));
    // Only what is unknown is left: there is nothing to say.
    let ran = [
        ("a1", 0, Some(2)),
        ("a2", 2, Some(12)),
        ("b1", 0, Some(4)),
        ("c1", 12, Some(15)),
        ("c2", 15, None),
    ];
    assert_eq!(left("", &ran, 16), None);
}

#[test]
fn usual_is_the_median_of_the_builds_that_ran_it() {
    let mut earlier = [record(1), record(2), record(3)];
    let id = earlier[0].steps[0].id.clone();
    for (record, (state, ms)) in earlier.iter_mut().zip([
        (WorkState::Done, 5_000),
        (WorkState::Cached, 10),
        (WorkState::Done, 7_000),
    ]) {
        record.steps[0].state = state;
        record.steps[0].same_as = None;
        record.steps[0].spans = vec![crate::timing::record::TimeSpan { start_ms: 0, end_ms: ms }];
    }
    let forecast = Forecast::new([(id.clone(), Vec::new())], &earlier);
    assert_eq!(forecast.usual(&id), Some(Duration::from_secs(5)));
    assert_eq!(forecast.usual("another"), None);
    assert!(!forecast.steps[&id].is_always_cached);
    let cached = Forecast::new([(id.clone(), Vec::new())], &earlier[1..2]);
    assert!(cached.steps[&id].is_always_cached, "{cached:?}");
    assert_eq!(Forecast::new([(id.clone(), Vec::new())], &[]).usual(&id), None);
}
