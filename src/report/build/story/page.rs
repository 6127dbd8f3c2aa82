//! The whole report in words.

use serde::Serialize;

use super::{
    Change, MissStory, StepStatus, StepStory, bytes_difference, cut, label, minus, moment, origin,
    short_id, steps, surrounding, time,
};
use crate::report::build::BuildReport;
use crate::timing::graph::CriticalWork;
use crate::timing::judge::{AlertOutcome, AlertState, BaselineFacts, Verdict};
use crate::timing::record::{Ending, ImageFacts, Record, TimeSpan};
use crate::timing::{clean_line, clean_text, without_command};
use crate::ui::{count, human_bytes};

/// A stage that saves less is not worth a line.
const LEAST_SAVED_MS: u64 = 50;
/// Lines of an error that are kept.
const ERROR_LINES: usize = 6;

/// A report in words.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct Story {
    /// How it is meant.
    pub tone: StepStatus,
    /// `regressed`, `ok`, `failed`.
    pub word: &'static str,
    /// Why, in one sentence.
    pub reason: String,
    /// What was built, where and when.
    pub about: BuildInfo,
    /// What went wrong, where it failed.
    pub failure: Option<FailureStory>,
    /// All steps, in the order of the Dockerfile.
    pub steps: Vec<StepStory>,
    /// Ids of the steps that are slower, the worst first.
    pub slower: Vec<String>,
    /// Why steps ran, the dearest first.
    pub misses: Vec<MissStory>,
    /// The wall time, split.
    pub parts: Vec<PartStory>,
    /// The chain of work that the build waited for.
    pub critical: Vec<CriticalStory>,
    /// What would be, if a stage came from the cache.
    pub what_if: Vec<WhatIfStory>,
    /// How far the model is off on this build: `3%`.
    pub model_error: String,
    /// What speaks for the environment.
    pub surroundings: Vec<String>,
    /// The profile's alerts.
    pub alerts: Vec<AlertStory>,
    /// What it was compared with, in one sentence.
    pub baseline: String,
    /// The repetitions that confirmed it, in one sentence.
    pub confirmed: Option<String>,
    /// The image, in one sentence.
    pub image: Option<String>,
    /// What became of the tag, in one sentence.
    pub tag: Option<String>,
    /// What to do now.
    pub hint: Option<Hint>,
}

/// What was built, where and when.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct BuildInfo {
    pub profile: String,
    pub target: Option<String>,
    /// Whole.
    pub id: String,
    /// As much of it as commands need.
    pub short_id: String,
    pub started: String,
    pub wall_ms: u64,
    /// `a1b2c3d4e5f6 (main)`.
    pub commit: Option<String>,
    pub builder: String,
    pub machine: String,
    /// `5 ran, 21 from the cache`.
    pub counts: String,
    pub mad: String,
}

/// What went wrong.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct FailureStory {
    /// The step at fault; empty for the engine's own work.
    pub stage: String,
    pub label: String,
    pub at: Option<String>,
    /// The engine's words, on few lines.
    pub message: String,
}

/// A part of the wall time.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct PartStory {
    pub name: &'static str,
    /// What that is.
    pub what: &'static str,
    pub ms: u64,
    /// 0 to 1.
    pub share: f64,
}

/// Work that the build waited for.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct CriticalStory {
    pub start_ms: u64,
    /// How long it ran from then on; of a step, what every other table says of it.
    pub took_ms: u64,
    pub stage: String,
    pub label: String,
    pub at: Option<String>,
}

/// What would be, if a stage came from the cache.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct WhatIfStory {
    pub stage: String,
    pub saved_ms: u64,
    pub then: Option<String>,
}

/// An alert of the profile.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct AlertStory {
    pub tone: StepStatus,
    pub name: String,
    pub condition: String,
    /// `quiet`, `fired: fail`.
    pub state: String,
    pub at: Option<String>,
    /// `baseline = 28.1, build_time = 48.2`.
    pub values: String,
}

/// What to do now.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct Hint {
    /// What for.
    pub what: &'static str,
    /// What to run.
    pub command: String,
}

