//! Finds the steps that are the same as a step of another stage.
//!
//! Equal steps of two stages are one vertex, named after either of them:
//!
//! ```text
//! plan      base: FROM x, RUN a        vertices   [base 2/2] RUN a ◄─┬─ …
//!           tool: FROM x, RUN a, RUN b                               └─ [tool 3/3] RUN b
//! ```
//!
//! `[tool 2/3]` is never named, so it is found from the inputs of `[tool 3/3]` and marked `Shared`.
//! A stage whose last step is shared cannot be told from one that is not needed: nothing of it is
//! named. Its steps stay `Waiting`.

use super::Tracker;
use crate::timing::{WorkKind, WorkState};

impl Tracker {
    /// A vertex that comes under a second name is a step of two stages.
    pub(super) fn renamed(&mut self, known: usize, name: &str) {
        if let Some(other) = self.step_named(name).filter(|&other| other != known)
            && self.is_unseen(other)
        {
            self.works[other].same_as = Some(known);
        }
    }

    fn is_unseen(&self, work: usize) -> bool {
        !self.nodes.values().any(|node| node.work == work)
    }

    /// Finds the steps that are the same as a step of another stage; see the top of this file.
    pub(super) fn find_shared(&mut self) {
        let mut todo: Vec<(usize, String)> =
            self.nodes.iter().map(|(digest, node)| (node.work, digest.clone())).collect();
        while let Some((work, digest)) = todo.pop() {
            let Some(previous) = self.step_before(work) else {
                continue;
            };
            if !self.is_unseen(previous) {
                continue;
            }
            let twin = self.nodes[&digest].inputs.iter().find_map(|input| {
                let node = self.nodes.get(input)?;
                let (twin, unseen) = (&self.works[node.work], &self.works[previous]);
                let same = twin.kind == WorkKind::Step && twin.label == unseen.label;
                same.then(|| (node.work, input.clone()))
            });
            if let Some((twin, input)) = twin {
                self.works[previous].same_as = Some(twin);
                todo.push((previous, input));
            }
        }
    }

    /// A shared step is done when the other one is; what failed there is not done here.
    pub(super) fn settle_shared(&mut self) {
        for work in 0..self.works.len() {
            let twin = self.works[work].same_as.map(|twin| self.works[twin].state);
            if let Some(WorkState::Done | WorkState::Cached) = twin {
                self.works[work].state = WorkState::Shared;
            }
        }
    }

    fn step_before(&self, work: usize) -> Option<usize> {
        let stage = self.stages.iter().find(|stage| stage.steps.contains(&work))?;
        let place = stage.steps.iter().position(|&step| step == work)?;
        place.checked_sub(1).map(|before| stage.steps[before])
    }
}
