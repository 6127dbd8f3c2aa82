//! The steps of a Dockerfile as the engine counts them, and the lines of an image's history.

use std::collections::BTreeSet;

use super::{ProofError, StepRef};
use crate::image::History;
use crate::timing::PlannedStep;
use dockerfile::{Block, File};

/// A Dockerfile and the stage that is built.
#[derive(Debug)]
pub(super) struct Steps {
    file: File,
    /// The stages from the lowest base to the target.
    chain: Vec<usize>,
    /// All stages that the target needs.
    needed: BTreeSet<usize>,
}

impl Steps {
    pub fn read(text: &str, target: Option<&str>) -> Result<Self, ProofError> {
        let file = File::parse(&dockerfile::to_bytes(text))?;
        let stages = file.stages();
        let target = match target {
            None => stages.len() - 1,
            Some(target) => file.stage_named(target).ok_or_else(|| ProofError::Target {
                target: target.to_owned(),
                stages: stages.iter().enumerate().map(|(at, stage)| stage.title(at)).collect(),
            })?,
        };
        let (chain, needed) = (file.lineage(target), file.needed(target));
        Ok(Self { file, chain, needed })
    }

    /// What the engine will run. The id of a step is the line that it begins in.
    pub fn planned(&self) -> Vec<PlannedStep> {
        let mut steps = Vec::new();
        for &place in &self.needed {
            let stage = self.file.stages()[place].title(place);
            steps.extend(self.file.steps(place).map(|step| PlannedStep {
                id: step.block.lines.start().to_string(),
                stage: stage.clone(),
                ordinal: step.ordinal,
                label: label(step.block),
            }));
        }
        steps
    }

    /// For every entry of an image's history the line of its instruction. The engine writes one
    /// entry for each instruction but `FROM`, on top of those of the base image; where it wrote
    /// others (the triggers of a base's `ONBUILD`), what lies below them has no line.
    pub fn lines(&self, history: &[History]) -> Vec<Option<usize>> {
        let mut lines = vec![None; history.len()];
        let blocks = self.chain.iter().flat_map(|&place| {
            let blocks = self.file.stages()[place].blocks.clone();
            self.file.blocks()[blocks].iter().skip(1)
        });
        let blocks: Vec<&Block> = blocks.collect();
        for (at, block) in (0..history.len()).rev().zip(blocks.iter().rev()) {
            if !history[at].created_by.starts_with(&block.instruction.keyword) {
                break;
            }
            lines[at] = Some(*block.lines.start());
        }
        lines
    }

    /// The instruction that begins in a line.
    pub fn at_line(&self, line: usize) -> Option<&Block> {
        self.file.blocks().iter().find(|block| *block.lines.start() == line)
    }

    /// What a step does, on one line.
    pub fn label(&self, line: usize) -> String {
        self.at_line(line).map(label).unwrap_or_default()
    }
}

/// The instruction on one line, without its flags.
fn label(block: &Block) -> String {
    let instruction = &block.instruction;
    let arguments = match instruction.heredocs.first() {
        Some(script) => script.lines().next().unwrap_or_default(),
        None => &instruction.arguments,
    };
    format!("{} {arguments}", instruction.keyword)
}

