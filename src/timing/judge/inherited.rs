//! What a build takes from the cache that an earlier build was slow at.
//!
//! A build that was held back leaves its results in the engine's cache. The same build again finds
//! them there, takes no time, and would be ok. But nothing has become faster: so a step from the cache
//! is judged by the time that it took when it ran last, where that was in a build that did not pass.
//!
//! ```text
//! build 1   RUN make  60 s   regressed, held back
//! build 2   RUN make  cached, ran in build 1 in 60 s: regressed, held back
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::ran_ms;
use super::chain::chains;
use super::expected::wall_with;
use super::{Action, BaselineRole, HeldBefore, Judgement, Verdict};
use crate::timing::WorkState;
use crate::timing::record::{Ending, Record, StepRecord, TimeSpan};

/// A build that did not pass, or came to no end, and what it was found to be.
#[derive(Debug, Clone)]
pub struct NotPassed {
    /// Its facts.
    pub record: Record,
    /// Its place in the order in which the history got its builds.
    pub kept: i64,
    /// What it counts for: suspect, regressed or held.
    pub standing: BaselineRole,
    /// What it was found to be.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// The steps that were slower, by id; all that ran, where none alone was.
    pub suspects: BTreeSet<String>,
}

impl NotPassed {
    /// A build with what it was found to be; `None` where it passed.
    ///
    /// One that failed or was stopped passed nothing: what it ran to its end is in the cache, and was
    /// never judged.
    pub fn of(record: Record, kept: i64, judgement: Option<Judgement>) -> Option<Self> {
        let ran = || record.executed().map(|step| step.id.clone()).collect();
        let Some(judgement) = judgement.filter(|_| record.ending == Ending::Built) else {
            let (standing, verdict) = (BaselineRole::Suspect, Verdict::Inconclusive);
            let suspects = ran();
            let is_open = record.ending != Ending::Built;
            let reason = "it came to no image".to_owned();
            let found = Self { record, kept, standing, verdict, reason, suspects };
            return is_open.then_some(found);
        };
        let standing = judgement.standing.filter(|standing| standing.taints())?;
        let is_slow = |one: &&super::StepComparison| {
            one.comparison.verdict == Verdict::Regressed || one.comparison.is_suspect()
        };
        let slow = judgement.steps.iter().filter(is_slow).map(|step| step.step.clone());
        let held = judgement.held_before.iter().flat_map(|held| held.steps.clone());
        let mut suspects: BTreeSet<String> = slow.chain(held).collect();
        if suspects.is_empty() {
            suspects = ran();
        }
        let Judgement { verdict, reason, .. } = judgement;
        Some(Self { record, kept, standing, verdict, reason, suspects })
    }

    /// Its suspects that ran in it, by what their results are made from.
    fn slow(&self) -> BTreeMap<u64, &StepRecord> {
        let mut ran = ran(&self.record);
        ran.retain(|_, step| self.suspects.contains(&step.id));
        ran
    }
}

/// What of a build came from the cache and was slow when it ran.
#[derive(Debug, Clone, Default)]
pub struct Inherited {
    /// By the step's id: the build in which it ran last, and how long, in milliseconds.
    steps: BTreeMap<String, (String, u64)>,
    /// Those of them that ran in a build that came to no image, by id.
    unfinished: BTreeSet<String>,
    /// Steps that ran again now, by id, and have been slow before: the build in which they were, and
    /// whether it was held back.
    again: BTreeMap<String, (HeldBefore, bool)>,
    /// Lines of output about a denied permission in those builds, the most of one.
    permission_errors: u64,
    /// The build that was held back, of those in which something ran or that made this very image.
    held: Option<HeldBefore>,
    /// Whether it was held for its times: then they can speak for it, once they are judged anew.
    is_for_times: bool,
}

/// Nothing at all: for builds that are not looked at with the cache in mind.
pub static NOTHING_INHERITED: Inherited = Inherited {
    steps: BTreeMap::new(),
    unfinished: BTreeSet::new(),
    again: BTreeMap::new(),
    permission_errors: 0,
    held: None,
    is_for_times: false,
};

/// A build that passed, and what it speaks for.
#[derive(Debug, Clone)]
pub struct Passed {
    /// Its facts.
    pub record: Record,
    /// As in [`NotPassed`].
    pub kept: i64,
    /// Ids of steps that did not run in the build itself and passed with it: they were run again to
    /// confirm it, or came from the cache and were judged by the time that they had taken.
    pub cleared: BTreeSet<String>,
}

