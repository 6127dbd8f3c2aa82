//! What every step of a plan is made from.
//!
//! ```text
//! FROM x AS base       images: x          RUN b    needs: RUN a
//! RUN a                                   COPY --from=tools /t /t
//! FROM base AS final                               needs: RUN b, the last step of `tools`
//! ```
//!
//! The rules are BuildKit's, see [`StepInputs`]; what the base image brings along (its `ENV`, say) is
//! in the image's id, which only the engine knows.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use super::plan::is_step;
use super::scope::{Arguments, Scope};
use super::sources::{context_sources, others};
use crate::timing::record::{InputFile, StepInputs};
use dockerfile::{Instruction, Stage, needed};

/// What a stage, or the part of it above some line, comes to.
#[derive(Debug, Clone, Default)]
struct Made {
    /// The step that made it.
    step: Option<String>,
    /// The image that it is, where no step was made on it.
    image: Option<String>,
    scope: Scope,
}

impl Plan {
    /// What the steps that `target` (the last stage without one) is built from are made from, by
    /// their ids; `build_args` are the values that the caller gives to `ARG`s.
    pub fn inputs(
        &self,
        target: Option<&str>,
        build_args: &BTreeMap<String, String>,
    ) -> BTreeMap<String, StepInputs> {
        let arguments = Arguments::new(build_args, &self.preamble);
        let mut ids = self.steps.iter().map(|step| step.id.clone());
        let mut results: Vec<Made> = Vec::new();
        let mut inputs = BTreeMap::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let base = arguments.expand(&stage.base);
            let mut result = match find(&self.stages[..index], &base) {
                Some(other) => results[other].clone(),
                None => Made { image: image_named(&base), ..Made::default() },
            };
            for instruction in &stage.instructions[1..] {
                if is_step(instruction) {
                    let id = ids.next().expect("the steps are those of the stages, in order");
                    let made = self.made_from(instruction, &result, index, &results);
                    inputs.insert(id.clone(), made);
                    result.step = Some(id);
                    result.image = None;
                }
                result.scope.apply(instruction, &arguments);
            }
            results.push(result);
        }
        let wanted: BTreeSet<&str> =
            self.steps_for(target).into_iter().map(|step| step.id.as_str()).collect();
        inputs.retain(|id, _| wanted.contains(id.as_str()));
        inputs
    }

    /// The images that the stages of `target` start from or copy from, as the Dockerfile names them
    /// once its arguments have values.
    pub fn images(
        &self,
        target: Option<&str>,
        build_args: &BTreeMap<String, String>,
    ) -> BTreeSet<String> {
        let arguments = Arguments::new(build_args, &self.preamble);
        let last = self.stages.last().map(|stage| stage.name.as_str());
        let wanted = needed(&self.stages, target.or(last).unwrap_or_default());
        let mut images = BTreeSet::new();
        for (index, stage) in self.stages.iter().enumerate() {
            if !wanted.contains(&stage.name) {
                continue;
            }
            let base = arguments.expand(&stage.base);
            let copied = stage.instructions.iter().flat_map(others).map(str::to_owned);
            let named = std::iter::once(base).chain(copied);
            let outside = named.filter(|name| find(&self.stages[..index], name).is_none());
            images.extend(outside.filter_map(|name| image_named(&name)));
        }
        images
    }

    fn made_from(
        &self,
        instruction: &Instruction,
        below: &Made,
        stage: usize,
        results: &[Made],
    ) -> StepInputs {
        let (state, args) = below.scope.seen_by(instruction);
        let mut needs: BTreeSet<String> = below.step.iter().cloned().collect();
        let mut images: BTreeSet<String> = below.image.iter().cloned().collect();
        for name in others(instruction) {
            match find(&self.stages[..stage], name) {
                Some(other) => {
                    needs.extend(results[other].step.clone());
                    images.extend(results[other].image.clone());
                }
                None => images.extend(image_named(name)),
            }
        }
        StepInputs {
            text: instruction.exact_text(),
            state,
            args,
            files: self.files_below(&context_sources(instruction)),
            needs: needs.into_iter().collect(),
            images: images.into_iter().collect(),
        }
    }

    /// The files of the context that are one of `sources` or lie below one.
    fn files_below(&self, sources: &[String]) -> Vec<InputFile> {
        let is_source = |path: &str| {
            sources.iter().any(|source| {
                let rest = path.strip_prefix(source.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        self.files.iter().filter(|file| is_source(&file.path)).cloned().collect()
    }
}

/// The stage of that name or number.
pub(super) fn find(stages: &[Stage], name: &str) -> Option<usize> {
    let by_name = stages.iter().rposition(|stage| stage.name.eq_ignore_ascii_case(name));
    by_name.or_else(|| name.parse::<usize>().ok().filter(|&index| index < stages.len()))
}

fn image_named(name: &str) -> Option<String> {
    (!name.is_empty() && name != "scratch").then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
