//! What an image grows from: the stages below it, one on another.

use std::collections::BTreeMap;

use super::scope::Arguments;
use super::step_identity::find;
use super::{Plan, Step};

impl Plan {
    /// The steps that lie on one another in the image of `target` (the last stage without one), the
    /// lowest first. What a `COPY` brings from other stages is not among them.
    pub fn lineage(
        &self,
        target: Option<&str>,
        build_args: &BTreeMap<String, String>,
    ) -> Vec<&Step> {
        let arguments = Arguments::new(build_args, &self.preamble);
        let mut at = match target {
            Some(target) => find(&self.stages, target),
            None => self.stages.len().checked_sub(1),
        };
        let mut chain = Vec::new();
        while let Some(index) = at {
            let stage = &self.stages[index];
            chain.push(stage.name.as_str());
            at = find(&self.stages[..index], &arguments.expand(&stage.base));
        }
        let of_stage =
            |stage: &str| self.steps.iter().filter(|step| step.stage == stage).collect::<Vec<_>>();
        chain.into_iter().rev().flat_map(of_stage).collect()
    }
}
