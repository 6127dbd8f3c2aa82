//! Steps of one user in a row as one `RUN`, so that they are one layer and one start of a container.
//!
//! Nothing moves for it, and a step's text stays as it is written, joined by `&&`:
//!
//! ```text
//! RUN a                  RUN a \
//! # why                      # why
//! RUN b && c       ->        && b && c \
//! RUN cd /x && d             && cd /x && d
//! ```
//!
//! A step that changes the shell (`cd`, `umask`) is put into brackets unless it is the last; one with
//! `||` always. A step stays apart where one `RUN` would not mean the same as two: `shape` says which
//! texts can be joined at all, `apart` what every `RUN` has anew, `step` which commands may have become
//! others. A result is a guess even so, which a proof must confirm.
//!
//! The cache's boundaries stay: behind a step whose effects are not known, which may take long, nothing
//! is put but another install of the distribution's packages. So an edit runs no step again that it did
//! not run again before, but for packages.
//!
//! Not merged are steps below a heading with steps above it, steps with comments for a program
//! (`# hadolint ignore=`), and those of a shell that is not sh or bash.

mod apart;
mod apt;
mod pragma;
mod shape;
mod step;
mod words;

use super::Constraint;
use super::stage::Stage;
use crate::{Base, Block, Edit, File};
pub(crate) use pragma::is_pragma;
use shape::Shape;
use step::Step;

/// What one `RUN` may have of the shell's text, in bytes. One argument of a program has 128 KiB at most
/// (`MAX_ARG_STRLEN`), and nobody reads what is longer than this.
const LONGEST: usize = 16 << 10;

/// The edits of a file whose steps in a row are merged, and for each edit that keeps or replaces a block
/// the blocks that are in it. `None` where there is nothing to merge.
pub(super) fn merge(
    file: &File,
    stages: &[Stage],
    keep: &[Constraint],
) -> Option<Vec<(Edit, Vec<usize>)>> {
    let mut edits: Vec<(Edit, Vec<usize>)> = Vec::new();
    let mut merged = false;
    let first = file.stages().first().map_or(file.blocks().len(), |stage| stage.blocks.start);
    edits.extend((0..first).map(kept));
    for (index, stage) in stages.iter().enumerate() {
        let is_shell = is_shell(file, index);
        let mut at = stage.blocks.start;
        while at < stage.blocks.end {
            let group = if is_shell { group(file, stage, at, keep) } else { Vec::new() };
            if group.len() < 2 {
                edits.push(kept(at));
                at += 1;
                continue;
            }
            merged = true;
            edits
                .push((Edit::Replace(at, text_of(file, &group)), (at..at + group.len()).collect()));
            at += group.len();
        }
    }
    merged.then_some(edits)
}

fn kept(block: usize) -> (Edit, Vec<usize>) {
    (Edit::Keep(block), vec![block])
}

/// Whether steps without `SHELL` can be taken for sh: the frontend is the usual one, and nothing in the
/// stage is of Windows or PowerShell.
fn is_shell(file: &File, index: usize) -> bool {
    let stage = &file.stages()[index];
    let has_own_frontend = file.directives().iter().any(|directive| {
        directive.name == "syntax"
            && !directive.value.trim_start_matches("docker.io/").starts_with("docker/dockerfile")
    });
    let mut base = index;
    while let Base::Stage(parent) = file.stages()[base].base {
        base = parent;
    }
    let view = &file.stages()[base];
    let from = file.blocks()[view.blocks.start].instruction.text().to_ascii_lowercase();
    let is_foreign = ["windows", "nanoserver", "servercore", "powershell", "pwsh"]
        .iter()
        .any(|word| from.contains(word));
    let blocks = file.stages()[base].blocks.clone().chain(stage.blocks.clone());
    let mut blocks = blocks.map(|at| &file.blocks()[at]);
    !has_own_frontend
        && !is_foreign
        && file.escape() == '\\'
        && !blocks.any(|block| speaks_powershell(file, block))
}

