//! What an image grows from: the stages below it, one on another.

use std::collections::BTreeMap;

use super::{Plan, Step};

impl Plan {
    /// The steps that lie on one another in the image of `target` (the last stage without one), the
    /// lowest first. What a `COPY` brings from other stages is not among them.
    pub fn lineage(
        &self,
        target: Option<&str>,
        build_args: &BTreeMap<String, String>,
    ) -> Vec<&Step> {
        let file = self.file_with(build_args);
        let names: Vec<String> = self.stage_names().collect();
        let Some(target) = self.place_of(target) else { return Vec::new() };
        let mut steps = Vec::new();
        for place in file.lineage(target) {
            steps.extend(self.steps.iter().filter(|step| step.stage == names[place]));
        }
        steps
    }
}
