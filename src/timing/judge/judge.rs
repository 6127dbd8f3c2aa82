//! One build against its baseline: all the findings put together.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::accept::{WHOLE_BUILD, holding};
use super::alert::{Alerts, Values, most_severe};
use super::baseline::{Baseline, ran_ms};
use super::environment_changes::environment_changes;
use super::evidence::{Evidence, StepEvidence, gather};
use super::expected::{RanStep, expect, wall_with};
use super::inherited::Inherited;
use super::misses::misses;
use super::network::is_network_bound;
use super::reason::reason;
use super::robust::median_ms;
use super::statistics::{compare, compare_of};
use super::{
    BaselineRole, CacheFacts, Comparison, Gate, Judgement, RepeatedStep, SizeComparison,
    StepComparison, Verdict,
};
use crate::profile::Alert;
use crate::timing::WorkState;
use crate::timing::graph::Graph;
use crate::timing::record::{Ending, Record, StepRecord};

/// What judging needs beside the builds.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The day, in UTC: acceptances end.
    pub today: Date,
    /// Where a value of the profile is written, as `profiles/cpu.yaml:12:3`.
    pub locate: &'a dyn Fn(&str) -> Option<String>,
    /// Further builds of the same plan, run to confirm the suspects.
    pub repeats: &'a [Record],
    /// What came from the cache now and is on record as slow from when it ran.
    pub inherited: &'a Inherited,
    /// What evidence a verdict needs.
    pub gate: Gate,
}

/// Judges a build.
///
/// `reference` is the last build of the same profile, whatever its cache mode: why steps ran is
/// told against it.
pub fn judge(
    now: &Record,
    baseline: &Baseline,
    reference: Option<&Record>,
    alerts: &[Alert],
    context: &Context<'_>,
) -> Judgement {
    let gate = context.gate;
    let alerts = Alerts::of(alerts, context.locate);
    let cache = cache_facts(now);
    let size = size(now, baseline);
    // What a build that was slow left in the cache is judged by the time that it took there.
    let of_first;
    let inherited = if baseline.facts.builds == 0 {
        of_first = context.inherited.of_first_build();
        &of_first
    } else {
        context.inherited
    };
    let as_run = &inherited.applied_to(now);
    let values = values(now, as_run.permission_errors, cache, baseline);
    let beyond = |time: u64, before: u64| alerts.is_beyond(&values, time, before);

    let gathered = gather(as_run, baseline, gate);
    let repeated = Repeated { now: as_run, repeats: context.repeats };
    let mut steps: Vec<StepComparison> = gathered
        .steps
        .iter()
        .map(|(_, step, evidence)| {
            let samples = evidence.samples();
            let mut comparison = compare(repeated.step_ms(step), &samples, gate, &beyond);
            let accepted = holding(&baseline.accepted, &step.id, context.today);
            let accepted = accepted.filter(|accepted| {
                comparison.actual_ms > comparison.median_ms
                    && !beyond(comparison.actual_ms, accepted.limit_ms)
            });
            if accepted.is_some() && comparison.is_slower {
                (comparison.verdict, comparison.held_by) = (Verdict::Ok, None);
            }
            let ran_in = inherited.build_of(&step.id).map(str::to_owned);
            let accepted = accepted.map(|found| found.acceptance());
            step_comparison(step, evidence, comparison, accepted, ran_in)
        })
        .collect();

    let is_built = now.ending == Ending::Built;
    let build = if is_built {
        let mut build =
            compare_build(as_run, &repeated, &gathered, &steps, baseline, gate, &beyond);
        let accepted = holding(&baseline.accepted, WHOLE_BUILD, context.today);
        let is_within = |limit_ms| !beyond(build.actual_ms, limit_ms);
        if build.is_slower && accepted.is_some_and(|accepted| is_within(accepted.limit_ms)) {
            (build.verdict, build.held_by) = (Verdict::Ok, None);
        }
        build
    } else {
        // What failed or was stopped has no time to compare.
        for step in &mut steps {
            step.comparison.verdict = Verdict::Inconclusive;
        }
        compare(now.wall_ms, &[], gate, &beyond)
    };
    let is_regressed = |comparison: &Comparison| comparison.verdict == Verdict::Regressed;
    let verdict = if steps.iter().any(|step| is_regressed(&step.comparison)) {
        Verdict::Regressed
    } else {
        build.verdict
    };

    let graph = Graph::of(now);
    let saved_ms = |steps: &BTreeSet<&str>| {
        now.wall_ms.saturating_sub(graph.replay(|id| steps.contains(id).then_some(0)))
    };
    let misses = misses(now, reference, context.locate, &saved_ms);
    let environment = environment_changes(now, reference, baseline, verdict, &steps, &misses);
    let outcomes = alerts.outcomes(&values, &build, &steps, gate.floor_ms);

    let mut judgement = Judgement {
        verdict,
        reason: String::new(),
        baseline: baseline.facts.clone(),
        build,
        steps,
        size,
        cache,
        misses,
        environment,
        action: most_severe(&outcomes),
        alerts: outcomes,
        confirmed_by_ms: context.repeats.iter().map(|repeat| repeat.wall_ms).collect(),
        repeated: repeated.facts(),
        held_before: None,
        standing: None,
    };
    judgement.reason = reason(&judgement, now.ending, gate);
    if is_built {
        inherited.hold(&mut judgement);
        let standing = BaselineRole::of(&judgement);
        // What was slow before, and is not shown to be fast, is no measure.
        let is_open = standing == BaselineRole::Good && inherited.is_open(&judgement);
        judgement.standing = Some(if is_open { BaselineRole::Suspect } else { standing });
    }
    judgement
}

