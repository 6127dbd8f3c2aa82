//! The consolidator, as the prover asks for it.

use crate::proof::{Ask, Proposal, Proposer};
use dockerfile::File;
use dockerfile::consolidate::{Consolidation, Constraint, Move, Options, Strategy, consolidate};

/// Consolidates one file, with what is asked on top.
pub(super) struct Consolidator<'a> {
    pub file: &'a File,
    pub strategy: Strategy,
    pub merge: bool,
}

impl Consolidator<'_> {
    /// Whether it may do what a proof must confirm.
    pub fn guesses(&self) -> bool {
        self.merge || self.strategy != Strategy::Safe
    }

    /// What needs no proof.
    pub fn safe(&self) -> Consolidation {
        consolidate(self.file, Strategy::Safe, Options::default())
    }

    /// The consolidation under these conditions.
    pub fn consolidate(&self, ask: &Ask) -> Consolidation {
        let keep: Vec<Constraint> = ask.pinned.iter().copied().map(Constraint::Pin).collect();
        let strategy = if ask.safe { Strategy::Safe } else { self.strategy };
        let merge = self.merge && !ask.unmerged;
        consolidate(self.file, strategy, Options { merge, keep: &keep })
    }
}

impl Proposer for Consolidator<'_> {
    fn propose(&self, ask: &Ask) -> Proposal {
        let found = self.consolidate(ask);
        // Moves for which the texts speak come first: where halves are tried, theirs is the first. A
        // merged step has another place as well, and can be taken back like one that moved.
        let (shown, guessed): (Vec<&Move>, Vec<&Move>) =
            found.moves.iter().partition(|moved| moved.is_shown);
        let mut lines: Vec<usize> =
            shown.iter().chain(&guessed).map(|moved| *moved.lines.start()).collect();
        for line in found.merged.iter().flat_map(|merged| &merged.lines) {
            if !lines.contains(line) {
                lines.push(*line);
            }
        }
        Proposal {
            ask: ask.clone(),
            switches: found.after.switches,
            moved: lines,
            text: found.text,
        }
    }
}
