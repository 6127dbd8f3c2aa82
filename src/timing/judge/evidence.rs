//! What earlier builds tell about each step that ran.

use std::collections::BTreeMap;

use super::Gate;
use super::baseline::{Baseline, Earlier, fingerprint, ran_ms};
use super::matching::{Trait, match_steps};
use super::robust::median_ms;
use crate::timing::record::{Record, StepRecord};

/// What earlier builds tell about one step that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evidence {
    /// How long it took in each build of the baseline; `None` where that build does not count.
    pub by_build: Vec<Option<u64>>,
    /// The id that it had there, where all the times are of another one.
    pub was: Option<String>,
    /// The builds that lack it, where it is new.
    pub lacking: Option<usize>,
    /// For a new step, the time of those that went away beside it, in milliseconds.
    pub credit_ms: u64,
}

impl Evidence {
    /// The times to compare with. A new step is compared with what went away for it, once for each
    /// build that lacks it.
    pub(super) fn samples(&self) -> Vec<u64> {
        match self.lacking {
            Some(lacking) => vec![self.credit_ms; lacking],
            None => self.by_build.iter().flatten().copied().collect(),
        }
    }

    /// What it is expected to take, in milliseconds; `None` where nothing is known.
    pub(super) fn expected_ms(&self) -> Option<u64> {
        median_ms(&self.samples())
    }
}

/// The steps of `now` that ran, with the evidence for each.
pub(super) fn gather<'a>(
    now: &'a Record,
    baseline: &Baseline,
    gate: Gate,
) -> Vec<(&'a StepRecord, Evidence)> {
    let seen = look(now, baseline);
    let executed = now.steps.iter().enumerate().filter(|(_, step)| ran_ms(step).is_some());
    executed
        .map(|(index, step)| {
            let seen: Vec<Seen<'_>> = seen.iter().map(|build| build[index]).collect();
            (step, weigh(step, &seen, gate))
        })
        .collect()
}

/// All steps of `now` with the times that stand for them in a committed baseline, the newest
/// first: those of the same inputs where these are enough, else all that there are.
pub(super) fn usual<'a>(
    now: &'a Record,
    baseline: &Baseline,
    gate: Gate,
) -> Vec<(&'a StepRecord, Vec<u64>)> {
    let seen = look(now, baseline);
    let times = |index: usize, step: &StepRecord| -> Vec<u64> {
        let seen: Vec<Seen<'_>> = seen.iter().map(|build| build[index]).collect();
        let own = fingerprint(step);
        let same: Vec<u64> = times(&seen, |inputs| inputs == Some(own)).flatten().collect();
        if same.len() >= gate.needed { same } else { times(&seen, |_| true).flatten().collect() }
    };
    now.steps.iter().enumerate().map(|(index, step)| (step, times(index, step))).collect()
}

/// Each step of `now` in each earlier build: by build, then by step.
fn look<'a>(now: &Record, baseline: &'a Baseline) -> Vec<Vec<Seen<'a>>> {
    let traits: Vec<Trait<'_>> = now.steps.iter().map(trait_of).collect();
    baseline.builds.iter().map(|build| look_at(build, now, &traits)).collect()
}

fn look_at<'a>(build: &'a Earlier, now: &Record, traits: &[Trait<'_>]) -> Vec<Seen<'a>> {
    let earlier: Vec<Trait<'_>> = build
        .steps
        .iter()
        .map(|step| Trait { id: &step.id, stage: &step.stage, label: &step.label })
        .collect();
    let matching = match_steps(traits, &earlier);
    let mut seen: Vec<Seen<'_>> = matching
        .partner
        .iter()
        .map(|partner| match partner {
            Some(index) => {
                let step = &build.steps[*index];
                Seen::Here { id: &step.id, inputs: step.inputs, ran_ms: step.ran_ms }
            }
            None => Seen::Lacking { credit_ms: 0 },
        })
        .collect();
    // What the steps beside a new one took, less what those that stand for them take now: the
    // first new step has of it what it takes itself, the next one what is left.
    let mut left: BTreeMap<&[usize], u64> = BTreeMap::new();
    for (mine, beside) in &matching.beside {
        let left = left.entry(beside).or_insert_with(|| {
            let took: u64 = beside.iter().filter_map(|&index| build.steps[index].ran_ms).sum();
            let pairs = matching.partner.iter().zip(&now.steps);
            let takes: u64 = pairs
                .filter(|(partner, _)| partner.is_some_and(|index| beside.contains(&index)))
                .filter_map(|(_, step)| ran_ms(step))
                .sum();
            took.saturating_sub(takes)
        });
        let credit_ms = (*left).min(ran_ms(&now.steps[*mine]).unwrap_or(0));
        *left -= credit_ms;
        seen[*mine] = Seen::Lacking { credit_ms };
    }
    seen
}

/// The times of a step by build, where its inputs were as `wanted`.
fn times<'a>(
    seen: &'a [Seen<'_>],
    wanted: impl Fn(Option<u64>) -> bool + 'a,
) -> impl Iterator<Item = Option<u64>> + 'a {
    seen.iter().map(move |seen| match *seen {
        Seen::Here { inputs, ran_ms, .. } => ran_ms.filter(|_| wanted(inputs)),
        Seen::Lacking { .. } => None,
    })
}

/// The same step in one earlier build.
#[derive(Debug, Clone, Copy)]
enum Seen<'a> {
    Here { id: &'a str, inputs: Option<u64>, ran_ms: Option<u64> },
    Lacking { credit_ms: u64 },
}

