//! What earlier builds tell about each step that ran.

use super::Gate;
use super::baseline::{Baseline, EarlierBuild, fingerprint, ran_ms, series};
use super::matching::{Gap, Matching, StepKey, match_steps};
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

/// What the baseline tells about the steps of a build.
pub(super) struct StepEvidence<'a> {
    /// The steps that ran, by their index, with the evidence for each.
    pub steps: Vec<(usize, &'a StepRecord, Evidence)>,
    /// How the steps of each earlier build are paired with these.
    pub matchings: Vec<Matching>,
    /// Whether each earlier build is of this one's series, or as good as that.
    pub is_alike: Vec<bool>,
}

/// The steps of `now` that ran, with the evidence for each.
pub(super) fn gather<'a>(now: &'a Record, baseline: &Baseline, gate: Gate) -> StepEvidence<'a> {
    let (matchings, seen) = look(now, baseline);
    let is_alike = is_alike(now, baseline, gate);
    let executed = now.steps.iter().enumerate().filter(|(_, step)| ran_ms(step).is_some());
    let steps = executed
        .map(|(index, step)| {
            let seen: Vec<EarlierRun<'_>> = seen.iter().map(|build| build[index]).collect();
            (index, step, weigh(step, &seen, &is_alike, gate))
        })
        .collect();
    StepEvidence { steps, matchings, is_alike }
}

/// A build of the profile as it stands is never measured by experiments: builds with `--set` or with
/// build arguments. An experiment is measured by its like where there are enough, else by the profile
/// as it stands too, else by whatever there is.
fn is_alike(now: &Record, baseline: &Baseline, gate: Gate) -> Vec<bool> {
    let own = series(now);
    let count = |series| baseline.builds.iter().filter(|build| build.series == series).count();
    let is_alike = |build: &EarlierBuild| {
        let is_plain = build.series == 0 && count(own) < gate.needed;
        let is_any = own != 0 && count(own) < gate.needed && count(0) == 0;
        build.series == own || is_plain || is_any
    };
    baseline.builds.iter().map(is_alike).collect()
}

/// All steps of `now` with the times that stand for them in a committed baseline, the newest
/// first: those of the same inputs where these are enough, else all that there are.
pub(super) fn usual<'a>(
    now: &'a Record,
    baseline: &Baseline,
    gate: Gate,
) -> Vec<(&'a StepRecord, Vec<u64>)> {
    let (_, seen) = look(now, baseline);
    let times = |index: usize, step: &StepRecord| -> Vec<u64> {
        let seen: Vec<EarlierRun<'_>> = seen.iter().map(|build| build[index]).collect();
        let own = fingerprint(step);
        let same: Vec<u64> = times(&seen, |inputs| inputs == Some(own)).flatten().collect();
        if same.len() >= gate.needed { same } else { times(&seen, |_| true).flatten().collect() }
    };
    now.steps.iter().enumerate().map(|(index, step)| (step, times(index, step))).collect()
}

/// Each step of `now` in each earlier build: by build, then by step.
fn look<'a>(now: &Record, baseline: &'a Baseline) -> (Vec<Matching>, Vec<Vec<EarlierRun<'a>>>) {
    let keys: Vec<StepKey<'_>> = now.steps.iter().map(step_key).collect();
    baseline.builds.iter().map(|build| look_at(build, now, &keys)).unzip()
}

fn look_at<'a>(
    build: &'a EarlierBuild,
    now: &Record,
    keys: &[StepKey<'_>],
) -> (Matching, Vec<EarlierRun<'a>>) {
    let earlier: Vec<StepKey<'_>> = build
        .steps
        .iter()
        .map(|step| StepKey { id: &step.id, stage: &step.stage, label: &step.label })
        .collect();
    let matching = match_steps(keys, &earlier);
    let mut seen: Vec<EarlierRun<'_>> = matching
        .partner
        .iter()
        .map(|partner| match partner {
            Some(index) => {
                let step = &build.steps[*index];
                EarlierRun::Here { id: &step.id, inputs: step.inputs, ran_ms: step.ran_ms }
            }
            None => EarlierRun::Lacking { credit_ms: 0 },
        })
        .collect();
    for gap in &matching.gaps {
        share(gap, &matching.partner, &now.steps, build, &mut seen);
    }
    (matching, seen)
}

