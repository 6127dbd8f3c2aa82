//! `USER` lines that change nothing.

use super::facts::{Needless, Redundant};
use crate::File;
use crate::users::{self, Reason};

/// The redundant `USER` lines of a stage: what `mad users fix --strategy safe` takes away.
pub(super) fn of(file: &File, all: &[users::Needless], stage: usize) -> Vec<Redundant> {
    let blocks = file.stages()[stage].blocks.clone();
    let first = all.partition_point(|needless| needless.block < blocks.start);
    let lines = all[first..].iter().take_while(|needless| needless.block < blocks.end);
    lines
        .map(|needless| {
            let block = &file.blocks()[needless.block];
            let why = match needless.reason {
                Reason::NothingBetween => Needless::NothingBetween,
                Reason::NothingExecuted => Needless::NoStepNeedsIt,
                Reason::InForce => Needless::SameUser,
                Reason::InForceAgain => Needless::SameUserAgain,
            };
            let user = block.instruction.arguments.clone();
            Redundant { line: *block.lines.start(), user, why }
        })
        .collect()
}
