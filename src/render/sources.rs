//! Where an instruction takes files from.

use dockerfile::{Instruction, Mount};

/// The paths of the context that it copies or mounts, without slashes at their ends.
pub(super) fn context_sources(instruction: &Instruction) -> Vec<String> {
    let sources: Vec<String> = match instruction.keyword.as_str() {
        "COPY" | "ADD" if instruction.flag("from").next().is_none() => {
            let mut words = instruction.words();
            words.pop();
            words.retain(|word| !word.starts_with("<<"));
            words
        }
        "RUN" => mounts(instruction)
            .filter(|mount| mount.kind == "bind" && mount.from.is_none())
            .map(|mount| mount.source.to_owned())
            .collect(),
        _ => Vec::new(),
    };
    let clean = |path: String| path.trim_start_matches("./").trim_matches('/').to_owned();
    sources.into_iter().map(clean).collect()
}

/// The stages and images that it copies or mounts from, as it names them.
pub(super) fn others(instruction: &Instruction) -> Vec<&str> {
    let mounted = mounts(instruction).filter_map(|mount| mount.from);
    instruction.flag("from").chain(mounted).collect()
}

fn mounts(instruction: &Instruction) -> impl Iterator<Item = Mount<'_>> {
    instruction.flag("mount").map(Mount::parse)
}