/// Steps that were merged, split, added and taken away between two neighbours have the time of all
/// that stood there, once:
///
/// ```text
/// earlier   RUN a 9 s   RUN b 11 s       a merged step has 20 s to compare with,
/// now       RUN a && b  20 s             two that one was split into have its time together
/// ```
///
/// A step has the time of the one that it is; what is left of the whole goes to the others, to each
/// up to what it takes itself. So nobody is called faster for what another step does now.
fn share<'a>(
    gap: &Gap,
    partner: &[Option<usize>],
    now: &[StepRecord],
    build: &'a EarlierBuild,
    seen: &mut [EarlierRun<'a>],
) {
    let is_inside = |mine: &usize| partner[*mine].is_none_or(|one| gap.earlier.contains(&one));
    let mine: Vec<usize> = gap.now.iter().copied().filter(is_inside).collect();
    // What moved elsewhere takes its time along.
    let is_here = |theirs: &usize| {
        let whose = partner.iter().position(|one| *one == Some(*theirs));
        whose.is_none_or(|one| mine.contains(&one))
    };
    let theirs: Vec<usize> = gap.earlier.iter().copied().filter(is_here).collect();
    let is_one_to_one =
        mine.len() == theirs.len() && mine.iter().all(|&index| partner[index].is_some());
    if is_one_to_one || mine.is_empty() || theirs.is_empty() {
        return;
    }
    let times: Option<Vec<u64>> = theirs.iter().map(|&index| build.steps[index].ran_ms).collect();
    let Some(times) = times else {
        // Some of it came from the cache: what all of it takes is not known from this build.
        for &index in &mine {
            match &mut seen[index] {
                EarlierRun::Here { ran_ms, .. } => *ran_ms = None,
                other => *other = EarlierRun::Unknown,
            }
        }
        return;
    };
    let own = |index: usize| partner[index].and_then(|one| build.steps[one].ran_ms).unwrap_or(0);
    let takes = |index: usize| ran_ms(&now[index]).unwrap_or(0);
    let mut shares: Vec<u64> = mine.iter().map(|&index| own(index).min(takes(index))).collect();
    let mut left = times.iter().sum::<u64>().saturating_sub(shares.iter().sum());
    // What went away goes first to the step that is most like it: the one that it was merged into.
    for (&gone, ms) in theirs.iter().zip(&times) {
        if partner.contains(&Some(gone)) {
            continue;
        }
        let label = &build.steps[gone].label;
        let alike = |index: usize| strsim::sorensen_dice(&now[index].label, label);
        let heir = (0..mine.len()).max_by(|&a, &b| alike(mine[a]).total_cmp(&alike(mine[b])));
        if let Some(heir) = heir {
            let more = left.min(*ms).min(takes(mine[heir]).saturating_sub(shares[heir]));
            shares[heir] += more;
            left -= more;
        }
    }
    // Then to those that are new, then to those that take longer, and what is left goes back.
    for is_new in [true, false] {
        for (&index, share) in mine.iter().zip(&mut shares) {
            if partner[index].is_none() == is_new {
                let more = left.min(takes(index).saturating_sub(*share));
                *share += more;
                left -= more;
            }
        }
    }
    for (&index, share) in mine.iter().zip(&mut shares) {
        let back = left.min(own(index).saturating_sub(*share));
        *share += back;
        left -= back;
        match &mut seen[index] {
            EarlierRun::Here { ran_ms, .. } => *ran_ms = Some(*share),
            other => *other = EarlierRun::Lacking { credit_ms: *share },
        }
    }
}

/// The times of a step by build, where its inputs were as `wanted`.
fn times<'a>(
    seen: &'a [EarlierRun<'_>],
    wanted: impl Fn(Option<u64>) -> bool + 'a,
) -> impl Iterator<Item = Option<u64>> + 'a {
    seen.iter().map(move |seen| match *seen {
        EarlierRun::Here { inputs, ran_ms, .. } => ran_ms.filter(|_| wanted(inputs)),
        EarlierRun::Lacking { .. } | EarlierRun::Unknown => None,
    })
}

