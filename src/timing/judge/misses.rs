//! Why steps ran: the first dirty ones, what changed for them, and the cascade below each.
//!
//! ```text
//! a ── b ── c ── d ── e   b's own inputs changed: b is a miss, c its cascade; d would have run for
//!      ✗    ↓    ✗    ↓   b's sake, but changed too: a miss of its own, and e its cascade
//! ```
//!
//! The reference is the last build of the same profile, not the baseline: a cache holds what was
//! built last, however long that took.

use std::collections::{BTreeSet, HashMap};

use super::differences::{Plans, differences};
use super::matching::{StepKey, match_steps};
use super::{Cause, Miss};
use crate::timing::WorkState;
use crate::timing::record::{CacheMode, Record, StepRecord};

/// Why steps of `now` ran.
///
/// `locate` tells where a value of the profile is written; `saved_ms`, how much sooner the build
/// would have ended without these steps.
pub fn misses(
    now: &Record,
    reference: Option<&Record>,
    locate: &dyn Fn(&str) -> Option<String>,
    saved_ms: &dyn Fn(&BTreeSet<&str>) -> u64,
) -> Vec<Miss> {
    let search = MissSearch::new(now, reference, locate);
    let causes: Vec<Vec<Cause>> = (0..now.steps.len()).map(|index| search.causes(index)).collect();
    let is_root: Vec<bool> = causes.iter().map(|causes| !causes.is_empty()).collect();
    let roots = causes.into_iter().enumerate().filter(|(_, causes)| !causes.is_empty());
    roots
        .map(|(index, causes)| {
            let step = &now.steps[index];
            let cascade = search.cascade(index, &is_root);
            let cascade: Vec<&StepRecord> =
                cascade.into_iter().map(|index| &now.steps[index]).collect();
            let all: BTreeSet<&str> =
                cascade.iter().chain([&step]).map(|step| step.id.as_str()).collect();
            Miss {
                step: step.id.clone(),
                stage: step.stage.clone(),
                label: step.label.clone(),
                origin: step.origin.clone(),
                causes,
                cost_ms: step.duration_ms()
                    + cascade.iter().map(|step| step.duration_ms()).sum::<u64>(),
                wall_cost_ms: saved_ms(&all),
                cascade: cascade.iter().map(|step| step.id.clone()).collect(),
            }
        })
        .collect()
}

struct MissSearch<'a> {
    now: &'a Record,
    reference: Option<&'a Record>,
    locate: &'a dyn Fn(&str) -> Option<String>,
    index: HashMap<&'a str, usize>,
    /// Whether each step ran.
    ran: Vec<bool>,
    /// The steps that each one needs, by index.
    needs: Vec<Vec<usize>>,
    /// The reference's step that each one is.
    partner: Vec<Option<usize>>,
}

impl<'a> MissSearch<'a> {
    fn new(
        now: &'a Record,
        reference: Option<&'a Record>,
        locate: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let index: HashMap<&str, usize> =
            now.steps.iter().enumerate().map(|(index, step)| (step.id.as_str(), index)).collect();
        let mut ran: Vec<bool> = now.steps.iter().map(|step| has_run(step.state)).collect();
        // The same work under another name ran where its carrier did.
        for (at, step) in now.steps.iter().enumerate() {
            if let Some(&carrier) = step.same_as.as_ref().and_then(|id| index.get(id.as_str())) {
                ran[at] = ran[carrier];
            }
        }
        let needs = now
            .steps
            .iter()
            .map(|step| {
                let needs = step.inputs.needs.iter().chain(&step.same_as);
                needs.filter_map(|id| index.get(id.as_str()).copied()).collect()
            })
            .collect();
        let partner = match reference {
            Some(reference) => match_steps(&keys(&now.steps), &keys(&reference.steps)).partner,
            None => vec![None; now.steps.len()],
        };
        Self { now, reference, locate, index, ran, needs, partner }
    }

    fn is_below_one_that_ran(&self, index: usize) -> bool {
        self.needs[index].iter().any(|&need| self.ran[need])
    }

    /// Why a step ran; empty where it did not, or only because a step above it did.
    fn causes(&self, index: usize) -> Vec<Cause> {
        if !self.ran[index] {
            return Vec::new();
        }
        let is_carried = self.now.steps[index].same_as.is_some();
        match (is_carried, self.is_below_one_that_ran(index)) {
            (true, true) => Vec::new(),
            (false, true) => self.own_changes(index),
            (_, false) => self.first_causes(index),
        }
    }