impl Passed {
    /// Whether it can speak for what `other` left: it came after that by the clock and by the order of
    /// the history. A clock that was ahead for a while, or an import, makes one of the two wrong.
    fn is_since(&self, other: &NotPassed) -> bool {
        self.record.started > other.record.started && self.kept > other.kept
    }

    fn chains(&self) -> BTreeSet<u64> {
        let record = &self.record;
        let speaks_for =
            |step: &StepRecord| ran_ms(step).is_some() || self.cleared.contains(&step.id);
        let all = record.steps.iter().zip(chains(record));
        all.filter(|(step, _)| speaks_for(step)).map(|(_, chain)| chain).collect()
    }
}

impl Inherited {
    /// What `now` has of the builds that did not pass, the newest first; `passed` are those that did.
    /// A step counts for the build in which it ran last.
    pub fn of(now: &Record, not_passed: &[NotPassed], passed: &[Passed]) -> Self {
        let passed: Vec<(&Passed, BTreeSet<u64>)> =
            passed.iter().map(|one| (one, one.chains())).collect();
        let cached = cached(now);
        let image = |record: &Record| Some(record.image.as_ref()?.id.clone());
        let has_run = now.executed().next().is_some();
        let mut inherited = Self::default();
        for other in not_passed.iter().filter(|other| other.record.id != now.id) {
            let theirs = other.slow();
            // Without a cache steps take other times, which nobody has judged here.
            let is_built = other.record.ending == Ending::Built;
            if !is_built && other.record.series.cache != now.series.cache {
                continue;
            }
            let since = || passed.iter().filter(|(one, _)| one.is_since(other));
            let mut has_any = false;
            for (chain, step) in &cached {
                let Some(slow) = theirs.get(chain) else { continue };
                if !since().any(|(_, chains)| chains.contains(chain)) {
                    has_any = true;
                    inherited.steps.entry(step.id.clone()).or_insert_with(|| {
                        if !is_built {
                            inherited.unfinished.insert(step.id.clone());
                        }
                        (other.record.id.clone(), slow.duration_ms())
                    });
                }
            }
            for (chain, step) in ran(now) {
                let is_open = is_built && theirs.contains_key(&chain);
                if is_open && !since().any(|(_, all)| all.contains(&chain)) {
                    let (build, reason) = (other.record.id.clone(), other.reason.clone());
                    let is_held = other.standing == BaselineRole::Held;
                    let steps = vec![step.id.clone()];
                    let found = || (HeldBefore { build, reason, steps }, is_held);
                    inherited.again.entry(step.id.clone()).or_insert_with(found);
                }
            }
            if has_any {
                let errors = &mut inherited.permission_errors;
                *errors = (*errors).max(other.record.permission_errors);
            }
            // Without a step that ran there is no evidence beside the image itself.
            let is_same_image = !has_run
                && image(now).is_some()
                && image(now) == image(&other.record)
                && !since().any(|(one, _)| image(&one.record) == image(now));
            let is_held = other.standing == BaselineRole::Held && (has_any || is_same_image);
            if is_held && inherited.held.is_none() {
                let reason = other.reason.clone();
                let steps = cached.iter().filter(|(chain, _)| theirs.contains_key(chain));
                let steps = steps.map(|(_, step)| step.id.clone()).collect();
                inherited.held = Some(HeldBefore { build: other.record.id.clone(), reason, steps });
                inherited.is_for_times = other.verdict == Verdict::Regressed;
            }
        }
        inherited
    }

    /// The same for a build that nothing can be compared with: what ran in a build that came to no image is then as
    /// good as what runs in a first one, or no build after a first one that failed would ever be a measure.
    pub(super) fn of_first_build(&self) -> Self {
        let mut first = self.clone();
        first.steps.retain(|step, _| !self.unfinished.contains(step));
        first
    }

    /// The build with the steps as if they had run now.
    pub(super) fn applied_to(&self, now: &Record) -> Record {
        let mut record = now.clone();
        record.permission_errors = record.permission_errors.max(self.permission_errors);
        if self.steps.is_empty() {
            return record;
        }
        for step in &mut record.steps {
            if let Some((_, ms)) = self.steps.get(&step.id) {
                step.state = WorkState::Done;
                step.spans = vec![TimeSpan { start_ms: 0, end_ms: *ms }];
                step.same_as = None;
            }
        }
        let times: Vec<u64> = record.steps.iter().map(|step| ran_ms(step).unwrap_or(0)).collect();
        record.wall_ms = wall_with(now, &|at| times[at]);
        record
    }

