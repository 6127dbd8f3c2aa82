//! Groups instructions into stages and finds which stages a target needs.

use std::collections::BTreeSet;

use super::{Instruction, Mount};

/// A stage: its `FROM` and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The name after `AS`, in small letters as BuildKit compares it; `stage-N` without one.
    pub name: String,
    /// The word after `FROM`: an image, a variable or another stage.
    pub base: String,
    /// `FROM` and all instructions below it.
    pub instructions: Vec<Instruction>,
}

impl Stage {
    /// What this stage needs of others: its base, `COPY --from`, `RUN --mount=…,from=`.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let copies = self.instructions.iter().flat_map(|instruction| instruction.flag("from"));
        let mounts = self
            .instructions
            .iter()
            .flat_map(|instruction| instruction.flag("mount"))
            .filter_map(|mount| Mount::parse(mount).from);
        std::iter::once(self.base.as_str()).chain(copies).chain(mounts)
    }
}

/// The stages of a Dockerfile, in order; what stands before the first `FROM` is left out.
pub fn stages(instructions: &[Instruction]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions {
        if instruction.keyword == "FROM" {
            let words = instruction.words();
            let name = match words.as_slice() {
                [_, r#as, name] if r#as.eq_ignore_ascii_case("as") => name.to_ascii_lowercase(),
                _ => format!("stage-{}", stages.len()),
            };
            let base = words.into_iter().next().unwrap_or_default();
            stages.push(Stage { name, base, instructions: Vec::new() });
        }
        if let Some(stage) = stages.last_mut() {
            stage.instructions.push(instruction.clone());
        }
    }
    stages
}

/// Names of the stages that `target` is built from, itself included.
pub fn needed(stages: &[Stage], target: &str) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut open = vec![target.to_ascii_lowercase()];
    while let Some(name) = open.pop() {
        // A stage may also be named by its number.
        let found = stages
            .iter()
            .enumerate()
            .find(|(index, stage)| stage.name == name || index.to_string() == name);
        let Some((_, stage)) = found else { continue };
        if needed.insert(stage.name.clone()) {
            open.extend(stage.needs().map(str::to_ascii_lowercase));
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_target_needs() {
        let text = "ARG B\nFROM ${B} AS Base\nFROM base AS a\nFROM base AS unused\nFROM base\n\
                    COPY --from=a /x /x\nRUN --mount=type=bind,from=3,target=/y true\n";
        let stages = stages(&super::super::split(text));
        let names: Vec<_> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["base", "a", "unused", "stage-3"]);
        let needed: Vec<_> = needed(&stages, "stage-3").into_iter().collect();
        assert_eq!(needed, ["a", "base", "stage-3"]);
        assert!(super::needed(&stages, "nowhere").is_empty());
    }
}
