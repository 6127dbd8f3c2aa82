//! Steps of one user in a row as one `RUN`, so that they are one layer and one start of a container.
//!
//! What a shell keeps must not leak from one step into the next, and a failure must still end the build:
//!
//! - Steps that are chains of commands joined by `&&`, and that change nothing of the shell, are joined by
//!   `&&`.
//! - If one of them is not, all become subshells one after the other under `set -e`. (Not joined by `&&`:
//!   there the shell ignores a `set -e` of the step's own. And with `set +e` in front, because a list
//!   `a; b` goes on after `a` failed.)
//! - A shell remembers where it found a command. Where a step may have brought another one of a name
//!   that both execute, `hash -r` stands between them.
//!
//! Not merged are steps with other flags, the exec form, heredocs, comments in the shell's text, jobs in
//! the background, and texts that are not read.

mod apt;
mod shape;

use super::stage::{Kind, Node, Stage};
use crate::shell::Invocation;
use crate::{Block, Edit, File};
use shape::Shape;

/// The edits of a file whose steps in a row are merged, and for each edit that keeps or replaces a block
/// the blocks that are in it. `None` where there is nothing to merge.
pub(super) fn merge(file: &File, stages: &[Stage]) -> Option<Vec<(Edit, Vec<usize>)>> {
    let mut edits: Vec<(Edit, Vec<usize>)> = Vec::new();
    let mut merged = false;
    let first = file.stages().first().map_or(file.blocks().len(), |stage| stage.blocks.start);
    edits.extend((0..first).map(kept));
    for stage in stages {
        let mut at = stage.blocks.start;
        while at < stage.blocks.end {
            let group = group(file, stage, at);
            match text_of(file, stage, &group) {
                Some(text) => {
                    merged = true;
                    edits.push((Edit::Replace(at, text), group.clone()));
                    at += group.len();
                }
                None => {
                    edits.push(kept(at));
                    at += 1;
                }
            }
        }
    }
    merged.then_some(edits)
}

fn kept(block: usize) -> (Edit, Vec<usize>) {
    (Edit::Keep(block), vec![block])
}

/// The longest row of steps from a block on that may be one.
fn group(file: &File, stage: &Stage, at: usize) -> Vec<usize> {
    let mut group = vec![at];
    let Some(first) = step(file, stage, at) else { return group };
    for next in at + 1..stage.blocks.end {
        match step(file, stage, next) {
            Some(step) if step.flags == first.flags => group.push(next),
            _ => break,
        }
    }
    group
}

/// A step that may be merged.
struct Step<'a> {
    node: &'a Node,
    flags: &'a [(String, String)],
    /// The shell's text as written, continuations and comments included.
    raw: String,
    shape: Shape,
    errexit: bool,
}

fn step<'a>(file: &'a File, stage: &'a Stage, at: usize) -> Option<Step<'a>> {
    let node = stage.nodes.iter().find(|node| node.block == at && node.kind == Kind::Run)?;
    let block = &file.blocks()[at];
    let instruction = &block.instruction;
    let is_exec = serde_json::from_str::<Vec<String>>(&instruction.exact).is_ok();
    let is_last_line_open = file.raw(block).trim_end().ends_with(file.escape());
    if is_exec || !instruction.heredocs.is_empty() || is_last_line_open {
        return None;
    }
    let invocation = Invocation::of(file.state(at).shell())?;
    let shape = Shape::of(&instruction.exact)?;
    let raw = arguments(file, block)?;
    Some(Step { node, flags: &instruction.flags, raw, shape, errexit: invocation.errexit })
}

/// What stands behind `RUN` and its flags; on one line where a flag stands on a line of its own.
fn arguments(file: &File, block: &Block) -> Option<String> {
    let raw = file.raw(block).trim_end();
    let mut rest = raw.trim_start().get(3..)?.trim_start_matches([' ', '\t']);
    while rest.starts_with("--") {
        let end = rest.find([' ', '\t', '\r', '\n'])?;
        if rest[..end].contains(['"', '\'']) {
            return Some(block.instruction.exact.clone());
        }
        rest = rest[end..].trim_start_matches([' ', '\t']);
    }
    if rest.starts_with(file.escape()) {
        return Some(block.instruction.exact.clone());
    }
    Some(rest.to_owned())
}

