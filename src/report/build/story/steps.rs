//! The steps of a build, with what they used to take.

use serde::Serialize;

use super::{StepStatus, cut, label, minus, origin};
use crate::report::build::BuildReport;
use crate::timing::judge::{StepComparison, Verdict};
use crate::timing::record::StepRecord;
use crate::timing::{WorkState, clean_line};

/// A step, and what it used to take.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::build) struct StepStory {
    /// Its id.
    pub id: String,
    /// Its stage.
    pub stage: String,
    /// What it does.
    pub label: String,
    /// The template line that wrote it.
    pub at: Option<String>,
    /// `done`, `cached`, …
    pub state: &'static str,
    /// Whether it ran to its end.
    pub ran: bool,
    /// Time that it took, in milliseconds.
    pub now_ms: u64,
    /// What it used to take; `None` where nothing is known.
    pub usual: Option<Usual>,
    /// What it is; `None` where it was not judged.
    pub verdict: Option<Verdict>,
    /// What else is to be said: edited, new, accepted.
    pub notes: Vec<String>,
}

/// What a step used to take.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::report::build) struct Usual {
    /// Median in milliseconds.
    pub median_ms: u64,
    /// Spread in milliseconds.
    pub spread_ms: u64,
    /// How many builds that is from.
    pub n: usize,
    /// Time now less the median, in milliseconds.
    pub delta_ms: i64,
    /// Time now by the median.
    pub ratio: Option<f64>,
}

impl StepStory {
    pub(in crate::report::build) fn tone(&self) -> StepStatus {
        match (self.state, self.verdict) {
            ("failed", _) | (_, Some(Verdict::Regressed)) => StepStatus::Bad,
            (_, Some(Verdict::Improved)) => StepStatus::Better,
            (_, Some(Verdict::Inconclusive)) => StepStatus::Unsure,
            _ => StepStatus::Good,
        }
    }

    /// Time now less the median; 0 where nothing is known.
    pub(in crate::report::build) fn delta_ms(&self) -> i64 {
        self.usual.map_or(0, |usual| usual.delta_ms)
    }
}

/// All the steps, in the order of the Dockerfile.
pub(super) fn steps(report: &BuildReport) -> Vec<StepStory> {
    let compared = |id: &str| report.judgement.steps.iter().find(|step| step.step == id);
    let story = |step: &StepRecord| {
        let comparison = compared(&step.id);
        StepStory {
            id: clean_line(&step.id),
            stage: clean_line(&step.stage),
            label: label(&step.label),
            at: origin(step.origin.as_ref()),
            state: step.state.as_str(),
            ran: step.state == WorkState::Done,
            now_ms: comparison.map_or(step.duration_ms(), |c| c.comparison.actual_ms),
            usual: comparison.and_then(usual),
            verdict: comparison.map(|c| c.comparison.verdict),
            notes: comparison.map(notes).unwrap_or_default(),
        }
    };
    report.record.steps.iter().map(story).collect()
}

fn usual(step: &StepComparison) -> Option<Usual> {
    let comparison = &step.comparison;
    (comparison.n > 0).then(|| Usual {
        median_ms: comparison.median_ms,
        spread_ms: comparison.spread_ms,
        n: comparison.n,
        delta_ms: minus(comparison.actual_ms, comparison.median_ms),
        ratio: comparison.ratio,
    })
}

fn notes(step: &StepComparison) -> Vec<String> {
    let mut notes = Vec::new();
    if step.is_new {
        notes.push("new step".to_owned());
    }
    if step.was.is_some() {
        notes.push("edited since".to_owned());
    }
    if step.is_network_bound {
        notes.push("waits for the network".to_owned());
    }
    if let Some(accepted) = &step.accepted {
        let reason = cut(&clean_line(&accepted.reason), 80);
        notes.push(format!("accepted until {}: {reason}", accepted.until));
    }
    notes
}