impl Story {
    pub(in crate::report::build) fn of(report: &BuildReport) -> Self {
        let BuildReport { record, judgement, breakdown, .. } = report;
        let steps = steps(report);
        let (tone, word) = verdict(report);
        let mut misses: Vec<_> = judgement.misses.iter().collect();
        misses.sort_by_key(|miss| std::cmp::Reverse((miss.wall_cost_ms, miss.cost_ms)));
        let size = judgement.size.map(|size| minus(size.bytes, size.baseline_bytes));
        Self {
            tone,
            word,
            reason: reason(report),
            about: about(report, &steps),
            failure: failure(report),
            slower: slower(&steps),
            steps,
            misses: misses.into_iter().map(MissStory::of).collect(),
            parts: parts(report),
            critical: breakdown
                .critical
                .iter()
                .map(|work| CriticalStory {
                    start_ms: work.span.start_ms,
                    took_ms: took_ms(record, work),
                    stage: match work.stage.is_empty() {
                        true => "engine".to_owned(),
                        false => clean_line(&work.stage),
                    },
                    label: label(&work.label),
                    at: origin(work.origin.as_ref()),
                })
                .collect(),
            what_if: breakdown
                .what_if
                .iter()
                .filter(|what_if| what_if.saved_ms >= LEAST_SAVED_MS)
                .map(|what_if| WhatIfStory {
                    stage: clean_line(&what_if.stage),
                    saved_ms: what_if.saved_ms,
                    then: what_if.then_bounds.as_deref().map(clean_line),
                })
                .collect(),
            model_error: format!("{:.0}%", breakdown.model_error.abs() * 100.0),
            surroundings: judgement.environment.iter().map(|it| surrounding(it, record)).collect(),
            alerts: judgement.alerts.iter().map(alert).collect(),
            baseline: baseline(&judgement.baseline),
            confirmed: confirmed(&judgement.confirmed_by_ms),
            image: record.image.as_ref().map(|facts| image(facts, size)),
            tag: tag(report),
            hint: hint(report),
        }
    }

    /// The steps that are slower, the worst first.
    pub(in crate::report::build) fn slower(&self) -> impl Iterator<Item = &StepStory> {
        self.slower.iter().filter_map(|id| self.steps.iter().find(|step| &step.id == id))
    }

    /// What changed for that step, where it is itself the first to run.
    pub(in crate::report::build) fn changes_of(&self, step: &str) -> &[Change] {
        let miss = self.misses.iter().find(|miss| miss.step == step);
        miss.map_or(&[], |miss| &miss.changes)
    }
}

/// The engine may pause within a step, and that is no time of the step.
fn took_ms(record: &Record, work: &CriticalWork) -> u64 {
    let Some(step) = work.step.as_deref().and_then(|id| record.step(id)) else {
        return work.span.length_ms();
    };
    let after = |span: &TimeSpan| span.end_ms.saturating_sub(span.start_ms.max(work.span.start_ms));
    step.spans.iter().map(after).sum()
}

fn verdict(report: &BuildReport) -> (StepStatus, &'static str) {
    match (report.record.ending, report.judgement.verdict) {
        (Ending::Failed, _) => (StepStatus::Bad, "failed"),
        (Ending::Interrupted, _) => (StepStatus::Unsure, "interrupted"),
        (Ending::Built, verdict) => (verdict_tone(verdict), verdict.as_str()),
    }
}

/// How a verdict is meant.
pub(in crate::report::build) fn verdict_tone(verdict: Verdict) -> StepStatus {
    match verdict {
        Verdict::Ok => StepStatus::Good,
        Verdict::Improved => StepStatus::Better,
        Verdict::Inconclusive => StepStatus::Unsure,
        Verdict::Regressed => StepStatus::Bad,
    }
}

fn reason(report: &BuildReport) -> String {
    let wall = time(report.record.wall_ms);
    match report.record.ending {
        Ending::Built => clean_line(&report.judgement.reason),
        Ending::Failed => format!("after {wall}; only finished builds are compared"),
        Ending::Interrupted => format!("stopped after {wall}; only finished builds are compared"),
    }
}

fn about(report: &BuildReport, steps: &[StepStory]) -> BuildInfo {
    let record = &report.record;
    let of_state = |state| steps.iter().filter(|step| step.state == state).count();
    let counts: Vec<String> = [
        ("done", "ran"),
        ("cached", "from the cache"),
        ("shared", "shared"),
        ("failed", "failed"),
        ("canceled", "stopped"),
        ("waiting", "not needed"),
    ]
    .into_iter()
    .map(|(state, word)| (of_state(state), word))
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    let branch = record.environment.branch.as_deref().map(|b| format!(" ({})", clean_line(b)));
    BuildInfo {
        profile: clean_line(&record.series.profile),
        target: record.series.target.as_deref().map(clean_line),
        id: clean_line(&record.id),
        short_id: cut_id(&record.id),
        started: moment(record.started),
        wall_ms: record.wall_ms,
        commit: record.environment.commit.as_deref().map(|commit| {
            let short: String = clean_line(commit).chars().take(12).collect();
            short + branch.as_deref().unwrap_or_default()
        }),
        builder: clean_line(&record.series.builder),
        machine: clean_line(&record.series.machine),
        counts: match counts.as_slice() {
            [] => "no steps".to_owned(),
            counts => counts.join(", "),
        },
        mad: clean_line(&record.environment.mad),
    }
}

fn cut_id(id: &str) -> String {
    clean_line(id).chars().take(12).collect()
}

fn failure(report: &BuildReport) -> Option<FailureStory> {
    let failure = report.record.failure.as_ref()?;
    let step = failure.step.as_deref().and_then(|id| report.record.step(id));
    let message = clean_text(without_command(&failure.message));
    let lines: Vec<&str> = message.lines().collect();
    let kept = lines[lines.len().saturating_sub(ERROR_LINES)..].join("\n");
    Some(FailureStory {
        stage: step.map_or_else(|| "engine".to_owned(), |step| clean_line(&step.stage)),
        label: step.map(|step| label(&step.label)).unwrap_or_default(),
        at: origin(step.and_then(|step| step.origin.as_ref())),
        message: cut(&kept, 1000),
    })
}

