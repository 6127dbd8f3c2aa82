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
use std::sync::Arc;

use super::Plan;
use super::scope::{Arguments, Scope};
use super::sources::{Source, sources};
use crate::timing::record::{InputFile, StepInputs};
use dockerfile::{Base, File};

/// What a stage, or the part of it above some line, comes to.
#[derive(Debug, Clone, Default)]
struct StageResult {
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
        let file = self.file_with(build_args);
        let arguments = Arguments::new(build_args, &file);
        let ids = self.steps.iter().map(|step| (step.line, step.id.as_str())).collect();
        let mut making = StepIdentities {
            file: &file,
            arguments: &arguments,
            files: &self.files,
            used_values: &self.used_values,
            ids,
            made: BTreeMap::new(),
        };
        let mut inputs = BTreeMap::new();
        for stage in file.build_order() {
            making.stage(stage, &mut inputs);
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
        let file = self.file_with(build_args);
        let Some(target) = self.place_of(target) else { return BTreeSet::new() };
        let mut images = BTreeSet::new();
        for stage in file.needed(target).into_iter().map(|place| &file.stages()[place]) {
            if let Base::Image(Some(image)) = &stage.base {
                images.insert(image.clone());
            }
            let blocks = file.blocks()[stage.blocks.clone()].iter();
            let named = blocks.flat_map(|block| block.instruction.from_names());
            let outside = named.filter(|name| file.stage_named(name).is_none());
            images.extend(outside.filter_map(image_named));
        }
        images
    }
}

/// Goes through the stages, each behind those that it needs.
struct StepIdentities<'a> {
    file: &'a File,
    arguments: &'a Arguments,
    /// The files of the context.
    files: &'a [Arc<InputFile>],
    /// By the line that an instruction begins in: the values that its template names.
    used_values: &'a BTreeMap<usize, BTreeSet<String>>,
    /// The ids of the steps, by the line that they begin in.
    ids: BTreeMap<usize, &'a str>,
    /// What the stages so far come to.
    made: BTreeMap<usize, StageResult>,
}

impl StepIdentities<'_> {
    /// Writes down what the steps of a stage are made from.
    fn stage(&mut self, place: usize, inputs: &mut BTreeMap<String, StepInputs>) {
        let stage = &self.file.stages()[place];
        let mut made = match &stage.base {
            Base::Stage(below) => self.made.get(below).cloned().unwrap_or_default(),
            Base::Scratch => StageResult::default(),
            Base::Image(image) => {
                let image = image.as_ref().unwrap_or(&stage.base_text);
                StageResult { image: image_named(image), ..StageResult::default() }
            }
        };
        for at in stage.blocks.clone().skip(1) {
            let block = &self.file.blocks()[at];
            if let Some(id) = self.ids.get(block.lines.start()) {
                inputs.insert((*id).to_owned(), self.step(at, &made));
                made.step = Some((*id).to_owned());
                made.image = None;
            }
            made.scope.apply(&block.instruction, self.arguments);
        }
        self.made.insert(place, made);
    }

    fn step(&self, at: usize, below: &StageResult) -> StepInputs {
        let block = &self.file.blocks()[at];
        let instruction = &block.instruction;
        let (state, args) = below.scope.seen_by(instruction, self.file.state(at), self.arguments);
        let mut needs: BTreeSet<String> = below.step.iter().cloned().collect();
        let mut images: BTreeSet<String> = below.image.iter().cloned().collect();
        for name in instruction.from_names() {
            match self.file.stage_named(name) {
                Some(other) => {
                    let made = self.made.get(&other);
                    needs.extend(made.and_then(|made| made.step.clone()));
                    images.extend(made.and_then(|made| made.image.clone()));
                }
                None => images.extend(image_named(name)),
            }
        }
        StepInputs {
            text: instruction.exact_text(),
            state,
            args,
            files: self.files_below(&sources(instruction, self.file.escape())),
            needs: needs.into_iter().collect(),
            images: images.into_iter().collect(),
            values: self.used_values.get(block.lines.start()).cloned(),
        }
    }

    /// The files of the context that are one of `sources` or lie below one.
    fn files_below(&self, sources: &[Source]) -> Vec<Arc<InputFile>> {
        let is_source = |path: &str| sources.iter().any(|source| source.holds(path));
        self.files.iter().filter(|file| is_source(&file.path)).cloned().collect()
    }
}

fn image_named(name: &str) -> Option<String> {
    (!name.is_empty() && name != "scratch").then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