    /// What changed in a step's own inputs.
    fn own_changes(&self, index: usize) -> Vec<Cause> {
        let Some(reference) = self.reference else { return Vec::new() };
        let Some(partner) = self.partner[index] else { return vec![Cause::New] };
        let plans = Plans { old: &reference.plan, new: &self.now.plan, locate: self.locate };
        differences(&reference.steps[partner], &self.now.steps[index], plans)
    }

    /// What changed for the steps that this one is built on, though they came from the cache: an
    /// edit that another build had made before. The nearest changed step on every way up counts.
    fn changes_above(&self, index: usize) -> Vec<Cause> {
        let mut changes = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = self.needs[index].clone();
        while let Some(above) = open.pop() {
            if !seen.insert(above) {
                continue;
            }
            match self.own_changes(above) {
                none if none.is_empty() => open.extend(&self.needs[above]),
                some => {
                    for change in some {
                        if !changes.contains(&change) {
                            changes.push(change);
                        }
                    }
                }
            }
        }
        changes
    }

    /// What changed for a step above which nothing ran. Never empty.
    fn first_causes(&self, index: usize) -> Vec<Cause> {
        let mut causes = Vec::new();
        if self.now.series.cache == CacheMode::Ignore {
            causes.push(Cause::NoCache);
        }
        let Some(reference) = self.reference else {
            if causes.is_empty() {
                causes.push(Cause::NeverBuiltHere);
            }
            return causes;
        };
        causes.extend(self.own_changes(index));
        let Some(partner) = self.partner[index] else { return causes };
        if causes.is_empty() {
            causes.extend(self.changes_above(index));
        }
        let old = &reference.steps[partner];
        if causes.is_empty() && self.stands_elsewhere(index, old) {
            causes.push(Cause::Order);
        }
        if causes.is_empty() {
            causes.push(self.forgotten(reference, old));
        }
        causes
    }

    /// Whether a step takes the results of other steps than it did.
    fn stands_elsewhere(&self, index: usize, old: &StepRecord) -> bool {
        let reference = self.reference.map_or(&[][..], |reference| &reference.steps);
        let mut were: Vec<&str> = old.inputs.needs.iter().map(String::as_str).collect();
        // By the names that the needed steps had then: an edit above is that step's affair.
        let then = |id: &str| -> Option<&str> {
            let partner = self.partner[*self.index.get(id)?]?;
            Some(reference[partner].id.as_str())
        };
        let needs = self.now.steps[index].inputs.needs.iter();
        let mut are: Vec<&str> = needs.map(|id| then(id).unwrap_or(id)).collect();
        were.sort_unstable();
        are.sort_unstable();
        were != are
    }

    /// Why the cache has no result of a step that did not change.
    fn forgotten(&self, reference: &Record, old: &StepRecord) -> Cause {
        let engine = &self.now.environment.engine_id;
        let is_same = engine.is_some() && *engine == reference.environment.engine_id;
        let was_there =
            matches!(old.state, WorkState::Done | WorkState::Cached | WorkState::Shared);
        if is_same && was_there {
            Cause::Evicted { last_seen: reference.started }
        } else {
            Cause::NeverBuiltHere
        }
    }

    /// The steps that ran below this one and for no change of their own, in the order of the
    /// Dockerfile.
    fn cascade(&self, root: usize, is_root: &[bool]) -> Vec<usize> {
        let mut is_below = vec![false; self.ran.len()];
        is_below[root] = true;
        // Twice would do no harm; once is enough, for what a step needs stands above it.
        for index in root + 1..self.ran.len() {
            is_below[index] = self.ran[index]
                && !is_root[index]
                && self.needs[index].iter().any(|&need| is_below[need]);
        }
        let own_work = |index: &usize| has_run(self.now.steps[*index].state);
        (root + 1..self.ran.len()).filter(|&index| is_below[index]).filter(own_work).collect()
    }
}

/// Whether a step in that state was not found in the cache.
fn has_run(state: WorkState) -> bool {
    matches!(state, WorkState::Done | WorkState::Failed)
}

fn keys(steps: &[StepRecord]) -> Vec<StepKey<'_>> {
    steps
        .iter()
        .map(|step| StepKey { id: &step.id, stage: &step.stage, label: &step.label })
        .collect()
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
