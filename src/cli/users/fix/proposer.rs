//! The consolidator, as the prover asks for it.

use crate::proof::{Ask, Proposal, Proposer};
use dockerfile::File;
use dockerfile::consolidate::{Consolidation, Constraint, Options, Strategy, consolidate};

/// Consolidates one file, with what is asked on top.
pub(super) struct Consolidator<'a> {
    pub file: &'a File,
    pub strategy: Strategy,
    pub merge: bool,
}

impl Consolidator<'_> {
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
        Proposal {
            ask: ask.clone(),
            switches: found.after.switches,
            moved: found.moves.iter().map(|moved| *moved.lines.start()).collect(),
            text: found.text,
        }
    }
}