/// The regressed ones, by how much they add.
fn slower(steps: &[StepStory]) -> Vec<String> {
    let mut slower: Vec<&StepStory> =
        steps.iter().filter(|step| step.verdict == Some(Verdict::Regressed)).collect();
    slower.sort_by_key(|step| std::cmp::Reverse(step.delta_ms()));
    slower.into_iter().map(|step| step.id.clone()).collect()
}

fn parts(report: &BuildReport) -> Vec<PartStory> {
    let parts = report.breakdown.parts;
    let total = parts.total_ms().max(1) as f64;
    let what = |name| match name {
        "upload" => "sending files to the engine",
        "pull" => "fetching base images",
        "execution" => "running steps",
        "export" => "writing the image",
        "idle" => "the engine was idle",
        _ => "mad's own work, and time not reported by the engine",
    };
    let named = parts.named().into_iter();
    named
        .map(|(name, ms)| PartStory { name, what: what(name), ms, share: ms as f64 / total })
        .collect()
}

fn alert(outcome: &AlertOutcome) -> AlertStory {
    let action = outcome.action.as_str();
    let (tone, state) = match outcome.state {
        AlertState::Quiet => (StepStatus::Good, "quiet".to_owned()),
        AlertState::Fired => (StepStatus::Bad, format!("fired: {action}")),
        AlertState::Held => {
            (StepStatus::Unsure, "not fired: too little evidence, or accepted".to_owned())
        }
        AlertState::NotMeasured => (StepStatus::Unsure, "not measured by a build".to_owned()),
    };
    let values = outcome.values.iter().map(|(name, value)| {
        let value = (value * 100.0).round() / 100.0;
        format!("{} = {value}", clean_line(name))
    });
    AlertStory {
        tone,
        name: clean_line(&outcome.name),
        condition: clean_line(&outcome.condition),
        state,
        at: outcome.origin.as_deref().map(clean_line),
        values: values.collect::<Vec<_>>().join(", "),
    }
}

fn baseline(facts: &BaselineFacts) -> String {
    if let Some(missing) = &facts.missing {
        return format!("nothing: {}", clean_line(missing));
    }
    if facts.builds == 0 {
        return "nothing".to_owned();
    }
    let builds = count(facts.builds, "build");
    let source = match facts.source.as_str() {
        "" => String::new(),
        source => format!(" of {}", clean_line(source)),
    };
    match (facts.oldest, facts.newest) {
        (Some(oldest), Some(newest)) => {
            format!("{builds}{source}, {} to {}", moment(oldest), moment(newest))
        }
        _ => format!("{builds}{source}"),
    }
}

fn confirmed(walls_ms: &[u64]) -> Option<String> {
    let times: Vec<String> = walls_ms.iter().map(|&ms| time(ms)).collect();
    let again = match times.len() {
        0 => return None,
        1 => "once more".to_owned(),
        more => format!("{more} times more"),
    };
    Some(format!("built {again} to confirm: {}", times.join(", ")))
}

fn image(facts: &ImageFacts, difference: Option<i64>) -> String {
    let size = human_bytes(facts.size_bytes);
    let id = short_id(&facts.id);
    match difference {
        Some(difference) => {
            format!("{id}, {size} ({} since the last build)", bytes_difference(difference))
        }
        None => format!("{id}, {size}"),
    }
}

fn tag(report: &BuildReport) -> Option<String> {
    let promotion = report.promotion.as_ref()?;
    let tag = clean_line(&promotion.tag);
    let image = short_id(&promotion.image);
    Some(match (&promotion.previous, promotion.kept) {
        (_, true) => format!("{tag} stays on {image}; the new image is held back"),
        (Some(previous), false) => format!("{tag} moved to {image}, before {}", short_id(previous)),
        (None, false) => format!("{tag} moved to {image}"),
    })
}

fn hint(report: &BuildReport) -> Option<Hint> {
    if report.record.ending != Ending::Built {
        return None;
    }
    let judgement = &report.judgement;
    let profile = clean_line(&report.record.series.profile);
    let confirm = format!("mad build -p {profile} --confirm 3");
    match judgement.verdict {
        Verdict::Ok | Verdict::Improved => None,
        Verdict::Inconclusive if judgement.baseline.missing.is_some() => Some(Hint {
            what: "to compare later builds with this one",
            command: format!("mad baseline set -p {profile}"),
        }),
        Verdict::Inconclusive => Some(Hint { what: "to collect more evidence", command: confirm }),
        Verdict::Regressed if judgement.confirmed_by_ms.is_empty() => {
            Some(Hint { what: "to confirm", command: confirm })
        }
        Verdict::Regressed => Some(Hint {
            what: "if this is intended",
            command: format!("mad baseline accept -p {profile} --reason … --until …"),
        }),
    }
}
