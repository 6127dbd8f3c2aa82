//! The decision over a build's tag: judged by the builds before it, run again where that was asked
//! for, promoted or held back, and kept.
//!
//! ```text
//! candidate ─> gates ─> as below; one that fails: hold
//! candidate ─> judge ─┬─ slower, `confirm` ─> run its steps again ─> judge once more
//!                     └─> decide ─┬─ promote ─┬─> keep
//!                                 └─ hold ────┘
//! ```

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::candidate::{Built, Candidate, Finished};
use super::error::BuildError;
use super::execute::redactor_of;
use super::gates::Gates;
use super::options::{BuildOptions, Event, Observer};
use super::run::{Failed, rehearse, solve};
use crate::render::{Plan, RepeatPlan};
use crate::timing::WorkState;
use crate::timing::history::Promotion;
use crate::timing::judge::{
    Action, AlertState, BaselineRole, Comparison, Judgement, StepComparison, Verdict,
};
use crate::timing::record::{Record, Trial};
use engine::{Builder, CANDIDATES, CancellableBuilder, NoCache, SolveOptions};

/// What is known of earlier builds, and where this one is kept. Trouble with it stops no build; who
/// implements it says so.
pub trait BuildHistory {
    /// Judges a build; `repeats` are further builds of the same plan. `None` where nothing can be
    /// read.
    fn judge(&self, record: &Record, repeats: &[Record]) -> Option<Judgement>;
    /// Keeps a build.
    fn keep(&self, record: &Record, judgement: Option<&Judgement>);
    /// Keeps what tags name now.
    fn promoted(&self, promotions: &[Promotion]);
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy {
    /// What to do where a build regressed or an alert fired; `None` is what the alert says.
    pub on_regression: Option<Action>,
    /// Whether an alert of the profile holds builds back.
    pub has_rollback: bool,
    /// How many times to run again what looks slower.
    pub confirm: usize,
    /// Whether there has to be a verdict.
    pub require_verdict: bool,
}

/// A build that is decided over and kept.
#[derive(Debug)]
pub struct Decided {
    /// Every fact of it.
    pub record: Record,
    /// What it was found to be.
    pub judgement: Option<Judgement>,
    /// The image; an error for a build without one.
    pub built: Result<Built, BuildError>,
    /// What is wrong with a good build.
    pub objection: Option<Objection>,
}

/// What is wrong with a good build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// A gate does not hold; in one sentence that names it.
    Refused(String),
    /// It is slower, or another alert fired; in one sentence.
    Regressed(String),
    /// It came from the cache of a build that was held back; in one sentence.
    HeldBefore(String),
    /// There is no verdict, and there has to be one; in one sentence.
    NoVerdict(String),
}

/// Builds, judges, decides, and keeps what is known.
#[expect(clippy::too_many_arguments, reason = "one call, of the command")]
pub async fn build(
    engine: &dyn Builder,
    history: &dyn BuildHistory,
    gates: &dyn Gates,
    plan: &Plan,
    options: &BuildOptions,
    policy: Policy,
    cancel: &CancellationToken,
    observer: &mut Observer<'_>,
) -> Decided {
    // The first Ctrl-C counts in every call, also where the engine stalls.
    let engine: &dyn Builder = &CancellableBuilder::new(engine, cancel.clone());
    let work = BuildRun { engine, history, gates, plan, options, policy, cancel };
    let solved = match solve(engine, plan, options, cancel, observer).await {
        Ok(candidate) => work.try_image(candidate, observer).await,
        Err(failed) => Err(failed),
    };
    match solved {
        Ok(candidate) => {
            let judgement = work.judge(&candidate, observer).await;
            work.decide(candidate, judgement, observer).await
        }
        Err(failed) => {
            let Failed { record, error } = *failed;
            tracing::info!(build = record.id, ending = ?record.ending, "no image, tags stay");
            let judgement = history.judge(&record, &[]);
            history.keep(&record, judgement.as_ref());
            Decided { record, judgement, built: Err(error), objection: None }
        }
    }
}

/// One build, with all that it needs.
struct BuildRun<'a> {
    engine: &'a dyn Builder,
    history: &'a dyn BuildHistory,
    gates: &'a dyn Gates,
    plan: &'a Plan,
    options: &'a BuildOptions,
    policy: Policy,
    cancel: &'a CancellationToken,
}