/// The instructions of the first text that one of the second was: the same words, or for a merged
/// `RUN` all whose commands it has.
pub(super) fn origins(before: &str, after: &str, line: usize) -> BTreeSet<StepRef> {
    let parse = |text: &str| File::parse(&dockerfile::to_bytes(text)).ok();
    let (Some(before), Some(after)) = (parse(before), parse(after)) else { return BTreeSet::new() };
    let Some(written) = after.blocks().iter().find(|block| *block.lines.start() == line) else {
        return BTreeSet::new();
    };
    let written = &written.instruction;
    let step = |block: &Block| StepRef { line: *block.lines.start(), label: label(block) };
    let same = |block: &&Block| block.instruction.text() == written.text();
    let same: BTreeSet<StepRef> = before.blocks().iter().filter(same).map(step).collect();
    if !same.is_empty() || written.keyword != "RUN" {
        return same;
    }
    let whole =
        [std::slice::from_ref(&written.arguments), written.heredocs.as_slice()].concat().join("\n");
    let is_part = |block: &&Block| {
        let part = &block.instruction;
        part.keyword == "RUN" && !part.arguments.is_empty() && whole.contains(&part.arguments)
    };
    before.blocks().iter().filter(is_part).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ARG B=x\nFROM ${B} AS base\nENV A=1\nRUN one\nFROM base AS other\nRUN unused\n\
                        FROM scratch AS files\nCOPY a /\nFROM base\nUSER dev\nCOPY --from=files /a /\n\
                        WORKDIR /w\nRUN two \\\n  three\n";

    fn history(entries: &[&str]) -> Vec<History> {
        let entry = |by: &&str| History { created_by: (*by).to_owned(), empty_layer: false };
        entries.iter().map(entry).collect()
    }

    #[test]
    fn only_the_steps_of_the_target_are_planned() {
        let planned: Vec<(String, String, usize)> = Steps::read(TEXT, None)
            .unwrap()
            .planned()
            .into_iter()
            .map(|step| (step.id, step.stage, step.ordinal))
            .collect();
        let step = |id: &str, stage: &str, at| (id.to_owned(), stage.to_owned(), at);
        let expected = [
            step("4", "base", 2),
            step("8", "files", 1),
            step("11", "stage-3", 1),
            step("12", "stage-3", 2),
            step("13", "stage-3", 3),
        ];
        assert_eq!(planned, expected);
        assert_eq!(Steps::read(TEXT, Some("OTHER")).unwrap().planned().len(), 2);
        assert_eq!(Steps::read(TEXT, Some("2")).unwrap().planned().len(), 1);
        let error = Steps::read(TEXT, Some("nothing")).unwrap_err().to_string();
        assert_eq!(
            error,
            "no stage `nothing`, expected one of `base`, `other`, `files`, `stage-3`"
        );
    }

    #[test]
    fn history_has_the_lines_of_the_stages_below_too() {
        let steps = Steps::read(TEXT, None).unwrap();
        let entries = [
            "mad base bootstrap",
            "ENV A=1",
            "RUN /bin/sh -c one # buildkit",
            "USER dev",
            "COPY /a / # buildkit",
            "WORKDIR /w",
            "RUN /bin/sh -c two   three # buildkit",
        ];
        let lines = [None, Some(3), Some(4), Some(10), Some(11), Some(12), Some(13)];
        assert_eq!(steps.lines(&history(&entries)), lines);
        // An entry too many: what is below it is not guessed.
        let entries =
            ["ENV A=1", "RUN one", "USER dev", "COPY /a", "RUN onbuild", "WORKDIR /w", "RUN"];
        let lines = steps.lines(&history(&entries));
        assert_eq!(lines, [None, None, None, None, None, Some(12), Some(13)]);
        assert_eq!(steps.lines(&[]), []);
        assert_eq!(steps.label(13), "RUN two three");
    }

    #[test]
    fn a_moved_or_merged_step_is_found_where_it_was() {
        let before = "FROM x\nRUN a\nUSER dev\nRUN b\nUSER root\nRUN c  d\n";
        let lines = |after: &str, line| -> Vec<usize> {
            origins(before, after, line).into_iter().map(|step| step.line).collect()
        };
        assert_eq!(lines("FROM x\nUSER root\nRUN a\nRUN c d\n", 4), [6]);
        assert_eq!(lines("FROM x\nRUN a \\\n && c d\nUSER dev\nRUN b\n", 2), [2, 6]);
        assert_eq!(lines("FROM x\nRUN a\n", 9), [] as [usize; 0]);
        assert_eq!(lines("no Dockerfile", 1), [] as [usize; 0]);
    }
}
