//! A plan cut off before one of its steps: what the image was when that step began.
//!
//! The instructions above are those of the plan, so the engine has their results already.

use super::Plan;
use dockerfile::File;

impl Plan {
    /// The plan up to the step with this id; its stage is then the last one. What the whole image must have
    /// is not asked of it.
    pub fn before(&self, step: &str) -> Option<Self> {
        let step = self.steps.iter().find(|planned| planned.id == step)?;
        let above = self.dockerfile.split_inclusive('\n').take(step.line - 1);
        let dockerfile: String = above.collect();
        let file = File::parse(dockerfile.as_bytes()).ok()?;
        let mut plan = self.clone();
        plan.context.insert_text("Dockerfile", dockerfile.clone());
        plan.steps.retain(|other| other.line < step.line);
        plan.used_values.retain(|line, _| *line < step.line);
        plan.patched.clear();
        plan.compose = None;
        Some(Self { dockerfile, file, ..plan })
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::Profile;
    use crate::project::testing::project;
    use crate::render::render;
    use engine::FrontendLevel;

    #[test]
    fn what_is_above_a_step_stays_as_it_is() {
        for level in FrontendLevel::ALL {
            let (_folder, project) = project(&[]);
            let loaded = Profile::load(&project, "cpu", &[], None).unwrap();
            let plan = render(&project, &loaded, level).unwrap();
            for (place, step) in plan.steps.iter().enumerate() {
                let cut = plan.before(&step.id).unwrap();
                assert!(plan.dockerfile.starts_with(&cut.dockerfile));
                assert_eq!(cut.steps, plan.steps[..place], "{}", step.label);
                assert_eq!(cut.stage_names().last(), Some(step.stage.clone()), "{}", step.label);
            }
            assert!(plan.before("none").is_none());
        }
    }
}