impl BuildRun<'_> {
    /// Has the gates try it, where they are wanted. A stage is no image that anybody starts.
    async fn try_image(
        &self,
        mut candidate: Candidate,
        observer: &mut Observer<'_>,
    ) -> Result<Candidate, Box<Failed>> {
        let is_whole = self.plan.is_whole(self.options.target.as_deref());
        if !is_whole || !self.gates.are_wanted(candidate.moves()) {
            return Ok(candidate);
        }
        observer(Event::Trying, &candidate.tracker);
        match self.gates.try_image(&candidate.image, self.cancel).await {
            Ok(mut trial) => {
                trial.hide(&redactor_of(self.plan, self.options));
                candidate.tried(trial);
                Ok(candidate)
            }
            Err(error) => Err(Box::new(candidate.fail(self.engine, error, observer).await)),
        }
    }

    /// Judges a build; what looks slower is run again where that was asked for.
    async fn judge(&self, candidate: &Candidate, observer: &mut Observer<'_>) -> Option<Judgement> {
        let record = candidate.record();
        let judgement = self.history.judge(record, &[])?;
        let suspects = Suspects::of(&judgement);
        let Some(suspects) = suspects.filter(|_| self.policy.confirm > 0) else {
            return Some(judgement);
        };
        let mut repeats = Vec::new();
        for again in 1..=self.policy.confirm {
            let of = self.policy.confirm;
            let steps = &suspects.labels;
            observer(Event::Repeating { steps, again, of }, &candidate.tracker);
            let RepeatPlan { plan, without_cache } =
                self.plan.repeating(&suspects.steps, &format!("{}-{again}", record.id));
            let options = BuildOptions {
                no_cache: NoCache::Stages(without_cache),
                tags: Vec::new(),
                // A cache is exported once: its time is none of the step's, and this one is thrown away.
                solve: SolveOptions { cache_to: Vec::new(), ..self.options.solve.clone() },
                ..self.options.clone()
            };
            let image = suspects.is_whole;
            match rehearse(self.engine, &plan, &options, image, self.cancel).await {
                Ok(record) => repeats.push(record),
                // What ran once and fails now says nothing about time.
                Err(failed) => {
                    observer(Event::NotRepeated(&failed.error), &candidate.tracker);
                    break;
                }
            }
        }
        self.history.judge(record, &repeats)
    }

    async fn decide(
        &self,
        candidate: Candidate,
        mut judgement: Option<Judgement>,
        observer: &mut Observer<'_>,
    ) -> Decided {
        let action = self.action(judgement.as_ref());
        let refusal = candidate.record().trial.as_ref().and_then(Trial::refusal);
        let finished = match (&refusal, action) {
            (Some(reason), _) => candidate.hold(self.engine, reason.clone(), observer).await,
            (None, Some(Action::Rollback)) => {
                let reason = judgement.as_ref().map_or(UNREADABLE, |found| &found.reason);
                candidate.hold(self.engine, reason.to_owned(), observer).await
            }
            _ => candidate.promote(self.engine, self.cancel, observer).await,
        };
        // A refused image counts for what it is in time: that it was not ready says nothing of the steps that
        // made it, and once its gates hold it may have the tag.
        if let Some(judgement) = &mut judgement
            && action == Some(Action::Rollback)
            && finished.result.as_ref().is_ok_and(|built| built.held.is_some())
        {
            judgement.standing = Some(BaselineRole::Held);
        }
        self.history.keep(&finished.record, judgement.as_ref());
        self.history.promoted(&promotions(&finished.record));
        log(&finished, judgement.as_ref(), action);
        let refused = refusal.filter(|_| finished.result.is_ok()).map(Objection::Refused);
        let objection = refused.or_else(|| self.objection(judgement.as_ref(), action));
        Decided { record: finished.record, judgement, built: finished.result, objection }
    }

    /// What is to be done about the build. A verdict counts where somebody asked what to do about
    /// it, whatever the alerts of the profile say.
    fn action(&self, judgement: Option<&Judgement>) -> Option<Action> {
        let asked = self.policy.on_regression;
        match judgement {
            Some(judgement) => {
                let is_regressed = judgement.verdict == Verdict::Regressed;
                let has_fired = judgement.action.is_some();
                asked.filter(|_| is_regressed || has_fired).or(judgement.action)
            }
            // The tag never points to an image that was not judged, where that was asked for.
            None => {
                let holds =
                    asked.map_or(self.policy.has_rollback, |asked| asked == Action::Rollback);
                holds.then_some(Action::Rollback)
            }
        }
    }

    fn objection(
        &self,
        judgement: Option<&Judgement>,
        action: Option<Action>,
    ) -> Option<Objection> {
        match (judgement, action) {
            (Some(judgement), Some(Action::Fail | Action::Rollback)) => {
                let is_old = judgement.held_before.is_some();
                Some(match is_old && judgement.verdict != Verdict::Regressed {
                    true => Objection::HeldBefore(judgement.reason.clone()),
                    false => Objection::Regressed(message(judgement)),
                })
            }
            (Some(judgement), _)
                if self.policy.require_verdict && judgement.verdict == Verdict::Inconclusive =>
            {
                Some(Objection::NoVerdict(judgement.reason.clone()))
            }
            (None, action) if self.policy.require_verdict || action.is_some() => {
                Some(Objection::NoVerdict(UNREADABLE.to_owned()))
            }
            _ => None,
        }
    }
}

