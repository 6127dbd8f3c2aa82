//! The wall times that earlier builds would have had with exactly the steps that ran now.
//!
//! Of each earlier build those steps are put together that ran again now, or that steps of now stand
//! for, as they waited for each other *there*, with their times there (for one that came from the
//! cache, its median; for one that does not run now, nothing), and that build's own overhead is added.
//! So a build of three steps is not measured by builds of thirty, one in which stages do not run beside
//! each other any more is measured by those in which they did, and of a build in which the same steps
//! ran the result is the wall time that was measured.

use super::baseline::{Baseline, EarlierBuild, ran_ms};
use super::evidence::{Evidence, StepEvidence};
use super::matching::Matching;
use super::path::StepPath;
use super::robust::median_ms;
use crate::timing::record::Record;

/// A step matters to a build's time from this share of it on.
const SHARE_THAT_MATTERS: f64 = 0.1;

/// What a build is expected to take.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    /// One wall time a build of the baseline, in milliseconds.
    pub walls_ms: Vec<u64>,
    /// How many builds they are worth: the least number of samples among the steps that matter.
    pub n: usize,
    /// Whether one of them was not measured, but put together.
    pub is_modelled: bool,
}

/// A step that ran now.
pub(super) struct RanStep<'a> {
    /// Its place among the steps of now.
    pub index: usize,
    pub evidence: &'a Evidence,
    /// What was accepted on top of its median, in milliseconds.
    pub allowance_ms: u64,
    /// How long it took now.
    pub actual_ms: u64,
}

/// The wall times of `now`'s steps in the builds of the baseline.
pub(super) fn expect(
    now: &Record,
    ran: &[RanStep<'_>],
    gathered: &StepEvidence<'_>,
    baseline: &Baseline,
) -> Expected {
    let builds = || baseline.builds.iter().zip(&gathered.is_alike).filter(|(_, is)| **is);
    let overheads: Vec<u64> = builds().filter_map(|(build, _)| build.overhead_ms).collect();
    let Some(usual_overhead) = median_ms(&overheads) else { return Expected::default() };
    let model = Model { path: StepPath::of(&now.steps), ran, steps: now.steps.len() };
    // What was accepted comes on top, as far as it makes the whole longer.
    let usual = |ran: &RanStep<'_>| ran.evidence.expected_ms().unwrap_or(0);
    let accepted_ms = model
        .length_ms(|ran| usual(ran).saturating_add(ran.allowance_ms))
        .saturating_sub(model.length_ms(usual));
    let (mut walls_ms, mut is_modelled) = (Vec::new(), accepted_ms > 0);
    for (index, build) in baseline.builds.iter().enumerate() {
        if gathered.is_alike[index] {
            let (steps_ms, is_measured) = model.of(index, build, &gathered.matchings[index]);
            is_modelled |= !is_measured || build.overhead_ms.is_none();
            let overhead = build.overhead_ms.unwrap_or(usual_overhead);
            walls_ms.push(overhead.saturating_add(steps_ms).saturating_add(accepted_ms));
        }
    }
    let whole = median_ms(&walls_ms).unwrap_or(0) as f64;
    let matters = |ran: &RanStep<'_>| {
        let ms = ran.evidence.expected_ms().unwrap_or(ran.actual_ms);
        ms as f64 >= SHARE_THAT_MATTERS * whole
    };
    let fewest =
        ran.iter().filter(|ran| matters(ran)).map(|ran| ran.evidence.samples().len()).min();
    Expected { n: fewest.unwrap_or(walls_ms.len()).min(walls_ms.len()), walls_ms, is_modelled }
}

struct Model<'a> {
    /// How the steps wait for each other now.
    path: StepPath,
    ran: &'a [RanStep<'a>],
    steps: usize,
}

