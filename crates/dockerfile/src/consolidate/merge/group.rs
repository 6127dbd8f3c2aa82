//! Which steps in a row become one, and its text.

use super::instruction_builder::InstructionBuilder;
use super::shape::Shape;
use super::step::MergeStep;
use super::{apt, runs_sh};
use crate::consolidate::stage::Stage;
use crate::consolidate::{Constraint, Options};
use crate::{Block, Edit, File};

/// What one `RUN` may have of the shell's text, in bytes. One argument of a program has 128 KiB at most
/// (`MAX_ARG_STRLEN`), and nobody reads what is longer than this.
const LONGEST: usize = 16 << 10;

/// The edits of a file whose steps in a row are merged, and for each edit that keeps or replaces a block
/// the blocks that are in it. `None` where there is nothing to merge.
pub fn merge(
    file: &File,
    stages: &[Stage],
    keep: &[Constraint],
    options: Options<'_>,
) -> Option<Vec<(Edit, Vec<usize>)>> {
    let mut edits: Vec<(Edit, Vec<usize>)> = Vec::new();
    let mut merged = false;
    let first = file.stages().first().map_or(file.blocks().len(), |stage| stage.blocks.start);
    edits.extend((0..first).map(kept));
    for (index, stage) in stages.iter().enumerate() {
        let is_shell = options.may_change(index) && runs_sh::is_shell(file, index);
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

/// The longest row of steps from a block on that may be one.
fn group<'a>(
    file: &'a File,
    stage: &'a Stage,
    at: usize,
    keep: &[Constraint],
) -> Vec<MergeStep<'a>> {
    let is_pinned = |block: usize| keep.contains(&Constraint::Pin(block));
    let mut group = Vec::new();
    let mut bytes = 0;
    for next in at..stage.blocks.end {
        if is_pinned(next) {
            break;
        }
        let Some(step) = MergeStep::read(file, stage, next) else { break };
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
fn text_of(file: &File, group: &[MergeStep<'_>]) -> String {
    let mut lines = InstructionBuilder::default();
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
fn row(file: &File, group: &[MergeStep<'_>]) -> usize {
    let first = &group[0];
    let is_like = |step: &&MergeStep<'_>| {
        let (one, other) = ((first.block, first.body), (step.block, step.body));
        apt::are_alike(file, one, other)
    };
    1 + group[1..].iter().take_while(is_like).count()
}