/// `Remove-Item`, `$env:X`, `C:\x`, or a comment that says so.
fn speaks_powershell(file: &File, block: &Block) -> bool {
    let is_cmdlet = |word: &str| {
        word.split_once('-').is_some_and(|(verb, noun)| {
            let is_name = |part: &str| {
                part.starts_with(|c: char| c.is_ascii_uppercase())
                    && part.len() > 1
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && part.bytes().any(|byte| byte.is_ascii_lowercase())
            };
            is_name(verb) && is_name(noun)
        })
    };
    let instruction = &block.instruction;
    let names_shell = file.leading(block).contains("hadolint shell=")
        && !["=sh", "=bash", "=dash", "=ash", "=/bin/"]
            .iter()
            .any(|shell| file.leading(block).contains(&format!("shell{shell}")));
    names_shell
        || instruction.keyword == "RUN"
            && (instruction.exact.contains("$env:")
                || words::commands(&instruction.exact).iter().any(|words| {
                    words.words_from_name().first().is_some_and(|name| is_cmdlet(name))
                })
                || instruction.exact.split_whitespace().any(|word| {
                    let word = word.trim_start_matches(['"', '\'', '(']).as_bytes();
                    word.len() > 2
                        && word[0].is_ascii_alphabetic()
                        && word[1] == b':'
                        && matches!(word[2], b'/' | b'\\')
                }))
}

/// The longest row of steps from a block on that may be one.
fn group<'a>(file: &'a File, stage: &'a Stage, at: usize, keep: &[Constraint]) -> Vec<Step<'a>> {
    let is_pinned = |block: usize| keep.contains(&Constraint::Pin(block));
    let mut group = Vec::new();
    let mut bytes = 0;
    for next in at..stage.blocks.end {
        if is_pinned(next) {
            break;
        }
        let Some(step) = Step::read(file, stage, next) else { break };
        let has_heading = !file.gap(step.block).trim().is_empty();
        bytes += step.block.instruction.exact.len();
        if !group.is_empty() && (has_heading || bytes > LONGEST || !step.may_follow(&group)) {
            break;
        }
        group.push(step);
    }
    group
}

/// The instruction that a group becomes.
fn text_of(file: &File, group: &[Step<'_>]) -> String {
    let mut lines = Lines::default();
    let mut at = 0;
    while at < group.len() {
        let step = &group[at];
        let before = if at == 0 { step.head.to_owned() } else { "    && ".to_owned() };
        if at > 0 {
            lines.comments(file, step.block);
        }
        let row = row(file, &group[at..]);
        let blocks: Vec<(&Block, &str)> =
            group[at..at + row].iter().map(|step| (step.block, step.body)).collect();
        if row > 1 && apt::lines(file, &blocks, &before, &mut lines).is_some() {
            at += row;
            continue;
        }
        let is_last = at + 1 == group.len();
        let is_bare = step.shape == Shape::Chain || step.shape == Shape::Changing && is_last;
        lines.code(if is_bare {
            format!("{before}{}", step.body)
        } else {
            // `((` is arithmetic.
            let space = if step.body.starts_with(['(', file.escape()]) { " " } else { "" };
            format!("{before}({space}{})", step.body)
        });
        at += 1;
    }
    lines.text(file)
}

/// How many steps from the first on share an update of package lists.
fn row(file: &File, group: &[Step<'_>]) -> usize {
    let first = &group[0];
    let is_like = |step: &&Step<'_>| {
        let (one, other) = ((first.block, first.body), (step.block, step.body));
        apt::are_alike(file, one, other)
    };
    1 + group[1..].iter().take_while(is_like).count()
}

/// The lines of an instruction, and comments among them.
#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn code(&mut self, line: String) {
        self.0.push(line);
    }

    /// The comments that belong to a block; they go into the instruction.
    fn comments(&mut self, file: &File, block: &Block) {
        let lines = file.leading(block).lines().map(str::trim);
        self.0.extend(lines.filter(|line| line.starts_with('#')).map(|line| format!("    {line}")));
    }

    /// The instruction. A comment ends its line by itself, all else is continued.
    fn text(&self, file: &File) -> String {
        let mut text = String::new();
        for (at, line) in self.0.iter().enumerate() {
            text.push_str(line);
            if at + 1 < self.0.len() {
                let last = line.lines().next_back().unwrap_or_default();
                if !last.trim_start().starts_with('#') {
                    text.push(' ');
                    text.push(file.escape());
                }
                text.push_str(file.eol().text());
            }
        }
        text
    }
}