/// The instruction that a group becomes; `None` for a group of one.
fn text_of(file: &File, stage: &Stage, group: &[usize]) -> Option<String> {
    if group.len() < 2 {
        return None;
    }
    let steps: Vec<Step<'_>> = parts(file, group)
        .iter()
        .filter_map(|part| {
            let mut step = step(file, stage, part[0])?;
            if part.len() > 1 {
                step.raw = apt::merged(file, part)?;
            }
            Some(step)
        })
        .collect();
    let flags = steps.first()?.flags.iter().map(|(name, value)| match value.is_empty() {
        true => format!("--{name} "),
        false => format!("--{name}={value} "),
    });
    let run = format!("RUN {}", flags.collect::<String>());
    let are_chains = steps.iter().all(|step| step.shape.is_chain());
    let has_errexit = steps.first()?.errexit;
    let mut lines = Lines::default();
    for (index, step) in steps.iter().enumerate() {
        let raw = &step.raw;
        if index > 0 {
            lines.comments(file, step.node.block);
        }
        let forgets = index > 0 && forgets(&steps[..index], step);
        if are_chains {
            let hash = if forgets { "&& hash -r " } else { "" };
            lines.code(if index == 0 {
                format!("{run}{raw}")
            } else {
                format!("    {hash}&& {raw}")
            });
            continue;
        }
        let goes_on = if has_errexit || step.shape.is_chain() { "" } else { "set +e; " };
        let hash = if forgets { "hash -r; " } else { "" };
        let end = if index + 1 < steps.len() { ";" } else { "" };
        let code = format!("({goes_on}{hash}{raw}){end}");
        match (index, has_errexit) {
            (0, true) => lines.code(format!("{run}{code}")),
            (0, false) => {
                lines.code(format!("{run}set -e;"));
                lines.code(format!("    {code}"));
            }
            _ => lines.code(format!("    {code}")),
        }
    }
    Some(lines.text(file))
}

/// A group cut into single steps, and rows of package blocks that become one.
fn parts(file: &File, group: &[usize]) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for &at in group {
        match parts.last_mut() {
            Some(part) if apt::are_alike(file, part[0], at) => part.push(at),
            _ => parts.push(vec![at]),
        }
    }
    parts
}

/// The lines of an instruction, and comments among them.
#[derive(Default)]
struct Lines(Vec<(String, bool)>);

impl Lines {
    fn code(&mut self, line: String) {
        self.0.push((line, false));
    }

    /// The comments that belong to a block; they go into the instruction.
    fn comments(&mut self, file: &File, at: usize) {
        let lines = file.leading(&file.blocks()[at]).lines().map(str::trim);
        let comments = lines.filter(|line| line.starts_with('#'));
        self.0.extend(comments.map(|line| (format!("    {line}"), true)));
    }

    /// The instruction. A comment ends its line by itself, all else is continued.
    fn text(&self, file: &File) -> String {
        let mut text = String::new();
        for (at, (line, is_comment)) in self.0.iter().enumerate() {
            text.push_str(line);
            if at + 1 < self.0.len() {
                if !is_comment {
                    text.push(' ');
                    text.push(file.escape());
                }
                text.push_str(file.eol().text());
            }
        }
        text
    }
}

/// Whether a step executes a command that one before it may have put in another place.
fn forgets(before: &[Step<'_>], step: &Step<'_>) -> bool {
    let Some(effects) = &step.node.effects else { return false };
    before.iter().filter_map(|step| step.node.effects.as_ref()).any(|earlier| {
        let shared = earlier.commands.intersection(&effects.commands);
        let mut shared = shared.filter(|name| !crate::effects::is_standard_command(name));
        !earlier.is_understood() && shared.next().is_some()
            || earlier.brings.intersection(&effects.commands).next().is_some()
    })
}