/// The same step in one earlier build.
#[derive(Debug, Clone, Copy)]
enum EarlierRun<'a> {
    Here {
        id: &'a str,
        inputs: Option<u64>,
        ran_ms: Option<u64>,
    },
    Lacking {
        credit_ms: u64,
    },
    /// It may have been a part of a step that came from the cache.
    Unknown,
}

/// Chooses the builds that count for a step.
///
/// A step with other inputs is another series. One whose inputs have changed is compared with the
/// builds before the change, as long as these are enough and those after it are not: otherwise the
/// second build of a slow change would find the first one among its measures, and be called usual.
fn weigh(step: &StepRecord, seen: &[EarlierRun<'_>], is_alike: &[bool], gate: Gate) -> Evidence {
    let alike = || seen.iter().zip(is_alike).filter(|(_, is_alike)| **is_alike).map(|(one, _)| one);
    let here = alike().filter(|seen| matches!(seen, EarlierRun::Here { .. })).count();
    let mut credits: Vec<u64> = alike()
        .filter_map(|seen| match seen {
            EarlierRun::Lacking { credit_ms } => Some(*credit_ms),
            EarlierRun::Here { .. } | EarlierRun::Unknown => None,
        })
        .collect();
    if here == 0 && credits.is_empty() {
        credits = vec![0; alike().filter(|seen| matches!(seen, EarlierRun::Unknown)).count()];
    }
    if !credits.is_empty() && (here == 0 || (here < gate.needed && credits.len() >= gate.needed)) {
        return Evidence {
            by_build: vec![None; seen.len()],
            was: None,
            lacking: Some(credits.len()),
            credit_ms: median_ms(&credits).unwrap_or(0),
        };
    }
    let own = fingerprint(step);
    let of_alike = |times: Vec<Option<u64>>| -> Vec<Option<u64>> {
        times.into_iter().zip(is_alike).map(|(ms, is_alike)| ms.filter(|_| *is_alike)).collect()
    };
    let others = of_alike(times(seen, |inputs| inputs != Some(own)).collect());
    let candidates = [
        // What has the very same inputs is the same work in any series.
        times(seen, |inputs| inputs == Some(own)).collect(),
        established(seen, &others, gate),
        others,
        of_alike(times(seen, |_| true).collect()),
    ];
    let are_enough = |times: &[Option<u64>]| times.iter().flatten().count() >= gate.needed;
    let last = candidates.len() - 1;
    let chosen = candidates.iter().position(|times| are_enough(times)).unwrap_or(last);
    let by_build = candidates[chosen].clone();
    let ids: Vec<&str> = seen
        .iter()
        .zip(&by_build)
        .filter_map(|(seen, ms)| match seen {
            EarlierRun::Here { id, .. } if ms.is_some() => Some(*id),
            _ => None,
        })
        .collect();
    let was = ids.first().filter(|_| !ids.contains(&step.id.as_str())).map(|id| (*id).to_owned());
    Evidence { by_build, was, lacking: None, credit_ms: 0 }
}

/// Of these times, those of the newest inputs that were built often enough: an edit that was tried
/// once and taken back is no measure for the next one.
fn established(seen: &[EarlierRun<'_>], times: &[Option<u64>], gate: Gate) -> Vec<Option<u64>> {
    let inputs: Vec<Option<u64>> = seen
        .iter()
        .zip(times)
        .map(|(seen, ms)| match seen {
            EarlierRun::Here { inputs, .. } => inputs.filter(|_| ms.is_some()),
            EarlierRun::Lacking { .. } | EarlierRun::Unknown => None,
        })
        .collect();
    let count = |wanted: &u64| inputs.iter().flatten().filter(|one| *one == wanted).count();
    let newest = inputs.iter().flatten().find(|one| count(one) >= gate.needed);
    let of_newest = inputs.iter().zip(times);
    of_newest.map(|(one, ms)| ms.filter(|_| newest.is_some() && one.as_ref() == newest)).collect()
}

fn step_key(step: &StepRecord) -> StepKey<'_> {
    StepKey { id: &step.id, stage: &step.stage, label: &step.label }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{build, file, step};
    use super::*;

    fn of(now: &Record, earlier: &[Record]) -> Vec<Evidence> {
        let found = gather(now, &Baseline::of_records(earlier), Gate::default());
        found.steps.into_iter().map(|(_, _, evidence)| evidence).collect()
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

    /// The samples of each step now, where all six earlier builds had `earlier`.
    fn shares(earlier: &[(&str, u64)], now: &[(&str, u64)]) -> Vec<u64> {
        let steps = |steps: &[(&str, u64)]| -> Vec<StepRecord> {
            steps.iter().map(|(text, ms)| step("a", text, Some(*ms))).collect()
        };
        let found = of(&build(9, steps(now)), &days(|_| steps(earlier)));
        found.iter().map(|step| step.expected_ms().unwrap()).collect()
    }

    #[test]
    fn what_stood_in_a_gap_is_shared_out_once() {
        let whole = [("RUN make one && make two", 20_000)];
        let parts = [("RUN make one", 9000), ("RUN make two", 11_000)];
        assert_eq!(shares(&parts, &whole), [20_000], "merged");
        assert_eq!(shares(&whole, &parts).iter().sum::<u64>(), 20_000, "split");
        assert_eq!(shares(&parts, &[("RUN make one && make two", 26_000)]), [20_000]);
        // Slower in sum: what is missing is missing once.
        let slower = shares(&whole, &[("RUN make one", 9000), ("RUN make two", 15_000)]);
        assert_eq!(slower.iter().sum::<u64>(), 20_000, "{slower:?}");
        // Without another step beside it, it is simply faster.
        assert_eq!(shares(&[("RUN make one", 20_000)], &[("RUN make one -j8", 9000)]), [20_000]);
    }

    #[test]
    fn five_steps_merged_into_one_are_their_sum() {
        let five: Vec<String> = (0..5).map(|k| format!("RUN apt-get install pkg{k}")).collect();
        let five: Vec<(&str, u64)> = five.iter().map(|text| (text.as_str(), 5000)).collect();
        let one = [("RUN apt-get install pkg0 pkg1 pkg2 pkg3 pkg4", 21_000)];
        assert_eq!(shares(&five, &one), [21_000]);
    }

    #[test]
    fn a_part_that_came_from_the_cache_tells_nothing_of_the_whole() {
        let parts = |day: i64| {
            let ran = |ms: u64| (day > 3).then_some(ms);
            vec![step("a", "RUN make one", ran(9000)), step("a", "RUN make two", Some(11_000))]
        };
        let now = build(9, vec![step("a", "RUN make one && make two", Some(20_000))]);
        assert_eq!(of(&now, &days(parts))[0].samples(), [20_000; 3]);
    }

    #[test]
    fn an_experiment_is_no_measure_for_the_profile_as_it_stands() {
        let slow = |value: &str, ms: u64| {
            let mut step = step("a", "RUN work", Some(ms));
            step.inputs.state = vec![format!("ENV SLOW={value}")];
            step
        };
        let mut builds = days(|day| vec![slow("1", 1000 + day as u64)]);
        for day in 7..12 {
            let mut experiment = build(day, vec![slow("8", 8000)]);
            experiment.plan.set = ["env.SLOW".to_owned()].into();
            experiment.plan.values = [("env.SLOW".to_owned(), "8".to_owned())].into();
            builds.push(experiment);
        }
        let mut now = build(20, vec![slow("9", 7500)]);
        assert_eq!(of(&now, &builds)[0].expected_ms(), Some(1004));
        assert_eq!(of(&now, &builds)[0].samples().len(), 6);
        // Nor is one edit that was tried and taken back.
        let mut tried = builds[..6].to_vec();
        tried.push(build(7, vec![slow("5", 5000)]));
        assert_eq!(of(&now, &tried)[0].samples().len(), 6);
        // An experiment is measured by its own, and without any by what there is.
        now.plan.set = ["env.SLOW".to_owned()].into();
        assert_eq!(of(&now, &builds)[0].samples().len(), 6);
        now.plan.values = builds[8].plan.values.clone();
        assert_eq!(of(&now, &builds)[0].samples(), [8000; 5]);
    }

    #[test]
    fn without_builds_there_is_nothing() {
        let now = build(9, vec![step("a", "RUN a", Some(100))]);
        assert_eq!(of(&now, &[])[0].expected_ms(), None);
        assert_eq!(of(&now, &[])[0].lacking, None);
    }
}
