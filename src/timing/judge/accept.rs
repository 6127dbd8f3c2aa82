//! Slowdowns that a person has accepted: until when, and up to what.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Acceptance, Judgement, Verdict};

/// What stands for the step where a build as a whole is accepted.
pub const WHOLE_BUILD: &str = "build";

/// An accepted slowdown as a baseline file keeps it: which step, and the build that showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The step's id; [`WHOLE_BUILD`] for the wall time of the build.
    pub step: String,
    /// What it does, on one line; for the reader.
    pub label: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub until: Date,
    /// The time that is accepted, in milliseconds; the alert's ratio goes on top.
    pub limit_ms: u64,
    /// The build that showed it.
    pub build: String,
}

impl Accepted {
    /// The accepted slowdown without what it is of.
    pub fn acceptance(&self) -> Acceptance {
        Acceptance { reason: self.reason.clone(), until: self.until, limit_ms: self.limit_ms }
    }
}

/// The one that holds on that day for that step; of several the most generous.
pub(super) fn holding<'a>(
    accepted: &'a [Accepted],
    step: &str,
    today: Date,
) -> Option<&'a Accepted> {
    let holds = |accepted: &&Accepted| accepted.step == step && accepted.until >= today;
    accepted.iter().filter(holds).max_by_key(|accepted| accepted.limit_ms)
}

impl Judgement {
    /// What accepting this build's slowdowns would write: one entry for each of `steps`, or for
    /// each regressed step where none is named, or for the build where no step alone is to blame. A
    /// name is a step's id or a part of its label.
    ///
    /// `Err` has the name that no step that ran goes by.
    pub fn acceptances(
        &self,
        build: &str,
        steps: &[String],
        reason: &str,
        until: Date,
    ) -> Result<Vec<Accepted>, String> {
        let mut chosen: Vec<usize> = Vec::new();
        if steps.is_empty() {
            let regressed = self.steps.iter().enumerate();
            let regressed =
                regressed.filter(|(_, step)| step.comparison.verdict == Verdict::Regressed);
            chosen.extend(regressed.map(|(index, _)| index));
        }
        for name in steps {
            let by_id = self.steps.iter().position(|step| step.step == *name);
            let by_label = || {
                let named = |label: &str| label.to_lowercase().contains(&name.to_lowercase());
                let mut found =
                    (0..self.steps.len()).filter(|&index| named(&self.steps[index].label));
                found.next().filter(|_| found.next().is_none())
            };
            let index = by_id.or_else(by_label).ok_or_else(|| name.clone())?;
            if !chosen.contains(&index) {
                chosen.push(index);
            }
        }
        let accepted = |step: &str, label: &str, limit_ms: u64| Accepted {
            step: step.to_owned(),
            label: label.to_owned(),
            reason: reason.to_owned(),
            until,
            limit_ms,
            build: build.to_owned(),
        };
        if chosen.is_empty() && self.build.verdict == Verdict::Regressed {
            return Ok(vec![accepted(WHOLE_BUILD, "the whole build", self.build.actual_ms)]);
        }
        let chosen = chosen.into_iter().map(|index| &self.steps[index]);
        Ok(chosen
            .map(|step| accepted(&step.step, &step.label, step.comparison.actual_ms))
            .collect())
    }
}
