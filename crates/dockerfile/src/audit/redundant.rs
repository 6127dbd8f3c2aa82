//! `USER` lines that change nothing.

use super::facts::RedundantLine;
use crate::File;
use crate::users::RedundantUser;

/// The redundant `USER` lines of a stage: what `mad users fix --strategy safe` takes away.
pub(super) fn of(file: &File, all: &[RedundantUser], stage: usize) -> Vec<RedundantLine> {
    let blocks = file.stages()[stage].blocks.clone();
    let first = all.partition_point(|redundant| redundant.block < blocks.start);
    let lines = all[first..].iter().take_while(|redundant| redundant.block < blocks.end);
    lines
        .map(|redundant| {
            let block = &file.blocks()[redundant.block];
            let user = block.instruction.arguments.clone();
            RedundantLine { line: *block.lines.start(), user, why: redundant.reason }
        })
        .collect()
}