/// Logs what was decided over a build, and by what.
fn log(finished: &Finished, judgement: Option<&Judgement>, action: Option<Action>) {
    let steps = &finished.record.steps;
    let cached = steps.iter().filter(|step| step.state == WorkState::Cached).count();
    let (tags, held) = match &finished.result {
        Ok(built) => (built.tags.join(" "), built.held.is_some()),
        Err(_) => Default::default(),
    };
    tracing::info!(
        build = finished.record.id,
        verdict = ?judgement.map(|found| found.verdict),
        reason = judgement.map_or(UNREADABLE, |found| &found.reason),
        ?action,
        tags,
        held,
        promoted = finished.result.is_ok() && !held,
        cached_steps = cached,
        steps = steps.len(),
        "build decided"
    );
}

const UNREADABLE: &str = "the history cannot be read";

/// What is run again.
struct Suspects {
    /// Ids of the steps.
    steps: BTreeSet<String>,
    /// What they do, for people.
    labels: Vec<String>,
    /// Whether it is all that ran, the image included.
    is_whole: bool,
}

impl Suspects {
    /// The steps that are slower, shown or not; where only the build as a whole is, all that ran.
    /// `None` where nothing is.
    fn of(judgement: &Judgement) -> Option<Self> {
        let is_slower = |comparison: &Comparison| {
            let is_open = comparison.verdict == Verdict::Inconclusive && comparison.is_slower;
            comparison.verdict == Verdict::Regressed || is_open
        };
        let slower = judgement.steps.iter().filter(|step| is_slower(&step.comparison));
        let mut chosen: Vec<&StepComparison> = slower.collect();
        let is_whole = chosen.is_empty();
        if is_whole && is_slower(&judgement.build) {
            chosen = judgement.steps.iter().collect();
        }
        let label = |step: &&StepComparison| format!("{}: {}", step.stage, step.label);
        let labels = chosen.iter().map(label).collect();
        let steps: BTreeSet<String> = chosen.into_iter().map(|step| step.step.clone()).collect();
        (!steps.is_empty()).then_some(Self { steps, labels, is_whole })
    }
}

/// What speaks against a build: that it is slower, or the most severe alert that fired.
fn message(judgement: &Judgement) -> String {
    if judgement.verdict == Verdict::Regressed {
        return format!("the build regressed: {}", judgement.reason);
    }
    let fired = judgement.alerts.iter().filter(|alert| alert.state == AlertState::Fired);
    let alert = fired.max_by_key(|alert| alert.action);
    alert.map_or_else(
        || judgement.reason.clone(),
        |alert| {
            let values = alert.values.iter().map(|(name, value)| format!("{name} is {value}"));
            let values = values.collect::<Vec<_>>().join(", ");
            format!("the alert `{}` fired: {} ({values})", alert.name, alert.condition)
        },
    )
}

fn promotions(record: &Record) -> Vec<Promotion> {
    let Some(image) = &record.image else { return Vec::new() };
    let moved = image.tags.iter().map(|tag| Promotion {
        at: Timestamp::now(),
        tag: tag.clone(),
        image: image.id.clone(),
        before: image.replaced.get(tag).cloned(),
        build: Some(record.id.clone()),
        engine_id: record.environment.engine_id.clone(),
        reason: "built".to_owned(),
    });
    let is_candidate =
        |tag: &str| tag.strip_prefix(CANDIDATES).is_some_and(|rest| rest.starts_with(':'));
    moved.filter(|promotion| !is_candidate(&promotion.tag)).collect()
}

#[cfg(test)]
mod tests;
