//! Consolidates until nothing changes any more.
//!
//! A step that moved may make another one certain (a folder that an unknown step may have filled with
//! links is now used before that step), so the result of one round is the input of the next. Each round
//! takes at least one `USER` line away, so there is an end; and what comes out is a fixed point, so that
//! consolidating it again changes nothing.

use super::edges::Rules;
use super::explain::{self, Placed};
use super::print::{in_place, reordered};
use super::stage::Stage;
use super::{Consolidation, Constraint, Counts, Options, Strategy};
use crate::dockerfile::order::arrange;
use crate::dockerfile::{Edit, File, rebuild};

/// Rewrites a file with fewer switches.
pub fn consolidate(file: &File, strategy: Strategy, options: Options<'_>) -> Consolidation {
    let mut current = file.clone();
    // For each block of the current file, the block of the given one that it was.
    let mut origins: Vec<Option<usize>> = (0..file.blocks().len()).map(Some).collect();
    let mut before = None;
    let mut is_minimum = true;
    let (stages, keep) = loop {
        let stages = stages(&current, strategy);
        before.get_or_insert_with(|| counts(&current, &stages));
        let keep = constraints(file, &origins, options.keep);
        let round = round(&current, &stages, strategy, &keep);
        is_minimum &= round.is_minimum;
        if !round.changes {
            break (stages, keep);
        }
        let text = rebuild(&current, &round.edits);
        let printed = round.edits.iter().filter_map(|edit| match edit {
            Edit::Keep(block) | Edit::Replace(block, _) => Some(origins[*block]),
            Edit::Insert(_) => Some(None),
            Edit::Comments(_) => None,
        });
        let printed: Vec<Option<usize>> = printed.collect();
        match File::parse(text.as_bytes()) {
            Ok(next) if next.blocks().len() == printed.len() => {
                origins = printed;
                current = next;
            }
            // What cannot be read again is not written: what was there before stands.
            _ => break (stages, keep),
        }
    };
    let placed = Placed { before: file, after: &current, origins: &origins };
    let after = counts(&current, &stages);
    Consolidation {
        before: before.unwrap_or(after),
        after,
        moves: explain::moves(&placed, strategy),
        removed: explain::removed(&placed),
        left: explain::left(&placed, &stages, strategy, &keep),
        is_minimum,
        text: current.text().to_owned(),
    }
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
    for stage in stages {
        let printed = one_stage(file, stage, strategy, keep, &mut round.is_minimum);
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
        worlds.push(stage.world.clone());
        stages.push(stage);
    }
    stages
}

fn one_stage(
    file: &File,
    stage: &Stage,
    strategy: Strategy,
    keep: &[Constraint],
    is_minimum: &mut bool,
) -> Vec<Edit> {
    let safe = in_place(stage);
    if strategy == Strategy::Safe || stage.is_frozen {
        return safe;
    }
    let graph = Rules { file, stage, strategy, keep }.graph();
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
fn constraints(file: &File, origins: &[Option<usize>], keep: &[Constraint]) -> Vec<Constraint> {
    let block = |line: usize| {
        let given = file.blocks().iter().position(|block| block.lines.contains(&line))?;
        origins.iter().position(|origin| *origin == Some(given))
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

fn counts(file: &File, stages: &[Stage]) -> Counts {
    let of = |keyword: &str| {
        file.blocks().iter().filter(|block| block.instruction.keyword == keyword).count()
    };
    let switches = |stage: &Stage| {
        let coloured = stage.nodes.iter().filter_map(|node| node.colour);
        let mut current = stage.start_colour;
        let mut switches = 0;
        for colour in coloured.chain([stage.end_colour]) {
            switches += usize::from(colour != current);
            current = colour;
        }
        switches
    };
    Counts { users: of("USER"), switches: stages.iter().map(switches).sum(), runs: of("RUN") }
}
