//! What was done, and what was left, in words with lines of the old file.

use std::collections::{HashMap, HashSet};

use super::edges::{Evidence, OrderReason, Rules};
use super::stage::Stage;
use super::{
    Constraint, LONGEST_STAGE, Merged, Move, NotTried, RemainingSwitch, Removed, Strategy,
};
use crate::File;
use crate::rising::longest_rising;
use crate::users::{RedundancyReason, redundant_users, runs_as_user};

/// The old file, the new one, and which block was which.
pub(super) struct Placed<'a> {
    pub before: &'a File,
    pub after: &'a File,
    /// For each block of the new file, the old one's that are in it.
    pub origins: &'a [Vec<usize>],
}

impl Placed<'_> {
    /// First line, in the old file, of a block of the new one.
    fn old_line(&self, block: usize) -> Option<usize> {
        self.origins[block].first().map(|&origin| *self.before.blocks()[origin].lines.start())
    }

    fn is_user(&self, origin: usize) -> bool {
        self.before.blocks()[origin].instruction.keyword == "USER"
    }
}

/// The instructions that passed others: all but a longest run that kept its order.
pub(super) fn moves(placed: &Placed<'_>, shown: &TextEvidence<'_>) -> Vec<Move> {
    let sequence: Vec<(usize, usize)> = placed
        .origins
        .iter()
        .enumerate()
        .flat_map(|(block, origins)| origins.iter().map(move |&origin| (block, origin)))
        .filter(|&(_, origin)| !placed.is_user(origin))
        .collect();
    let origins: Vec<usize> = sequence.iter().map(|&(_, origin)| origin).collect();
    let places: Vec<Option<usize>> = origins.iter().copied().map(Some).collect();
    let stays = longest_rising(&places);
    let mut moves = Vec::new();
    for (at, &(block, origin)) in sequence.iter().enumerate() {
        if stays[at] {
            continue;
        }
        let passed = |other: &usize| {
            let there = origins.iter().position(|origin| origin == other).unwrap_or(at);
            (there < at) != (*other < origin)
        };
        let mut passed: Vec<usize> = origins
            .iter()
            .filter(|&other| *other != origin)
            .filter(|other| passed(other))
            .copied()
            .collect();
        passed.sort_unstable();
        let is_shown = passed.iter().all(|&other| shown.may_pass(origin, other));
        let passed: Vec<usize> =
            passed.into_iter().map(|other| *placed.before.blocks()[other].lines.start()).collect();
        let user = placed.before.user_at(origin).to_string();
        let lines = placed.before.blocks()[origin].lines.clone();
        moves.push(Move {
            reason: reason(&passed, is_shown),
            is_shown,
            to: *placed.after.blocks()[block].lines.start(),
            user: Some(user).filter(|user| !user.is_empty()),
            lines,
            passed,
        });
    }
    moves
}

/// Which instructions of the given file may change places by their texts alone.
pub(super) struct TextEvidence<'a> {
    pub file: &'a File,
    /// Its stages, with what is certain.
    pub stages: &'a [Stage],
}

impl TextEvidence<'_> {
    fn may_pass(&self, one: usize, other: usize) -> bool {
        let Some(stage) = self.stages.iter().find(|stage| stage.blocks.contains(&one)) else {
            return false;
        };
        let node = |block: usize| stage.nodes.iter().position(|node| node.block == block);
        let (Some(one), Some(other)) = (node(one), node(other)) else { return false };
        let rules = Rules { file: self.file, stage, evidence: Evidence::Texts, keep: &[] };
        rules.why(one.min(other), one.max(other)).is_none()
    }
}

fn reason(passed: &[usize], is_shown: bool) -> String {
    let lines = listed(passed);
    if is_shown {
        format!("moved past {lines}: neither writes what the other reads or writes")
    } else {
        format!("moved past {lines}: no dependency found")
    }
}

/// `line 3`, `lines 3, 5 and 9`, `12 instructions from line 3 to line 40`.
fn listed(lines: &[usize]) -> String {
    match lines {
        [] => "nothing".to_owned(),
        [line] => format!("line {line}"),
        [rest @ .., last] if lines.len() <= 6 => {
            let rest: Vec<String> = rest.iter().map(usize::to_string).collect();
            format!("lines {} and {last}", rest.join(", "))
        }
        [first, .., last] => {
            format!("{} instructions from line {first} to line {last}", lines.len())
        }
    }
}

/// What is not tried because a stage is longer than the limit.
pub(super) fn too_long(file: &File, strategy: Strategy, merge: bool) -> Option<NotTried> {
    let mut stages = file.stages().iter().enumerate();
    let (place, stage) = stages.find(|(_, stage)| stage.blocks.len() > LONGEST_STAGE)?;
    let what = match (strategy, merge) {
        (Strategy::Minimal, true) => "no other order and no merge",
        (Strategy::Minimal, false) => "no other order",
        (Strategy::Safe, _) => "no merge",
    };
    Some(NotTried {
        line: *file.blocks()[stage.blocks.start].lines.start(),
        text: format!(
            "stage `{}` has {} instructions, and the limit is {LONGEST_STAGE}: {what} was tried in \
             this file; only redundant `USER` lines go",
            stage.title(place),
            stage.blocks.len()
        ),
    })
}

