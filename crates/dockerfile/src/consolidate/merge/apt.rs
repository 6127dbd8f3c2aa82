//! Blocks of `apt-get update`, `install`, clean-up in a row: one update, one clean-up, and the installs
//! one after the other.
//!
//! The lists of packages are not joined: a dependency with alternatives (`pinentry-curses | pinentry`)
//! is resolved by what is installed already, so one list installs other packages than two.

use super::instruction_builder::InstructionBuilder;
use crate::{Block, File};

/// One block taken apart; its text as written.
#[derive(Debug)]
struct AptBlock<'a> {
    /// Up to the end of the install, so update and install.
    head: &'a str,
    install: &'a str,
    clean: &'a str,
    /// The words of the commands of update and clean-up.
    words: Vec<Vec<&'a str>>,
}

/// Whether two steps may share their update and their clean-up.
pub(super) fn are_alike(file: &File, first: (&Block, &str), second: (&Block, &str)) -> bool {
    let (first, second) = (AptBlock::read(file, first), AptBlock::read(file, second));
    first.zip(second).is_some_and(|(first, second)| first.words == second.words)
}

/// The lines of a row of blocks; `None` where one of them has another shape.
pub(super) fn lines(
    file: &File,
    row: &[(&Block, &str)],
    before: &str,
    lines: &mut InstructionBuilder,
) -> Option<()> {
    let blocks: Vec<AptBlock<'_>> =
        row.iter().map(|block| AptBlock::read(file, *block)).collect::<Option<_>>()?;
    let (first, last) = (blocks.first()?, blocks.last()?);
    lines.code(format!("{before}{}", first.head.trim_end()));
    for ((block, _), read) in row.iter().zip(&blocks).skip(1) {
        lines.comments(file, block);
        lines.code(format!("    && {}", read.install.trim()));
    }
    if !last.clean.is_empty() {
        lines.code(format!("    && {}", last.clean.trim()));
    }
    Some(())
}

impl<'a> AptBlock<'a> {
    /// Reads a step's text.
    fn read(file: &File, (block, body): (&Block, &'a str)) -> Option<Self> {
        let refused = ['`', '\'', '"', ';', '|', '(', ')', '<', '>', '#'];
        if block.instruction.exact.contains(refused) {
            return None;
        }
        let is_comment = |line: &&str| line.trim_start().starts_with('#');
        if body.lines().filter(is_comment).any(|line| line.contains("&&")) {
            return None;
        }
        let ends: Vec<usize> =
            body.match_indices("&&").map(|(at, _)| at).chain([body.len()]).collect();
        let parts: Vec<&str> = body.split("&&").collect();
        let words = |part: &'a str| -> Vec<&'a str> {
            let code = part.lines().filter(|line| !is_comment(line));
            let words = code.flat_map(str::split_whitespace);
            words.filter(|word| !word.trim_matches(file.escape()).is_empty()).collect()
        };
        let is_apt = |words: &[&str], verb: &str| {
            matches!(words.first(), Some(&"apt-get" | &"apt")) && words.contains(&verb)
        };
        let [update, install, clean @ ..] = parts.as_slice() else { return None };
        let mut shared = vec![words(update)];
        shared.extend(clean.iter().map(|part| words(part)));
        if !is_apt(&shared[0], "update")
            || !is_apt(&words(install), "install")
            || !shared[1..].iter().all(|words| is_clean(words))
        {
            return None;
        }
        let without_end = |text: &'a str| {
            text.trim_end_matches(|c: char| c.is_whitespace() || c == file.escape())
        };
        Some(Self {
            head: without_end(&body[..ends[1]]),
            install: without_end(install),
            clean: body.get(ends[1] + 2..).unwrap_or_default(),
            words: shared,
        })
    }
}

fn is_clean(words: &[&str]) -> bool {
    match words {
        ["apt-get" | "apt", "clean" | "autoclean"] => true,
        ["rm", "-rf" | "-fr", places @ ..] => {
            !places.is_empty()
                && places.iter().all(|place| {
                    ["/var/lib/apt/lists", "/var/cache/apt"].iter().any(|own| {
                        place.strip_prefix(own).is_some_and(|rest| {
                            rest.is_empty() || rest.starts_with('/') && !rest.contains("..")
                        })
                    })
                })
        }
        _ => false,
    }
}
