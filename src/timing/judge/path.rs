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
#[derive(Debug)]
pub(super) struct StepPath<'a> {
    /// Id, id of the step that carries its time, and indices of the steps that it needs. All point
    /// upwards.
    steps: Vec<(&'a str, Vec<usize>)>,
}

impl<'a> StepPath<'a> {
    /// The steps of a plan, in the order of its Dockerfile.
    pub(super) fn of(steps: &'a [StepRecord]) -> Self {
        let index: HashMap<&str, usize> =
            steps.iter().enumerate().map(|(index, step)| (step.id.as_str(), index)).collect();
        let steps = steps
            .iter()
            .enumerate()
            .map(|(at, step)| {
                // A step that is the same work as another waits for that one.
                let needs = step.inputs.needs.iter().chain(&step.same_as);
                let needs = needs.filter_map(|id| index.get(id.as_str()).copied());
                (step.id.as_str(), needs.filter(|&need| need < at).collect())
            })
            .collect();
        Self { steps }
    }

    /// The longest chain in milliseconds, where `ms` tells how long a step takes.
    pub(super) fn length_ms(&self, ms: &dyn Fn(&str) -> u64) -> u64 {
        let mut ends: Vec<u64> = Vec::with_capacity(self.steps.len());
        for (id, needs) in &self.steps {
            let begin = needs.iter().map(|&need| ends[need]).max().unwrap_or(0);
            ends.push(begin + ms(id));
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
        let own = |id: &str| record.step(id).unwrap().duration_ms();
        assert_eq!(path.length_ms(&own), 11);
        assert_eq!(path.length_ms(&|id| if id.starts_with("a:") { 0 } else { own(id) }), 8);
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
        let own = |id: &str| record.step(id).unwrap().duration_ms();
        assert_eq!(path.length_ms(&own), 11);
    }
}