/// A build and those that were run to confirm it.
struct Repeated<'a> {
    now: &'a Record,
    repeats: &'a [Record],
}

impl Repeated<'_> {
    /// The time of a step: the median over the builds in which it ran.
    fn step_ms(&self, step: &StepRecord) -> u64 {
        let again = self.repeats.iter().filter_map(|repeat| repeat.step(&step.id));
        let times: Vec<u64> = again.chain([step]).filter_map(ran_ms).collect();
        median_ms(&times).unwrap_or(0)
    }

    /// The wall time: with the median of each step on the build's own path. What it took beside its
    /// steps is its own too, unless all of it was repeated, the image included.
    fn wall_ms(&self) -> u64 {
        let steps = &self.now.steps;
        let medians = |at: usize| ran_ms(&steps[at]).map_or(0, |_| self.step_ms(&steps[at]));
        let wall = wall_with(self.now, &medians);
        let ran = |record: &Record| -> BTreeSet<String> {
            record.executed().map(|step| step.id.clone()).collect()
        };
        let own = ran(self.now);
        let whole = self.repeats.iter().filter(|repeat| repeat.image.is_some());
        let alike = whole.filter(|repeat| ran(repeat).is_superset(&own));
        let beside = |record: &Record| wall_with(record, &|_| 0);
        let overheads: Vec<u64> = alike.chain([self.now]).map(beside).collect();
        let overhead = median_ms(&overheads).unwrap_or(0);
        (wall + overhead).saturating_sub(beside(self.now))
    }

    /// What was run again, with its times, the first one first.
    fn facts(&self) -> Vec<RepeatedStep> {
        let ran = |step: &&StepRecord| ran_ms(step).is_some();
        let all = self.now.steps.iter().filter(ran).filter_map(|step| {
            let again = self.repeats.iter().filter_map(|repeat| ran_ms(repeat.step(&step.id)?));
            let again_ms: Vec<u64> = again.collect();
            (!again_ms.is_empty()).then(|| RepeatedStep { step: step.id.clone(), again_ms })
        });
        all.collect()
    }
}

fn compare_build(
    now: &Record,
    repeated: &Repeated<'_>,
    gathered: &StepEvidence<'_>,
    steps: &[StepComparison],
    baseline: &Baseline,
    gate: Gate,
    beyond: &dyn Fn(u64, u64) -> bool,
) -> Comparison {
    let ran: Vec<RanStep<'_>> = gathered
        .steps
        .iter()
        .zip(steps)
        .map(|((index, _, evidence), compared)| RanStep {
            index: *index,
            evidence,
            allowance_ms: compared.accepted.as_ref().map_or(0, |accepted| {
                accepted.limit_ms.saturating_sub(compared.comparison.median_ms)
            }),
            actual_ms: compared.comparison.actual_ms,
        })
        .collect();
    let expected = expect(now, &ran, gathered, baseline);
    let found = compare_of(repeated.wall_ms(), &expected.walls_ms, expected.n, gate, beyond);
    Comparison { is_modelled: expected.is_modelled, ..found }
}

fn step_comparison(
    step: &StepRecord,
    evidence: &Evidence,
    comparison: Comparison,
    accepted: Option<super::Acceptance>,
    ran_in: Option<String>,
) -> StepComparison {
    StepComparison {
        step: step.id.clone(),
        stage: step.stage.clone(),
        label: step.label.clone(),
        origin: step.origin.clone(),
        was: evidence.was.clone(),
        is_new: evidence.lacking.is_some(),
        is_network_bound: is_network_bound(&step.inputs.text),
        comparison,
        accepted,
        ran_in,
    }
}

fn cache_facts(now: &Record) -> CacheFacts {
    let count =
        |states: &[WorkState]| now.steps.iter().filter(|step| states.contains(&step.state)).count();
    CacheFacts {
        hits: count(&[WorkState::Cached]),
        misses: count(&[WorkState::Done, WorkState::Failed]),
        hit_rate: now.hit_rate(),
    }
}

fn size(now: &Record, baseline: &Baseline) -> Option<SizeComparison> {
    let bytes = now.image.as_ref()?.size_bytes;
    Some(SizeComparison { bytes, baseline_bytes: baseline.image_bytes()? })
}

fn values(now: &Record, permission_errors: u64, cache: CacheFacts, baseline: &Baseline) -> Values {
    let trial = now.trial.as_ref();
    let startup_ms = trial.and_then(|trial| trial.startup_ms);
    let denied = trial.map_or(0, |trial| trial.permission_errors);
    let known = [
        ("cache_hit_rate", cache.hit_rate),
        ("image_size", now.image.as_ref().map(|image| image.size_bytes as f64)),
        ("baseline_image_size", baseline.image_bytes().map(|bytes| bytes as f64)),
        ("steps_executed", Some(now.executed().count() as f64)),
        ("steps_cached", Some(cache.hits as f64)),
        ("permission_errors", Some((permission_errors + denied) as f64)),
        ("startup_time", startup_ms.map(|ms| ms as f64 / 1000.0)),
        ("service_uptime", trial.and_then(|trial| trial.service_uptime)),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
