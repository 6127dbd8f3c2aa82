//! One build against its baseline: all the findings put together.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::accept::holding;
use super::alert::{Alerts, Values, gravest};
use super::baseline::{Baseline, ran_ms};
use super::circumstances::circumstances;
use super::evidence::{Evidence, gather};
use super::expected::{Ran, expect};
use super::misses::misses;
use super::network::is_network_bound;
use super::path::StepPath;
use super::reason::reason;
use super::robust::median_ms;
use super::statistics::{compare, compare_of};
use super::{CacheFacts, Comparison, Gate, Judgement, SizeComparison, StepComparison, Verdict};
use crate::profile::Alert;
use crate::timing::WorkState;
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
    let values = values(now, cache, baseline);
    let beyond = |time: u64, before: u64| alerts.is_beyond(&values, time, before);

    let evidence = gather(now, baseline, gate);
    let repeated = Repeated { now, repeats: context.repeats };
    let steps: Vec<StepComparison> = evidence
        .iter()
        .map(|(step, evidence)| {
            let samples = evidence.samples();
            let mut comparison = compare(repeated.step_ms(step), &samples, gate, &beyond);
            let accepted = holding(&baseline.accepted, &step.id, context.today);
            let accepted = accepted.filter(|accepted| {
                comparison.actual_ms > comparison.median_ms
                    && !beyond(comparison.actual_ms, accepted.limit_ms)
            });
            if accepted.is_some() && comparison.verdict == Verdict::Regressed {
                comparison.verdict = Verdict::Ok;
            }
            step_comparison(step, evidence, comparison, accepted.map(|found| found.acceptance()))
        })
        .collect();

    let build = if now.ending == Ending::Built {
        compare_build(now, &repeated, &evidence, &steps, baseline, gate, &beyond)
    } else {
        compare(now.wall_ms, &[], gate, &beyond)
    };
    let is_regressed = |comparison: &Comparison| comparison.verdict == Verdict::Regressed;
    let verdict = if steps.iter().any(|step| is_regressed(&step.comparison)) {
        Verdict::Regressed
    } else {
        build.verdict
    };

    let path = StepPath::of(&now.steps);
    let took = |id: &str| now.step(id).map_or(0, StepRecord::duration_ms);
    let whole_ms = path.length_ms(&took);
    let saved_ms = |steps: &BTreeSet<&str>| {
        whole_ms - path.length_ms(&|id| if steps.contains(id) { 0 } else { took(id) })
    };
    let misses = misses(now, reference, context.locate, &saved_ms);
    let environment = circumstances(now, reference, baseline, verdict, &steps, &misses);
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
        action: gravest(&outcomes),
        alerts: outcomes,
        confirmed_by_ms: context.repeats.iter().map(|repeat| repeat.wall_ms).collect(),
    };
    judgement.reason = reason(&judgement, now.ending, gate);
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

    /// The wall time: the median over the builds in which the same steps ran.
    fn wall_ms(&self) -> u64 {
        let ran = |record: &Record| -> BTreeSet<String> {
            record.executed().map(|step| step.id.clone()).collect()
        };
        let own = ran(self.now);
        let alike = self.repeats.iter().filter(|repeat| ran(repeat) == own);
        let walls: Vec<u64> = alike.chain([self.now]).map(|record| record.wall_ms).collect();
        median_ms(&walls).unwrap_or(self.now.wall_ms)
    }
}

fn compare_build(
    now: &Record,
    repeated: &Repeated<'_>,
    evidence: &[(&StepRecord, Evidence)],
    steps: &[StepComparison],
    baseline: &Baseline,
    gate: Gate,
    beyond: &dyn Fn(u64, u64) -> bool,
) -> Comparison {
    let ran: Vec<Ran<'_>> = evidence
        .iter()
        .zip(steps)
        .map(|((step, evidence), compared)| Ran {
            step,
            evidence,
            allowance_ms: compared.accepted.as_ref().map_or(0, |accepted| {
                accepted.limit_ms.saturating_sub(compared.comparison.median_ms)
            }),
            actual_ms: compared.comparison.actual_ms,
        })
        .collect();
    let expected = expect(now, &ran, baseline);
    compare_of(repeated.wall_ms(), &expected.walls_ms, expected.n, gate, beyond)
}

fn step_comparison(
    step: &StepRecord,
    evidence: &Evidence,
    comparison: Comparison,
    accepted: Option<super::Acceptance>,
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

fn values(now: &Record, cache: CacheFacts, baseline: &Baseline) -> Values {
    let known = [
        ("cache_hit_rate", cache.hit_rate),
        ("image_size", now.image.as_ref().map(|image| image.size_bytes as f64)),
        ("baseline_image_size", baseline.image_bytes().map(|bytes| bytes as f64)),
        ("steps_executed", Some(now.executed().count() as f64)),
        ("steps_cached", Some(cache.hits as f64)),
        ("permission_errors", Some(now.permission_errors as f64)),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
