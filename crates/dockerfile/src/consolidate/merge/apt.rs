//! Blocks of `apt-get update`, `install`, clean-up as one block with one list of packages.

use super::Lines;
use crate::File;

/// One block taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    update: Vec<String>,
    /// `apt-get install` with its options.
    install: Vec<String>,
    packages: Vec<String>,
    /// What follows, in order.
    clean: Vec<String>,
}

/// Whether two blocks may become one.
pub(super) fn are_alike(file: &File, first: usize, second: usize) -> bool {
    merged(file, &[first, second]).is_some()
}

/// The shell's text that blocks become; `None` where one of them is of another shape, has comments in
/// it, or installs with other options.
pub(super) fn merged(file: &File, group: &[usize]) -> Option<String> {
    let blocks: Vec<Block> = group
        .iter()
        .map(|&at| {
            let block = &file.blocks()[at];
            let has_comment =
                file.raw(block).lines().any(|line| line.trim_start().starts_with('#'));
            let has_flags = !block.instruction.flags.is_empty();
            if has_comment || has_flags { None } else { Block::read(&block.instruction.exact) }
        })
        .collect::<Option<_>>()?;
    let first = blocks.first()?;
    if blocks.iter().any(|block| block.update != first.update || block.install != first.install) {
        return None;
    }
    let mut lines = Lines::default();
    lines.code(first.update.join(" "));
    lines.code(format!("    && {}", first.install.join(" ")));
    let mut seen: Vec<&String> = Vec::new();
    for (at, block) in group.iter().zip(&blocks) {
        if *at != group[0] {
            lines.comments(file, *at);
        }
        for package in &block.packages {
            if !seen.contains(&package) {
                seen.push(package);
                lines.code(format!("        {package}"));
            }
        }
    }
    let mut cleans: Vec<&String> = Vec::new();
    for clean in blocks.iter().flat_map(|block| &block.clean) {
        if !cleans.contains(&clean) {
            cleans.push(clean);
        }
    }
    // What removes the lists comes last.
    cleans.sort_by_key(|clean| clean.starts_with("rm "));
    for clean in cleans {
        lines.code(format!("    && {clean}"));
    }
    Some(lines.text(file))
}

impl Block {
    fn read(text: &str) -> Option<Self> {
        if text.contains(['$', '`', '\'', '"', ';', '|', '(', ')', '<', '>', '\\', '#']) {
            return None;
        }
        let mut commands = text
            .split("&&")
            .map(|command| command.split_whitespace().map(str::to_owned).collect::<Vec<String>>());
        let is_apt = |words: &[String], verb: &str| {
            words.first().is_some_and(|word| word == "apt-get" || word == "apt")
                && words.iter().any(|word| word == verb)
        };
        let update = commands.next().filter(|words| is_apt(words, "update"))?;
        let install = commands.next().filter(|words| is_apt(words, "install"))?;
        // An option with a value of its own would look like a package.
        let (packages, install): (Vec<String>, Vec<String>) =
            install.into_iter().partition(|word| {
                !word.starts_with('-') && !["apt-get", "apt", "install"].contains(&word.as_str())
            });
        let takes_value = |word: &String| {
            matches!(word.as_str(), "-t" | "-o" | "-c" | "--target-release" | "--option")
        };
        if install.iter().any(takes_value) || packages.is_empty() {
            return None;
        }
        let clean: Vec<String> = commands.map(|words| words.join(" ")).collect();
        let is_clean = |command: &String| {
            matches!(command.as_str(), "apt-get clean" | "apt clean" | "apt-get autoclean")
                || command.strip_prefix("rm -rf /var/lib/apt/lists").is_some_and(|rest| {
                    rest.split_whitespace().all(|word| {
                        matches!(
                            word,
                            "/*" | "/" | "/var/cache/apt/*" | "/var/cache/apt/archives/*"
                        )
                    })
                })
        };
        clean.iter().all(is_clean).then_some(Self { update, install, packages, clean })
    }
}
