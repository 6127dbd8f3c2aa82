//! A build at its end: judged by those before it, promoted or held back, and kept in the history.
//!
//! ```text
//! candidate ─> judge ─┬─ regressed, --confirm ─> run its stages again ─> judge once more
//!                     └─> decide ─┬─ promote ─┬─> keep, tell
//!                                 └─ hold ────┘
//! ```

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Args;
use crate::build::{self, BuildError, BuildOptions, Built, Candidate, Observer};
use crate::cli::builds::{self, Desk};
use crate::cli::exit::{NoVerdict, Regressed};
use crate::cli::globals::Globals;
use crate::profile::Loaded;
use crate::project::Project;
use crate::render::Plan;
use crate::report::build::BuildReport;
use crate::timing::graph::anatomy;
use crate::timing::history::Promotion;
use crate::timing::judge::{Action, AlertState, Judgement, Verdict};
use crate::timing::record::Record;
use crate::veil::Veil;
use engine::{Builder, NoCache};

const UNREADABLE: &str = "the history cannot be read";

/// What judges the builds of this command.
pub(super) struct Judging<'a> {
    desk: Desk<'a>,
    globals: &'a Globals,
    on_regression: Option<Action>,
    confirm: usize,
    require_verdict: bool,
}

/// A build that is judged and kept, and how the command ends.
pub(super) struct Judged {
    /// All that is to be told of it; `None` where nothing is known to tell.
    pub report: Option<BuildReport>,
    /// The image; an error for a build without one.
    pub built: Result<Built, BuildError>,
    /// What is wrong with a good build.
    pub objection: Result<()>,
}

impl<'a> Judging<'a> {
    pub fn open(
        globals: &'a Globals,
        args: &Args,
        project: &'a Project,
        loaded: &'a Loaded,
    ) -> Result<Self> {
        Ok(Self {
            desk: Desk::open(globals, project, loaded, &args.baseline)?,
            globals,
            on_regression: args.on_regression.map(Action::from),
            confirm: args.confirm,
            require_verdict: args.require_verdict,
        })
    }

    /// What hides values in the record of the build.
    pub fn veil(&self, project: &Project) -> Veil {
        self.desk.veil(project)
    }

    /// Builds, judges, decides, and keeps what is known.
    pub async fn build(
        &self,
        engine: &dyn Builder,
        plan: &Plan,
        options: &BuildOptions,
        cancel: &CancellationToken,
        observer: &mut Observer<'_>,
    ) -> Judged {
        match build::solve(engine, plan, options, cancel, observer).await {
            Ok(candidate) => {
                let judgement = self.judge(engine, plan, options, cancel, candidate.record()).await;
                self.decide(engine, cancel, candidate, judgement, observer).await
            }
            Err(failed) => {
                let build::Failed { record, error } = *failed;
                let judgement = self.desk.judge(&record, &[]);
                self.desk.keep(&record, judgement.as_ref());
                let report = judgement.map(|judgement| self.report(record, judgement));
                Judged { report, built: Err(error), objection: Ok(()) }
            }
        }
    }

    /// Judges a build; what looks slower is run again where that was asked for.
    async fn judge(
        &self,
        engine: &dyn Builder,
        plan: &Plan,
        options: &BuildOptions,
        cancel: &CancellationToken,
        record: &Record,
    ) -> Option<Judgement> {
        let judgement = self.desk.judge(record, &[])?;
        if self.confirm == 0 || judgement.verdict != Verdict::Regressed {
            return Some(judgement);
        }
        let suspects = suspects(&judgement);
        let options = BuildOptions {
            no_cache: NoCache::Stages(suspects.iter().cloned().collect()),
            tags: Vec::new(),
            ..options.clone()
        };
        let mut repeats = Vec::new();
        for again in 1..=self.confirm {
            self.globals.note(&format!(
                "slower than before; running {} again to make sure ({again} of {})",
                suspects.iter().map(|stage| format!("`{stage}`")).collect::<Vec<_>>().join(", "),
                self.confirm
            ));
            match build::rehearse(engine, plan, &options, cancel).await {
                Ok(record) => repeats.push(record),
                // What ran once and fails now says nothing about time.
                Err(failed) => {
                    self.globals.note(&format!("it did not run again: {}", failed.error));
                    break;
                }
            }
        }
        self.desk.judge(record, &repeats)
    }

