//! The longest chain of steps: what a build takes when each step begins as soon as those it needs
//! are done.
//!
//! This is not [`crate::timing::graph`], which models one build that was, by its clock. Here steps
//! are put together that never ran in one build (this build's steps with earlier builds' times, of
//! which a committed file keeps nothing but lengths), so there is no clock to go by. What the chain
//! leaves out — pulls, exports, the client, steps in each other's way — is taken from each earlier
//! build as a whole: its wall time less its own chain.

use std::collections::HashMap;

use crate::timing::record::StepRecord;

/// Steps and what each needs.
#[derive(Debug, Clone, Default)]
pub(super) struct StepPath {
    /// Indices of the steps that each one needs. All point upwards.
    needs: Vec<Vec<usize>>,
}

impl StepPath {
    /// The steps of a plan, in the order of its Dockerfile.
    pub(super) fn of(steps: &[StepRecord]) -> Self {
        // A step that is the same work as another waits for that one.
        Self::new(steps.iter().map(|step| {
            let needs = step.inputs.needs.iter().chain(&step.same_as);
            (step.id.as_str(), needs.map(String::as_str).collect())
        }))
    }

    /// The steps by id, each with the ids of those that it needs.
    pub(super) fn new<'s>(steps: impl Iterator<Item = (&'s str, Vec<&'s str>)>) -> Self {
        let mut index: HashMap<&str, usize> = HashMap::new();
        let mut all = Vec::new();
        for (at, (id, needs)) in steps.enumerate() {
            let above = needs.into_iter().filter_map(|id| index.get(id).copied());
            all.push(above.collect());
            index.insert(id, at);
        }
        Self { needs: all }
    }

    /// The longest chain in milliseconds, where `ms` tells how long the step at an index takes.
    pub(super) fn length_ms(&self, ms: &dyn Fn(usize) -> u64) -> u64 {
        let mut ends: Vec<u64> = Vec::with_capacity(self.needs.len());
        for (at, needs) in self.needs.iter().enumerate() {
            let begin = needs.iter().map(|&need| ends[need]).max().unwrap_or(0);
            ends.push(begin.saturating_add(ms(at)));
        }
        ends.into_iter().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{build, step};
    use super::*;

    #[test]
    fn stages_run_beside_each_other_and_the_longest_counts() {
        let mut record = build(
            1,
            vec![
                step("a", "RUN a1", Some(5)),
                step("a", "RUN a2", Some(5)),
                step("b", "RUN b", Some(7)),
                step("final", "COPY --from=a x", Some(1)),
            ],
        );
        let ids: Vec<String> = record.steps.iter().map(|step| step.id.clone()).collect();
        record.steps[3].inputs.needs = vec![ids[1].clone(), ids[2].clone()];
        let path = StepPath::of(&record.steps);
        let own = |at: usize| record.steps[at].duration_ms();
        assert_eq!(path.length_ms(&own), 11);
        assert_eq!(path.length_ms(&|at| if at < 2 { 0 } else { own(at) }), 8);
    }

    #[test]
    fn a_step_that_is_the_same_work_waits_for_the_one_that_carries_it() {
        let mut record = build(
            1,
            vec![
                step("a", "RUN a", Some(9)),
                step("b", "RUN a", None),
                step("b", "RUN b", Some(2)),
            ],
        );
        record.steps[1].same_as = Some(record.steps[0].id.clone());
        let path = StepPath::of(&record.steps);
        assert_eq!(path.length_ms(&|at| record.steps[at].duration_ms()), 11);
    }
}
