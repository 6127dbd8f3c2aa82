//! Which stages a target is built from, and how the engine numbers their steps.
//!
//! Rules: BuildKit's `frontend/dockerfile/dockerfile2llb/convert.go`. `FROM` sees the stages above it
//! by name; `--from` and `--target` see all of them, by number first, then by name without regard to
//! case, of two with one name the later.

use std::collections::BTreeSet;

use super::file::{Block, File};
use super::stage_view::Base;
use crate::{Instruction, Mount};

/// An instruction that the engine executes.
#[derive(Debug, Clone, Copy)]
pub struct NumberedStep<'a> {
    /// The `i` of the engine's `[stage i/n]`, from 1; the base image is a step of its own before it.
    pub ordinal: usize,
    /// The instruction.
    pub block: &'a Block,
}

impl Instruction {
    /// Whether the engine executes it, rather than note it down in the image.
    pub fn is_step(&self) -> bool {
        matches!(self.keyword.as_str(), "RUN" | "COPY" | "ADD" | "WORKDIR")
    }

    /// Its mounts, in order.
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'_>> {
        self.flag("mount").map(Mount::parse)
    }

    /// The stages and images that it copies or mounts from, as it names them.
    pub fn from_names(&self) -> impl Iterator<Item = &str> {
        self.flag("from").chain(self.mounts().filter_map(|mount| mount.from))
    }

    /// The paths of the context that it copies or mounts, without slashes at their ends.
    pub fn context_sources(&self) -> Vec<String> {
        let sources: Vec<String> = match self.keyword.as_str() {
            "COPY" | "ADD" if self.flag("from").next().is_none() => {
                let mut words = self.words();
                words.pop();
                words.retain(|word| !word.starts_with("<<"));
                words
            }
            "RUN" => self
                .mounts()
                .filter(|mount| mount.kind == "bind" && mount.from.is_none())
                .map(|mount| mount.source.to_owned())
                .collect(),
            _ => Vec::new(),
        };
        let clean = |path: String| path.trim_start_matches("./").trim_matches('/').to_owned();
        sources.into_iter().map(clean).collect()
    }
}

impl File {
    /// The stage that `--target`, `COPY --from` or a mount means.
    pub fn stage_named(&self, name: &str) -> Option<usize> {
        let stages = self.stages();
        if let Ok(place) = name.parse::<usize>() {
            return Some(place).filter(|place| *place < stages.len());
        }
        let is_named = |place: &usize| {
            stages[*place].name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name))
        };
        (0..stages.len()).rev().find(is_named)
    }

    /// The stages that `target` grows on, the lowest first, itself last.
    ///
    /// # Panics
    ///
    /// Where there is no such stage.
    pub fn lineage(&self, target: usize) -> Vec<usize> {
        let mut lineage = vec![target];
        let mut place = target;
        while let Base::Stage(below) = self.stages()[place].base {
            lineage.push(below);
            place = below;
        }
        lineage.reverse();
        lineage
    }

    /// All stages that `target` is built from, itself included.
    ///
    /// # Panics
    ///
    /// Where there is no such stage.
    pub fn needed(&self, target: usize) -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        let mut open = vec![target];
        while let Some(place) = open.pop() {
            if needed.insert(place) {
                open.extend(self.needs(place));
            }
        }
        needed
    }

    /// All stages, each behind those that it needs. (A circle, which the engine refuses, is cut.)
    pub fn build_order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<(usize, bool)> =
            (0..self.stages().len()).rev().map(|place| (place, false)).collect();
        while let Some((place, is_done)) = open.pop() {
            if is_done {
                order.push(place);
            } else if seen.insert(place) {
                open.push((place, true));
                open.extend(self.needs(place).into_iter().rev().map(|place| (place, false)));
            }
        }
        order
    }

    /// The steps of a stage. The engine counts those that make a vertex, after the base image where the
    /// stage does not start from another stage or from nothing (`cmdTotal`).
    ///
    /// # Panics
    ///
    /// Where there is no such stage.
    pub fn steps(&self, stage: usize) -> impl Iterator<Item = NumberedStep<'_>> {
        let stage = &self.stages()[stage];
        let base = usize::from(matches!(stage.base, Base::Image(_)));
        let blocks = self.blocks()[stage.blocks.clone()].iter();
        blocks
            .filter(|block| block.instruction.is_step())
            .enumerate()
            .map(move |(at, block)| NumberedStep { ordinal: base + at + 1, block })
    }

    /// The stages that one needs: its base, and those that it copies or mounts from.
    fn needs(&self, place: usize) -> Vec<usize> {
        let stage = &self.stages()[place];
        let base = match stage.base {
            Base::Stage(below) => Some(below),
            Base::Scratch | Base::Image(_) => None,
        };
        let blocks = self.blocks()[stage.blocks.clone()].iter();
        let named = blocks.flat_map(|block| block.instruction.from_names());
        base.into_iter().chain(named.filter_map(|name| self.stage_named(name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ARG B\nFROM ${B} AS Base\nFROM base AS a\nFROM base AS unused\nFROM base\n\
                        COPY --from=A /x /x\nRUN --mount=type=bind,from=4,target=/y true\n\
                        USER x\nRUN x\nFROM scratch AS late\nCOPY f /\n";

    #[test]
    fn only_what_the_target_needs() {
        let file = File::parse(TEXT.as_bytes()).unwrap();
        let needed = |name: &str| {
            let place = file.stage_named(name)?;
            Some(file.needed(place).into_iter().collect::<Vec<_>>())
        };
        assert_eq!(needed("3"), Some(vec![0, 1, 3, 4]));
        assert_eq!(needed("BASE"), Some(vec![0]));
        assert_eq!((needed("nowhere"), needed("9")), (None, None));
        assert_eq!(file.lineage(3), [0, 3]);
        assert_eq!(file.build_order(), [0, 1, 2, 4, 3]);
    }

    #[test]
    fn a_circle_ends() {
        let text = "FROM x AS a\nCOPY --from=b /x /\nFROM a AS b\n";
        let file = File::parse(text.as_bytes()).unwrap();
        assert_eq!(file.build_order(), [1, 0]);
        assert_eq!(file.needed(0).len(), 2);
    }

    #[test]
    fn steps_are_numbered_behind_a_base_image() {
        let file = File::parse(TEXT.as_bytes()).unwrap();
        let ordinals = |stage| file.steps(stage).map(|step| step.ordinal).collect::<Vec<_>>();
        assert_eq!(ordinals(3), [1, 2, 3]);
        assert_eq!(ordinals(4), [1]);
        let file = File::parse(b"FROM x\nENV A=b\nRUN a\nWORKDIR /x\n").unwrap();
        let steps: Vec<_> =
            file.steps(0).map(|step| (step.ordinal, *step.block.lines.start())).collect();
        assert_eq!(steps, [(2, 3), (3, 4)]);
    }

    #[test]
    fn sources_are_named_without_their_slashes() {
        let file = File::parse(b"FROM x\nCOPY ./a/ b /c/\nRUN --mount=src=d/,target=/x --mount=type=cache,target=/y,source=z true\nCOPY --from=x e /f\nCOPY [\"g h\", \"/i\"]\n").unwrap();
        let sources: Vec<_> =
            file.blocks().iter().map(|block| block.instruction.context_sources()).collect();
        assert_eq!(sources, [vec![], vec!["a", "b"], vec!["d"], vec![], vec!["g h"]]);
    }
}
