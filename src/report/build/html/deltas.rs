//! Each step against what it used to take: bars to the right for slower, to the left for faster.
//!
//! The bars are cells of a table, so that the numbers stand beside them and a narrow screen takes
//! them too.

use serde::Serialize;

use super::scale::round;
use crate::report::build::story::{StepStatus, StepStory, Story, time};
use crate::ui::{human_change, human_spread};

/// Half of a bar's cell, in pixels of its own view box.
const HALF: f64 = 80.0;
/// Differences below this are drawn small whatever the others are.
const LEAST_SCALE_MS: u64 = 1_000;

/// A row of the table.
#[derive(Debug, Serialize)]
pub(super) struct Delta<'a> {
    pub stage: &'a str,
    pub label: &'a str,
    pub at: Option<&'a str>,
    pub tone: StepStatus,
    /// In words, where the step is anything but usual.
    pub word: &'static str,
    /// Whether it ran, to its end or not; the others are only named.
    pub is_told: bool,
    /// Why it did not.
    pub why_not: &'static str,
    pub now: String,
    pub usual: String,
    pub delta: String,
    pub ratio: String,
    pub notes: &'a [String],
    /// The bar: begin and width.
    pub x: f64,
    pub width: f64,
}

/// All steps, in the order of the Dockerfile.
pub(super) fn deltas(story: &Story) -> Vec<Delta<'_>> {
    let greatest = story.steps.iter().map(|step| step.delta_ms().unsigned_abs()).max();
    let scale = HALF / greatest.unwrap_or(0).max(LEAST_SCALE_MS) as f64;
    story.steps.iter().map(|step| delta(step, scale)).collect()
}

/// The slower ones, the worst first.
pub(super) fn slower(story: &Story) -> Vec<Delta<'_>> {
    const MAX_STEPS: usize = 5;
    story.slower().take(MAX_STEPS).map(|step| delta(step, 0.0)).collect()
}

fn delta(step: &StepStory, scale: f64) -> Delta<'_> {
    let length = round((step.delta_ms().unsigned_abs() as f64 * scale).min(HALF));
    let usual = step.usual;
    Delta {
        stage: &step.stage,
        label: &step.label,
        at: step.at.as_deref(),
        tone: step.tone(),
        word: match step.tone() {
            _ if step.state == "failed" => "failed",
            _ if step.state == "canceled" => "stopped",
            StepStatus::Good => "",
            StepStatus::Better => "faster",
            StepStatus::Unsure => "too few builds to say",
            StepStatus::Bad => "slower",
        },
        is_told: step.ran || matches!(step.state, "failed" | "canceled"),
        why_not: match step.state {
            "cached" => "from the cache",
            "shared" => "shared with another step",
            _ => "not needed",
        },
        now: time(step.now_ms),
        usual: usual
            .map(|usual| human_spread(usual.median_ms, usual.spread_ms))
            .unwrap_or_default(),
        delta: usual.map(|usual| human_change(step.now_ms, usual.median_ms)).unwrap_or_default(),
        ratio: usual.and_then(|usual| usual.ratio).map(|r| format!("{r:.2}×")).unwrap_or_default(),
        notes: &step.notes,
        x: if step.delta_ms() < 0 { round(HALF - length) } else { HALF },
        width: length,
    }
}