    async fn decide(
        &self,
        engine: &dyn Builder,
        cancel: &CancellationToken,
        candidate: Candidate,
        judgement: Option<Judgement>,
        observer: &mut Observer<'_>,
    ) -> Judged {
        let fired = judgement.as_ref().and_then(|judgement| judgement.action);
        let action = fired.map(|action| self.on_regression.unwrap_or(action));
        let finished = match (&judgement, action) {
            (Some(judgement), Some(Action::Rollback)) => {
                candidate.hold(engine, judgement.reason.clone(), observer).await
            }
            // What would be held where it is slower is not promoted where nobody can tell.
            (None, _) if self.would_hold() => {
                candidate.hold(engine, UNREADABLE.to_owned(), observer).await
            }
            _ => candidate.promote(engine, cancel, observer).await,
        };
        self.desk.keep(&finished.record, judgement.as_ref());
        self.desk.promoted(&promotions(&finished.record));
        let objection = self.objection(judgement.as_ref(), action);
        let report = judgement.map(|judgement| self.report(finished.record, judgement));
        Judged { report, built: finished.result, objection }
    }

    fn objection(&self, judgement: Option<&Judgement>, action: Option<Action>) -> Result<()> {
        match (judgement, action) {
            (Some(judgement), Some(Action::Fail | Action::Rollback)) => Err(Regressed {
                message: message(judgement),
                hint: "all that is known of it: `mad report last`".to_owned(),
            }
            .into()),
            (Some(judgement), _)
                if self.require_verdict && judgement.verdict == Verdict::Inconclusive =>
            {
                Err(NoVerdict { message: judgement.reason.clone() }.into())
            }
            (None, _) if self.require_verdict => {
                Err(NoVerdict { message: UNREADABLE.to_owned() }.into())
            }
            (None, _) if self.would_hold() => {
                let message = format!("{UNREADABLE}, so the tag stays where it was");
                Err(NoVerdict { message }.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether a regression would leave the tag where it is.
    fn would_hold(&self) -> bool {
        match self.on_regression {
            Some(action) => action == Action::Rollback,
            None => self.desk.can_hold(),
        }
    }

    fn report(&self, record: Record, judgement: Judgement) -> BuildReport {
        let anatomy = anatomy(&record);
        let promotion = builds::promotion(&record);
        let mut report = BuildReport::new(record, judgement, anatomy);
        report.promotion = promotion;
        report
    }
}

/// What speaks against a build: that it is slower, or the gravest alert that fired.
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

/// The stages with a step that looks slower; where the build as a whole does, all that ran.
fn suspects(judgement: &Judgement) -> BTreeSet<String> {
    let slower = |step: &&crate::timing::judge::StepComparison| {
        step.comparison.verdict == Verdict::Regressed
    };
    let stages: BTreeSet<String> =
        judgement.steps.iter().filter(slower).map(|step| step.stage.clone()).collect();
    if stages.is_empty() {
        judgement.steps.iter().map(|step| step.stage.clone()).collect()
    } else {
        stages
    }
}

fn promotions(record: &Record) -> Vec<Promotion> {
    let Some(image) = &record.image else { return Vec::new() };
    let moved = image.tags.iter().map(|tag| Promotion {
        at: Timestamp::now(),
        tag: tag.clone(),
        image: image.id.clone(),
        before: image.replaced.get(tag).cloned(),
        build: Some(record.id.clone()),
        engine_id: record.circumstances.engine_id.clone(),
        reason: "built".to_owned(),
    });
    moved.filter(|promotion| !promotion.tag.starts_with(builds::CANDIDATES)).collect()
}
