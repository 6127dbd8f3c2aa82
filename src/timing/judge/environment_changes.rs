//! What speaks for the environment and not for the code; said, not guessed.
//!
//! Each is there only when it was measured: no number of the machine, no word about it.

use super::baseline::{Baseline, load_per_cpu, steal_share};
use super::differences::short_id;
use super::{Cause, EnvironmentChange, Miss, StepComparison, Verdict, robust};
use crate::timing::record::{Record, SeriesKey};

/// A share of stolen time below this is what shared machines have.
const STEAL: f64 = 0.05;

/// More waiting programs than this a processor, and a build has to share.
const BUSY: f64 = 1.0;

/// How many times the baseline's value is clearly above it.
const CLEARLY: f64 = 2.0;

/// What differs around the build.
pub(super) fn environment_changes(
    now: &Record,
    reference: Option<&Record>,
    baseline: &Baseline,
    verdict: Verdict,
    steps: &[StepComparison],
    misses: &[Miss],
) -> Vec<EnvironmentChange> {
    let mut found = Vec::new();
    if let Some(reference) = reference {
        found.extend(moved_images(now, reference));
    }
    found.extend(network(steps));
    found.extend(steal(now, baseline));
    found.extend(busy(now, baseline));
    found.extend(evicted(misses));
    if baseline.is_empty() {
        found.extend(elsewhere(now, baseline));
    }
    let is_explained = misses.iter().flat_map(|miss| &miss.causes).any(is_a_change)
        || steps.iter().any(|step| step.is_new || step.was.is_some());
    if verdict == Verdict::Regressed && found.is_empty() && !is_explained {
        found.push(EnvironmentChange::NothingChanged);
    }
    found
}

/// Whether a cause is something that a person or an upstream did.
fn is_a_change(cause: &Cause) -> bool {
    !matches!(cause, Cause::NoCache | Cause::Evicted { .. } | Cause::NeverBuiltHere)
}

fn moved_images(now: &Record, reference: &Record) -> Vec<EnvironmentChange> {
    let moved = now.plan.images.iter().filter_map(|(image, new)| {
        let old = reference.plan.images.get(image)?;
        (old != new && !old.is_empty() && !new.is_empty()).then(|| EnvironmentChange::BaseMoved {
            image: image.clone(),
            old: short_id(old).to_owned(),
            new: short_id(new).to_owned(),
        })
    });
    moved.collect()
}

/// Steps that are slower, or may be, and wait for others.
fn network(steps: &[StepComparison]) -> Option<EnvironmentChange> {
    let is_slow = |step: &&StepComparison| {
        let comparison = &step.comparison;
        step.is_network_bound
            && comparison.n > 0
            && comparison.actual_ms > comparison.median_ms
            && matches!(comparison.verdict, Verdict::Regressed | Verdict::Inconclusive)
    };
    let steps: Vec<String> = steps.iter().filter(is_slow).map(|step| step.step.clone()).collect();
    (!steps.is_empty()).then_some(EnvironmentChange::NetworkBound { steps })
}

fn steal(now: &Record, baseline: &Baseline) -> Option<EnvironmentChange> {
    let share = steal_share(now)?;
    let before: Vec<f64> = baseline.builds.iter().filter_map(|build| build.steal_share).collect();
    let baseline_share = robust::median(&before).unwrap_or(0.0);
    (share > STEAL && share > CLEARLY * baseline_share)
        .then_some(EnvironmentChange::CpuSteal { share, baseline_share })
}

fn busy(now: &Record, baseline: &Baseline) -> Option<EnvironmentChange> {
    let load_per_cpu = load_per_cpu(now)?;
    let before: Vec<f64> = baseline.builds.iter().filter_map(|build| build.load_per_cpu).collect();
    let usual = robust::median(&before).unwrap_or(0.0);
    (load_per_cpu > BUSY && load_per_cpu > CLEARLY * usual)
        .then_some(EnvironmentChange::Busy { load_per_cpu })
}

fn evicted(misses: &[Miss]) -> Option<EnvironmentChange> {
    let is_evicted =
        |miss: &&Miss| miss.causes.iter().any(|cause| matches!(cause, Cause::Evicted { .. }));
    let mut steps: Vec<&String> = misses
        .iter()
        .filter(is_evicted)
        .flat_map(|miss| miss.cascade.iter().chain([&miss.step]))
        .collect();
    steps.sort_unstable();
    steps.dedup();
    (!steps.is_empty()).then_some(EnvironmentChange::CacheEvicted { steps: steps.len() })
}

/// What sets the builds that are known apart from this one.
fn elsewhere(now: &Record, baseline: &Baseline) -> Option<EnvironmentChange> {
    let sorted = |mut known: Vec<String>| {
        known.sort();
        known.dedup();
        known
    };
    let place = &now.series;
    let like = |other: &&SeriesKey| other.target == place.target && other.cache == place.cache;
    let others = || baseline.others.iter().filter(like);
    others().next()?;
    // On this very machine by another engine, or else on other machines.
    let builders: Vec<String> = others()
        .filter(|other| other.machine == place.machine)
        .map(|other| other.builder.clone())
        .collect();
    Some(if builders.is_empty() {
        let known = sorted(others().map(|other| other.machine.clone()).collect());
        EnvironmentChange::OtherMachine { known, this: place.machine.clone() }
    } else {
        EnvironmentChange::OtherBuilder { known: sorted(builders), this: place.builder.clone() }
    })
}
