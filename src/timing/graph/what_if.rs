//! What would be, if a stage came from the cache.

use std::collections::{BTreeMap, BTreeSet};

use super::Graph;
use super::facts::WhatIf;
use crate::timing::WorkState;
use crate::timing::record::StepRecord;

impl Graph<'_> {
    /// For each stage of which a step ran: the build without the time of the stage's own steps,
    /// those of other stages as measured. The greatest gain first.
    pub(super) fn what_if(&self) -> Vec<WhatIf> {
        let mut stages: Vec<&str> = Vec::new();
        for step in self.steps().filter(|step| step.state == WorkState::Done) {
            if !stages.contains(&step.stage.as_str()) {
                stages.push(&step.stage);
            }
        }
        let mut all: Vec<WhatIf> = stages.into_iter().map(|stage| self.without(stage)).collect();
        all.sort_by_key(|what_if| std::cmp::Reverse(what_if.saved_ms));
        all
    }

    fn without(&self, stage: &str) -> WhatIf {
        let own = self.steps().filter(|step| step.stage == stage);
        let own: BTreeSet<&str> = own.map(|step| step.id.as_str()).collect();
        let schedule = self.schedule(|id| own.contains(id).then_some(0));
        let ends_ms = &schedule.ends_ms;
        let last = (0..ends_ms.len()).max_by_key(|&index| (ends_ms[index], index));
        let path = last.map(|last| self.path_to(last, ends_ms)).unwrap_or_default();
        let mut bounds: BTreeMap<&str, u64> = BTreeMap::new();
        for node in path.into_iter().map(|index| &self.nodes[index]) {
            if let Some(step) = node.step().filter(|step| step.stage != stage) {
                *bounds.entry(&step.stage).or_default() += step.duration_ms();
            }
        }
        let heaviest = bounds.into_iter().filter(|&(_, ms)| ms > 0).max_by_key(|&(_, ms)| ms);
        WhatIf {
            stage: stage.to_owned(),
            saved_ms: self.modelled_ms.saturating_sub(schedule.wall_ms),
            then_bounds: heaviest.map(|(stage, _)| stage.to_owned()),
        }
    }

    fn steps(&self) -> impl Iterator<Item = &StepRecord> {
        self.nodes.iter().filter_map(|node| node.step())
    }
}
