//! The wall times that earlier builds would have had with exactly the steps that ran now.
//!
//! For each of them the steps of this build are put together with that build's times (for a step
//! that came from the cache there, its median; for one that did not run now, nothing), and that
//! build's own overhead is added. So a build of three steps is not measured by builds of thirty.

use std::collections::HashMap;

use super::baseline::Baseline;
use super::evidence::Evidence;
use super::path::StepPath;
use super::robust::median_ms;
use crate::timing::record::{Record, StepRecord};

/// A step matters to a build's time from this share of it on.
const SHARE_THAT_MATTERS: f64 = 0.1;

/// What a build is expected to take.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    /// One wall time a build of the baseline, in milliseconds.
    pub walls_ms: Vec<u64>,
    /// How many builds they are worth: the least number of samples among the steps that matter.
    pub n: usize,
}

/// A step that ran now.
pub(super) struct Ran<'a> {
    pub step: &'a StepRecord,
    pub evidence: &'a Evidence,
    /// What was accepted on top of its median, in milliseconds.
    pub allowance_ms: u64,
    /// How long it took now.
    pub actual_ms: u64,
}

/// The wall times of `now`'s steps in the builds of the baseline.
pub(super) fn expect(now: &Record, ran: &[Ran<'_>], baseline: &Baseline) -> Expected {
    let overheads: Vec<u64> =
        baseline.builds.iter().filter_map(|build| build.overhead_ms).collect();
    let Some(usual_overhead) = median_ms(&overheads) else { return Expected::default() };
    let path = StepPath::of(&now.steps);
    let wall = |index: usize| {
        let times: HashMap<&str, u64> = ran
            .iter()
            .map(|ran| {
                let in_build = ran.evidence.by_build.get(index).copied().flatten();
                let ms = in_build.or_else(|| ran.evidence.expected_ms()).unwrap_or(0);
                (ran.step.id.as_str(), ms + ran.allowance_ms)
            })
            .collect();
        let overhead = baseline.builds[index].overhead_ms.unwrap_or(usual_overhead);
        overhead + path.length_ms(&|id| times.get(id).copied().unwrap_or(0))
    };
    let walls_ms: Vec<u64> = (0..baseline.builds.len()).map(wall).collect();
    let whole = median_ms(&walls_ms).unwrap_or(0) as f64;
    let matters = |ran: &Ran<'_>| {
        let ms = ran.evidence.expected_ms().unwrap_or(ran.actual_ms);
        ms as f64 >= SHARE_THAT_MATTERS * whole
    };
    let fewest =
        ran.iter().filter(|ran| matters(ran)).map(|ran| ran.evidence.samples().len()).min();
    Expected { n: fewest.unwrap_or(walls_ms.len()).min(walls_ms.len()), walls_ms }
}

#[cfg(test)]
mod tests {
    use super::super::Gate;
    use super::super::evidence::gather;
    use super::super::testing::{build, step};
    use super::*;

    fn expected(now: &Record, earlier: &[Record]) -> Expected {
        let baseline = Baseline::of_records(earlier);
        let found = gather(now, &baseline, Gate::default());
        let ran: Vec<Ran<'_>> = found
            .iter()
            .map(|(step, evidence)| Ran {
                step,
                evidence,
                allowance_ms: 0,
                actual_ms: step.duration_ms(),
            })
            .collect();
        expect(now, &ran, &baseline)
    }

    #[test]
    fn a_partial_build_is_measured_by_the_steps_that_ran() {
        let cold = |day: i64| {
            let ms = |base: u64| Some(base + day as u64);
            build(
                day,
                vec![
                    step("a", "RUN a", ms(30_000)),
                    step("b", "RUN b", ms(10_000)),
                    step("b", "RUN c", ms(5000)),
                ],
            )
        };
        let earlier: Vec<Record> = (1..=6).map(cold).collect();
        let now = build(
            9,
            vec![
                step("a", "RUN a", None),
                step("b", "RUN b", Some(10_000)),
                step("b", "RUN c", Some(5000)),
            ],
        );
        let found = expected(&now, &earlier);
        // The newest first; the overhead of each is one second.
        assert_eq!(found.walls_ms, [16_012, 16_010, 16_008, 16_006, 16_004, 16_002]);
        assert_eq!(found.n, 6);
    }

    #[test]
    fn the_step_with_the_fewest_samples_tells_how_much_it_is_worth() {
        let earlier: Vec<Record> = (1..=6)
            .map(|day| {
                let often = step("a", "RUN often", Some(20_000));
                build(day, vec![often, step("a", "RUN seldom", (day > 4).then_some(20_000))])
            })
            .collect();
        let now = build(
            9,
            vec![step("a", "RUN often", Some(20_000)), step("a", "RUN seldom", Some(20_000))],
        );
        let found = expected(&now, &earlier);
        assert_eq!((found.n, found.walls_ms.len()), (2, 6));
        assert!(found.walls_ms.iter().all(|&wall| wall == 41_000), "cached there: the median");
    }

    #[test]
    fn a_step_that_never_ran_before_leaves_nothing_to_expect() {
        let earlier: Vec<Record> =
            (1..=6).map(|day| build(day, vec![step("a", "RUN a", None)])).collect();
        let now = build(9, vec![step("a", "RUN a", Some(20_000))]);
        assert_eq!(expected(&now, &earlier).n, 0);
        assert_eq!(expected(&now, &[]), Expected::default());
    }
}