/// The `USER` lines that are gone.
pub(super) fn removed(placed: &Placed<'_>) -> Vec<Removed> {
    let kept: HashSet<usize> = placed.origins.iter().flatten().copied().collect();
    let redundant: HashMap<usize, RedundancyReason> =
        redundant_users(placed.before).into_iter().map(|line| (line.block, line.reason)).collect();
    let blocks = placed.before.blocks().iter().enumerate();
    let gone =
        blocks.filter(|(at, block)| block.instruction.keyword == "USER" && !kept.contains(at));
    gone.map(|(at, block)| {
        let user = block.instruction.arguments.clone();
        let reason = match redundant.get(&at) {
            Some(RedundancyReason::SameUser | RedundancyReason::SameUserAgain) => {
                format!("`{user}` is in force already")
            }
            Some(RedundancyReason::NothingBetween) => "another `USER` follows directly".to_owned(),
            Some(RedundancyReason::NoStepNeedsIt) => "nothing runs under it".to_owned(),
            None if !executes(placed.before, at) => "nothing runs under it".to_owned(),
            None => "its steps now stand with others of the same user".to_owned(),
        };
        Removed { line: *block.lines.start(), user, reason }
    })
    .collect()
}

/// Whether something is executed as the user of a `USER` line.
fn executes(file: &File, at: usize) -> bool {
    let stage = file.blocks()[at].stage;
    let below = file.blocks()[at + 1..].iter();
    let mut below =
        below.take_while(|next| next.stage == stage && next.instruction.keyword != "USER");
    below.any(runs_as_user)
}

/// The steps that became one.
pub(super) fn merged(placed: &Placed<'_>) -> Vec<Merged> {
    let blocks = placed.origins.iter().zip(placed.after.blocks());
    let several = blocks.filter(|(origins, _)| origins.len() > 1);
    let line = |origin: &usize| *placed.before.blocks()[*origin].lines.start();
    several
        .map(|(origins, block)| Merged {
            lines: origins.iter().map(line).collect(),
            to: *block.lines.start(),
        })
        .collect()
}

/// The switches that are left: each user run but the first of its user, with what it cannot pass.
pub(super) fn remaining_switches(
    placed: &Placed<'_>,
    stages: &[Stage],
    strategy: Strategy,
    keep: &[Constraint],
) -> Vec<RemainingSwitch> {
    if strategy == Strategy::Safe {
        return Vec::new();
    }
    let mut left = Vec::new();
    for stage in stages {
        let rules = Rules { file: placed.after, stage, evidence: Evidence::Likelihood, keep };
        let runs = runs(stage);
        for (at, run) in runs.iter().enumerate() {
            let Some(earlier) = runs[..at].iter().rposition(|other| other.user_id == run.user_id)
            else {
                continue;
            };
            let between: Vec<usize> =
                runs[earlier + 1..at].iter().flat_map(|run| run.nodes.clone()).collect();
            if let Some((first, second, why)) = obstacle(&rules, &between, &run.nodes) {
                let lines = [first, second].map(|node| placed.old_line(stage.nodes[node].block));
                if let [Some(behind), Some(line)] = lines {
                    let text = in_words(&why, behind, line);
                    left.push(RemainingSwitch { line, behind, why, text });
                }
            }
        }
    }
    left
}

/// The first node of a run that must stay behind one of those between.
fn obstacle(
    rules: &Rules<'_>,
    between: &[usize],
    run: &[usize],
) -> Option<(usize, usize, OrderReason)> {
    run.iter().find_map(|&second| {
        let mut firsts = between.iter().rev().filter(|&&first| first < second);
        firsts.find_map(|&first| Some((first, second, rules.why(first, second)?)))
    })
}

/// Nodes in a row that one user executes.
struct Run {
    user_id: usize,
    nodes: Vec<usize>,
}

fn runs(stage: &Stage) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, node) in stage.nodes.iter().enumerate() {
        let Some(user_id) = node.user_id else { continue };
        match runs.last_mut() {
            Some(run) if run.user_id == user_id => run.nodes.push(index),
            _ => runs.push(Run { user_id, nodes: vec![index] }),
        }
    }
    runs
}

/// The reason with its lines.
fn in_words(why: &OrderReason, first: usize, second: usize) -> String {
    use crate::effects::{Access, Conflict};
    match why {
        OrderReason::Conflict(Conflict::Place { place, first: mine, second: theirs }) => {
            match (mine, theirs) {
                (Access::Writes, Access::Reads) => {
                    format!("line {second} reads {place}, which line {first} writes")
                }
                (Access::Reads, Access::Writes) => {
                    format!("line {second} writes {place}, which line {first} reads")
                }
                _ => format!("line {second} writes {place}, and so does line {first}"),
            }
        }
        OrderReason::Conflict(Conflict::Unknown { first: Some(reason), .. }) => {
            format!(
                "line {second} must stay after line {first}, which may change anything: {reason}"
            )
        }
        OrderReason::Conflict(Conflict::Unknown { second: Some(reason), .. }) => {
            format!(
                "line {second} may change anything, so it must stay after line {first}: {reason}"
            )
        }
        other => format!("line {second} must stay after line {first}: {other}"),
    }
}