    /// The build in which a step ran, where that is not this one.
    pub(super) fn build_of(&self, step: &str) -> Option<&str> {
        self.steps.get(step).map(|(build, _)| build.as_str())
    }

    /// Says that the image, or something in it, was held back before, where nothing that was found
    /// now speaks for it.
    pub(super) fn hold(&self, judgement: &mut Judgement) {
        let again = self.still_open(judgement).find(|(_, is_held)| *is_held);
        let again = again.map(|(held, _)| held.clone());
        if let Some(held) = again {
            if judgement.verdict != Verdict::Regressed && judgement.action.is_none() {
                judgement.verdict = Verdict::Inconclusive;
                judgement.reason = format!(
                    "{}; what ran again was held back in build {}: {}",
                    judgement.reason,
                    short(&held.build),
                    held.reason
                );
            }
            judgement.held_before = Some(held);
            judgement.action = judgement.action.max(Some(Action::Rollback));
            return;
        }
        let Some(held) = &self.held else { return };
        // Its times were judged anew: accepted since, or run again and fast.
        let is_shown = self.is_for_times && !self.steps.is_empty();
        if is_shown && matches!(judgement.verdict, Verdict::Ok | Verdict::Improved) {
            return;
        }
        if judgement.verdict != Verdict::Regressed && judgement.action.is_none() {
            judgement.verdict = Verdict::Inconclusive;
            judgement.reason = format!(
                "it comes from the cache, built by {}, which was held back: {}",
                short(&held.build),
                held.reason
            );
        }
        judgement.held_before = Some(held.clone());
        judgement.action = judgement.action.max(Some(Action::Rollback));
    }
}

impl Inherited {
    /// Steps that ran again now and were slow before, of which nothing is known that would show them
    /// to be fast: there are too few times to compare with, here.
    fn still_open<'a>(
        &'a self,
        judgement: &'a Judgement,
    ) -> impl Iterator<Item = &'a (HeldBefore, bool)> {
        let is_open = |step: &&super::StepComparison| {
            step.comparison.verdict == Verdict::Inconclusive && step.ran_in.is_none()
        };
        judgement.steps.iter().filter(is_open).filter_map(|step| self.again.get(&step.step))
    }

    /// Whether something in the build was slow before, and nothing shows it to be fast now.
    pub(super) fn is_open(&self, judgement: &Judgement) -> bool {
        self.still_open(judgement).next().is_some()
    }
}

/// As `mad history` shortens it.
pub(super) fn short(build: &str) -> &str {
    build.get(..12).unwrap_or(build)
}

/// The steps that came from the cache, each with what its result is made from. Of some the engine says
/// nothing: it has the result of a step that needs them.
fn cached(now: &Record) -> Vec<(u64, &StepRecord)> {
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for step in now.steps.iter().rev() {
        if step.state != WorkState::Waiting || needed.contains(step.id.as_str()) {
            needed.extend(step.inputs.needs.iter().map(String::as_str));
        }
    }
    let is_cached = |step: &StepRecord| match step.state {
        WorkState::Cached => true,
        WorkState::Waiting => needed.contains(step.id.as_str()),
        _ => false,
    };
    let all = chains(now).into_iter().zip(&now.steps);
    all.filter(|(_, step)| is_cached(step)).collect()
}

/// The steps of a build that ran, by what their results are made from.
fn ran(record: &Record) -> BTreeMap<u64, &StepRecord> {
    let chains = chains(record);
    let ran = record.steps.iter().zip(chains).filter(|(step, _)| ran_ms(step).is_some());
    ran.map(|(step, chain)| (chain, step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_which_the_engine_says_nothing_came_from_the_cache() {
        use super::super::testing::{build, step};
        let mut record = build(
            1,
            vec![step("a", "RUN make", None), step("b", "RUN x", None), step("a", "COPY y", None)],
        );
        record.steps[0].state = WorkState::Waiting;
        record.steps[1].state = WorkState::Waiting;
        record.steps[2].inputs.needs = vec![record.steps[0].id.clone()];
        let found: Vec<&str> =
            cached(&record).iter().map(|(_, step)| step.label.as_str()).collect();
        assert_eq!(found, ["RUN make", "COPY y"]);
    }
}
