//! The stages of the plan, in order, with the steps of each.

use super::{PlannedStep, Work, WorkState};

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its steps, as indices into the tracker's works, in order.
    pub steps: Vec<usize>,
}

impl Stage {
    pub(super) fn of_plan(steps: &[PlannedStep]) -> Vec<Self> {
        let mut stages: Vec<Self> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            match stages.iter_mut().find(|stage| stage.name == step.stage) {
                Some(stage) => stage.steps.push(index),
                None => stages.push(Self { name: step.stage.clone(), steps: vec![index] }),
            }
        }
        for stage in &mut stages {
            stage.steps.sort_by_key(|&index| steps[index].ordinal);
        }
        stages
    }

    /// Where the stage as a whole stands.
    pub fn state(&self, works: &[Work]) -> WorkState {
        let any = |state| self.steps.iter().any(|&step| works[step].state == state);
        let all =
            |test: fn(WorkState) -> bool| self.steps.iter().all(|&step| test(works[step].state));
        if any(WorkState::Failed) {
            WorkState::Failed
        } else if any(WorkState::Canceled) {
            WorkState::Canceled
        } else if all(|state| state == WorkState::Waiting) {
            WorkState::Waiting
        } else if !all(WorkState::is_settled) {
            WorkState::Running
        } else if any(WorkState::Done) {
            WorkState::Done
        } else if any(WorkState::Cached) {
            WorkState::Cached
        } else {
            WorkState::Shared
        }
    }
}
