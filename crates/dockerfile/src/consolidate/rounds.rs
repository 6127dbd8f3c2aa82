//! Consolidates until nothing changes any more.
//!
//! A step that moved may make another one certain (a folder that an unknown step may have filled with
//! links is now used before that step), so the result of one round is the input of the next. Each round
//! takes at least one `USER` line away, or merges steps, so there is an end; and what comes out is a fixed
//! point, so that consolidating it again changes nothing.

use std::collections::BTreeMap;

use super::edges::{Evidence, Rules};
use super::explain::{self, Placed, TextEvidence};
use super::merge::merge;
use super::print::{in_place, reordered};
use super::stage::Stage;
use super::{Consolidation, Constraint, Counts, Options, Strategy};
use crate::order::arrange;
use crate::users::RedundancyReason;
use crate::{Edit, File, rebuild, to_bytes, users};

/// Instructions of a stage (its `FROM` is one) beyond which no other order and no merge is looked for in
/// the whole file: every pair of them is compared, and nobody's Dockerfile is that long.
pub const LONGEST_STAGE: usize = 1000;

/// Rewrites a file with fewer switches.
pub fn consolidate(file: &File, strategy: Strategy, options: Options<'_>) -> Consolidation {
    if strategy == Strategy::Safe && !options.merge {
        return safe(file);
    }
    if let Some(not_tried) = explain::too_long(file, strategy, options.merge) {
        return Consolidation { not_tried: Some(not_tried), is_minimum: false, ..safe(file) };
    }
    let mut current = file.clone();
    // For each block of the current file, the blocks of the given one that are in it.
    let mut origins: Vec<Vec<usize>> = (0..file.blocks().len()).map(|block| vec![block]).collect();
    let given = stages(file, Strategy::Safe);
    let mut is_minimum = true;
    let (stages, keep) = loop {
        let mut stages = stages(&current, strategy);
        for (place, stage) in stages.iter_mut().enumerate() {
            stage.is_frozen |= !options.may_change(place);
        }
        let keep = constraints(file, &origins, options.keep);
        let round = round(&current, &stages, strategy, &keep);
        is_minimum &= round.is_minimum;
        let edits = if round.changes {
            Some(round.edits.into_iter().map(with_its_block).collect())
        } else if options.merge {
            merge(&current, &stages, &keep, options)
        } else {
            None
        };
        let Some(edits) = edits else { break (stages, keep) };
        match printed(&current, &origins, edits) {
            Some((next, blocks)) => (current, origins) = (next, blocks),
            // What cannot be read again is not written: what was there before stands.
            None => break (stages, keep),
        }
    };
    let placed = Placed { before: file, after: &current, origins: &origins };
    Consolidation {
        before: counts(file),
        after: counts(&current),
        moves: explain::moves(&placed, &TextEvidence { file, stages: &given }),
        removed: explain::removed(&placed),
        merged: explain::merged(&placed),
        remaining: explain::remaining_switches(&placed, &stages, strategy, &keep),
        not_tried: None,
        is_minimum,
        text: current.text().to_owned(),
    }
}

/// Takes the `USER` lines away that change nothing, and moves nothing.
fn safe(file: &File) -> Consolidation {
    let redundant =
        users::redundant_users(file).into_iter().map(|line| (line.block, line.reason)).collect();
    let edits = in_place(file, 0..file.blocks().len(), &redundant);
    let origins: Vec<Vec<usize>> = (0..file.blocks().len()).map(|block| vec![block]).collect();
    let edits = edits.into_iter().map(with_its_block).collect();
    // What cannot be read again is not written.
    let (current, origins) =
        printed(file, &origins, edits).unwrap_or_else(|| (file.clone(), origins));
    let placed = Placed { before: file, after: &current, origins: &origins };
    Consolidation {
        before: counts(file),
        after: counts(&current),
        moves: Vec::new(),
        removed: explain::removed(&placed),
        merged: Vec::new(),
        remaining: Vec::new(),
        not_tried: None,
        is_minimum: true,
        text: current.text().to_owned(),
    }
}

fn with_its_block(edit: Edit) -> (Edit, Vec<usize>) {
    let blocks = match &edit {
        Edit::Keep(block) | Edit::Replace(block, _) => vec![*block],
        Edit::Comments(_) | Edit::Marked(..) | Edit::Gone(_) | Edit::Insert(_) => Vec::new(),
    };
    (edit, blocks)
}