/// Chooses the builds that count for a step.
///
/// A step whose inputs have changed is compared with the builds before the change, as long as
/// these are enough and those after it are not: otherwise the second build of a slow change would
/// find the first one among its measures, and be called usual.
fn weigh(step: &StepRecord, seen: &[Seen<'_>], gate: Gate) -> Evidence {
    let here = seen.iter().filter(|seen| matches!(seen, Seen::Here { .. })).count();
    let credits: Vec<u64> = seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Lacking { credit_ms } => Some(*credit_ms),
            Seen::Here { .. } => None,
        })
        .collect();
    if !credits.is_empty() && (here == 0 || (here < gate.needed && credits.len() >= gate.needed)) {
        return Evidence {
            by_build: vec![None; seen.len()],
            was: None,
            lacking: Some(credits.len()),
            credit_ms: median_ms(&credits).unwrap_or(0),
        };
    }
    let own = fingerprint(step);
    let are_enough = |times: &[Option<u64>]| times.iter().flatten().count() >= gate.needed;
    let candidates: [Vec<Option<u64>>; 3] = [
        times(seen, |inputs| inputs == Some(own)).collect(),
        times(seen, |inputs| inputs != Some(own)).collect(),
        times(seen, |_| true).collect(),
    ];
    let last = candidates.len() - 1;
    let chosen = candidates.iter().position(|times| are_enough(times)).unwrap_or(last);
    let by_build = candidates[chosen].clone();
    let ids: Vec<&str> = seen
        .iter()
        .zip(&by_build)
        .filter_map(|(seen, ms)| match seen {
            Seen::Here { id, .. } if ms.is_some() => Some(*id),
            _ => None,
        })
        .collect();
    let was = ids.first().filter(|_| !ids.contains(&step.id.as_str())).map(|id| (*id).to_owned());
    Evidence { by_build, was, lacking: None, credit_ms: 0 }
}

fn trait_of(step: &StepRecord) -> Trait<'_> {
    Trait { id: &step.id, stage: &step.stage, label: &step.label }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{build, file, step};
    use super::*;

    fn of(now: &Record, earlier: &[Record]) -> Vec<Evidence> {
        let found = gather(now, &Baseline::of_records(earlier), Gate::default());
        found.into_iter().map(|(_, evidence)| evidence).collect()
    }

    fn days(steps: impl Fn(i64) -> Vec<StepRecord>) -> Vec<Record> {
        (1..=6).map(|day| build(day, steps(day))).collect()
    }

    #[test]
    fn a_hit_is_no_sample_and_a_cached_step_is_not_compared() {
        let earlier = days(|day| {
            vec![step("a", "RUN a", (day > 2).then_some(100)), step("a", "RUN b", Some(5))]
        });
        let now = build(9, vec![step("a", "RUN a", Some(100)), step("a", "RUN b", None)]);
        let found = of(&now, &earlier);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].samples(), [100; 4]);
    }

    #[test]
    fn an_edited_step_has_the_samples_of_what_it_was() {
        let earlier = days(|_| vec![step("a", "RUN pip install a", Some(100))]);
        let now = build(9, vec![step("a", "RUN pip install a b", Some(300))]);
        let found = of(&now, &earlier);
        assert_eq!(found[0].samples(), [100; 6]);
        assert_eq!(found[0].was.as_deref(), Some(earlier[0].steps[0].id.as_str()));
        assert_eq!(found[0].lacking, None);
    }

    #[test]
    fn the_second_build_of_a_change_is_not_measured_by_the_first() {
        let slow = |ms| {
            let mut slow = step("a", "RUN pip install -r r.txt", Some(ms));
            slow.inputs.files = vec![file("r.txt", "0644", "new")];
            slow
        };
        let mut builds = days(|_| vec![step("a", "RUN pip install -r r.txt", Some(100))]);
        builds.push(build(7, vec![slow(900)]));
        let found = of(&build(9, vec![slow(901)]), &builds);
        assert_eq!(found[0].samples(), [100; 6]);
        // When five builds have it, it is what is usual.
        builds.extend((8..12).map(|day| build(day, vec![slow(900)])));
        let found = of(&build(20, vec![slow(901)]), &builds);
        assert_eq!(found[0].samples(), [900; 5]);
        // And back again.
        let back = build(21, vec![step("a", "RUN pip install -r r.txt", Some(100))]);
        assert_eq!(of(&back, &builds)[0].samples(), [100; 6]);
    }

    #[test]
    fn a_new_step_is_compared_with_nothing_and_stays_new_until_it_is_known() {
        let mut builds = days(|_| vec![step("a", "RUN a", Some(100))]);
        let now =
            build(9, vec![step("a", "RUN a", Some(100)), step("a", "RUN sleep 20", Some(20_000))]);
        assert_eq!(of(&now, &builds)[1].lacking, Some(6));
        assert_eq!(of(&now, &builds)[1].samples(), [0; 6]);
        builds.push(now.clone());
        assert_eq!(of(&now, &builds)[1].samples(), [0; 6]);
    }

    #[test]
    fn what_was_taken_away_gives_its_time_to_what_came() {
        let earlier = days(|_| vec![step("a", "RUN make one two", Some(20_000))]);
        let now = build(
            9,
            vec![step("a", "RUN make one", Some(9000)), step("a", "RUN make two", Some(11_500))],
        );
        let found = of(&now, &earlier);
        let new: Vec<u64> =
            found.iter().filter(|step| step.lacking.is_some()).map(|step| step.credit_ms).collect();
        // One of the two is what the old step was edited into; the other has what is left of it.
        assert!(new == [11_000] || new == [8500], "{found:?}");
    }

    #[test]
    fn without_builds_there_is_nothing() {
        let now = build(9, vec![step("a", "RUN a", Some(100))]);
        assert_eq!(of(&now, &[])[0].expected_ms(), None);
        assert_eq!(of(&now, &[])[0].lacking, None);
    }
}
