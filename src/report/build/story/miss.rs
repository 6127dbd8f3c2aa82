//! Why a step ran, and what ran because of it.

use serde::Serialize;

use super::{Change, label, origin, time};
use crate::timing::clean_line;
use crate::timing::judge::Miss;
use crate::ui::count;

/// A step that could not be taken from the cache, with all that followed.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report) struct MissStory {
    /// Id of the step.
    pub step: String,
    /// Its stage.
    pub stage: String,
    /// What it does.
    pub label: String,
    /// The template line that wrote it.
    pub at: Option<String>,
    /// What changed, the most telling first.
    pub changes: Vec<Change>,
    /// What it pulled with it, in one sentence.
    pub cost: String,
}

impl MissStory {
    pub(in crate::report) fn of(miss: &Miss) -> Self {
        Self {
            step: miss.step.clone(),
            stage: clean_line(&miss.stage),
            label: label(&miss.label),
            at: origin(miss.origin.as_ref()),
            changes: miss.causes.iter().map(Change::of).collect(),
            cost: cost(miss),
        }
    }
}

/// `4 more steps ran because of it: 31.0s of work; without it the build ends 29.8s sooner`.
fn cost(miss: &Miss) -> String {
    let work = time(miss.cost_ms);
    let followed = match miss.cascade.len() {
        0 => format!("{work} of work"),
        more => format!("{} ran because of it: {work} of work in all", count_more(more)),
    };
    // Less than this is no more than the model's own error.
    const LEAST_MS: u64 = 50;
    match miss.wall_cost_ms {
        ..LEAST_MS => format!("{followed}, in parallel with other steps: the build took no longer"),
        sooner => format!("{followed}; without it the build would end {} sooner", time(sooner)),
    }
}

fn count_more(steps: usize) -> String {
    count(steps, "step").replacen(' ', " more ", 1)
}