impl Model<'_> {
    /// What the steps take in an earlier build, and whether that was measured there.
    fn of(&self, index: usize, build: &EarlierBuild, matching: &Matching) -> (u64, bool) {
        let usual = |ran: &RanStep<'_>| {
            let in_build = ran.evidence.by_build.get(index).copied().flatten();
            in_build.or_else(|| ran.evidence.expected_ms()).unwrap_or(0)
        };
        let Some(path) = &build.path else { return (self.length_ms(usual), false) };
        let mut times: Vec<Option<u64>> = vec![None; build.steps.len()];
        let mut is_measured = true;
        for ran in self.ran {
            // Steps that were merged or split: all that stood in their place, as it was.
            for &theirs in matching.gap_of(ran.index).map_or(&[][..], |gap| &gap.earlier) {
                let is_here = !matching.partner.contains(&Some(theirs));
                if is_here && let Some(ms) = build.steps[theirs].ran_ms {
                    times[theirs] = Some(ms);
                }
            }
            if let Some(theirs) = matching.partner[ran.index] {
                let is_shared =
                    matching.gap_of(ran.index).is_some_and(|gap| matching.is_shared(gap));
                let own = build.steps[theirs].ran_ms.filter(|_| is_shared);
                let ms = own.unwrap_or_else(|| usual(ran));
                is_measured &= build.steps[theirs].ran_ms == Some(ms);
                times[theirs] = Some(ms);
            }
        }
        is_measured &= build.steps.iter().zip(&times).all(|(step, ms)| step.ran_ms == *ms);
        let mut steps_ms = path.length_ms(&|at| times[at].unwrap_or(0));
        // A step that this build had not, and others had.
        let is_absent = |ran: &RanStep<'_>| {
            matching.partner[ran.index].is_none() && ran.evidence.lacking.is_none()
        };
        let absent_ms = self
            .length_ms(usual)
            .saturating_sub(self.length_ms(|ran| if is_absent(ran) { 0 } else { usual(ran) }));
        is_measured &= absent_ms == 0;
        steps_ms = steps_ms.saturating_add(absent_ms);
        (steps_ms, is_measured)
    }

    /// The longest chain of the steps as they wait for each other now.
    fn length_ms(&self, ms: impl Fn(&RanStep<'_>) -> u64) -> u64 {
        let mut times = vec![0; self.steps];
        for ran in self.ran {
            times[ran.index] = ms(ran);
        }
        self.path.length_ms(&|at| times[at])
    }
}

/// The wall time of a build in which steps took other times: its own, and the difference that they
/// make to its longest chain. `ms` tells the time of the step at an index.
pub(super) fn wall_with(record: &Record, ms: &dyn Fn(usize) -> u64) -> u64 {
    let path = StepPath::of(&record.steps);
    let own = path.length_ms(&|at| ran_ms(&record.steps[at]).unwrap_or(0));
    record.wall_ms.saturating_sub(own).saturating_add(path.length_ms(ms))
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
        let ran: Vec<RanStep<'_>> = found
            .steps
            .iter()
            .map(|(index, step, evidence)| RanStep {
                index: *index,
                evidence,
                allowance_ms: 0,
                actual_ms: step.duration_ms(),
            })
            .collect();
        expect(now, &ran, &found, &baseline)
    }

    #[test]
    fn stages_that_ran_beside_each_other_are_not_added_up() {
        let beside = |day: i64| {
            build(day, vec![step("a", "RUN a", Some(3500)), step("b", "RUN b", Some(3600))])
        };
        let earlier: Vec<Record> = (1..=6).map(beside).collect();
        let mut now = beside(9);
        now.steps[1].inputs.needs = vec![now.steps[0].id.clone()];
        now.wall_ms = 8100;
        let found = expected(&now, &earlier);
        assert_eq!((found.walls_ms, found.is_modelled), (vec![4600; 6], false));
        // And the other way round.
        let after: Vec<Record> = (1..=6).map(|_| now.clone()).collect();
        assert_eq!(expected(&beside(9), &after).walls_ms, [8100; 6]);
    }

    #[test]
    fn merged_and_split_steps_are_measured_by_walls_that_were() {
        let whole = |day| build(day, vec![step("a", "RUN x; y", Some(5600))]);
        let parts =
            |day| build(day, vec![step("a", "RUN x", Some(2500)), step("a", "RUN y", Some(3100))]);
        for (now, earlier) in [
            (whole(9), (1..=6).map(parts).collect::<Vec<Record>>()),
            (parts(9), (1..=6).map(whole).collect()),
        ] {
            let found = expected(&now, &earlier);
            assert_eq!((found.walls_ms, found.is_modelled), (vec![6600; 6], false));
        }
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
        assert_eq!((found.n, found.is_modelled), (6, true));
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