/// The edited file read again, with the given file's blocks that are in each of its own.
fn printed(
    file: &File,
    origins: &[Vec<usize>],
    edits: Vec<(Edit, Vec<usize>)>,
) -> Option<(File, Vec<Vec<usize>>)> {
    let (edits, blocks): (Vec<Edit>, Vec<Vec<usize>>) = edits.into_iter().unzip();
    let next = File::parse(&to_bytes(&rebuild(file, &edits))).ok()?;
    let printed = edits.iter().zip(blocks).filter(|(edit, _)| edit.is_instruction());
    let origins: Vec<Vec<usize>> = printed
        .map(|(_, blocks)| blocks.into_iter().flat_map(|block| origins[block].clone()).collect())
        .collect();
    (next.blocks().len() == origins.len()).then_some((next, origins))
}

struct Round {
    edits: Vec<Edit>,
    changes: bool,
    is_minimum: bool,
}

fn round(file: &File, stages: &[Stage], strategy: Strategy, keep: &[Constraint]) -> Round {
    let mut round = Round { edits: Vec::new(), changes: false, is_minimum: true };
    let first = file.stages().first().map_or(file.blocks().len(), |stage| stage.blocks.start);
    round.edits.extend((0..first).map(Edit::Keep));
    let redundant =
        users::redundant_users(file).into_iter().map(|line| (line.block, line.reason)).collect();
    for stage in stages {
        let printed = one_stage(file, stage, &redundant, strategy, keep, &mut round.is_minimum);
        let kept: Vec<Edit> = stage.blocks.clone().map(Edit::Keep).collect();
        round.changes |= printed != kept;
        round.edits.extend(printed);
    }
    round
}

/// All stages of a file, taken apart.
fn stages(file: &File, strategy: Strategy) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut worlds = Vec::new();
    for index in 0..file.stages().len() {
        let stage = Stage::new(file, index, &worlds, strategy);
        worlds.push(stage.fs.clone());
        stages.push(stage);
    }
    stages
}

fn one_stage(
    file: &File,
    stage: &Stage,
    redundant: &BTreeMap<usize, RedundancyReason>,
    strategy: Strategy,
    keep: &[Constraint],
    is_minimum: &mut bool,
) -> Vec<Edit> {
    let safe = in_place(file, stage.blocks.clone(), redundant);
    if strategy == Strategy::Safe || stage.is_frozen {
        return safe;
    }
    let graph = Rules { file, stage, evidence: Evidence::Likelihood, keep }.graph();
    let order = arrange(&graph);
    *is_minimum &= order.switches == order.at_least;
    if order.sequence.is_sorted() {
        return safe;
    }
    let printed = reordered(file, stage, &order.sequence);
    // Spellings of one user may ask for more lines than switches: never more than there were.
    let lines = |printed: &[Edit]| {
        let is_user = |edit: &&Edit| match edit {
            Edit::Keep(block) => file.blocks()[*block].instruction.keyword == "USER",
            Edit::Insert(text) => text.starts_with("USER "),
            _ => false,
        };
        printed.iter().filter(is_user).count()
    };
    if lines(&printed) < lines(&safe) { printed } else { safe }
}

/// Constraints by lines of the given file, as constraints by blocks of the current one.
fn constraints(file: &File, origins: &[Vec<usize>], keep: &[Constraint]) -> Vec<Constraint> {
    let block = |line: usize| {
        let given = file.blocks().iter().position(|block| block.lines.contains(&line))?;
        origins.iter().position(|blocks| blocks.contains(&given))
    };
    keep.iter()
        .filter_map(|constraint| {
            Some(match *constraint {
                Constraint::Before { first, second } => {
                    Constraint::Before { first: block(first)?, second: block(second)? }
                }
                Constraint::Pin(line) => Constraint::Pin(block(line)?),
            })
        })
        .collect()
}

fn counts(file: &File) -> Counts {
    let of = |keyword: &str| {
        file.blocks().iter().filter(|block| block.instruction.keyword == keyword).count()
    };
    let switches = (0..file.stages().len()).map(|stage| users::switches(file, stage)).sum();
    Counts { user_lines: of("USER"), switches, run_instructions: of("RUN") }
}
