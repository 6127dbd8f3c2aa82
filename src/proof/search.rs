//! From an order that was asked for to the best one that proves.
//!
//! ```text
//! all moves ── proves ──> done
//!    │ differs
//! pin the steps that wrote the differing paths, ask again ── proves ──> done
//!    │ differs, or they were not moved
//! every move, but nothing merged ── proves ──> done
//!    │ differs, or nothing was merged
//! bisect the moves: take a half, keep it if it proves, split it if not
//!    │ nothing proves
//! the safe order, which must prove as well
//! ```
//!
//! Every attempt is a build, so their number is bounded; every attempt is reported.

use std::collections::BTreeSet;

use serde::Serialize;

use super::steps::origins;
use super::{Proof, ProofError, Prover};

/// How many times steps are pinned before the moves are bisected.
const PIN_ROUNDS: usize = 3;

/// An instruction of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StepRef {
    /// First line, from 1.
    pub line: usize,
    /// The instruction on one line, without its flags.
    pub label: String,
}

/// What is asked of a proposer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProposalRequest {
    /// Only what is safe without a proof.
    pub safe: bool,
    /// No instructions become one.
    pub unmerged: bool,
    /// First lines of the instructions, in the first text, that must keep their place.
    pub pinned: BTreeSet<usize>,
}

/// A rewritten text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What was asked.
    pub ask: ProposalRequest,
    /// The text.
    pub text: String,
    /// How many times the user changes in it.
    pub switches: usize,
    /// First lines of the instructions, in the first text, that have another place in it.
    pub moved: Vec<usize>,
}

/// Rewrites the first text.
pub trait Proposer: Send + Sync {
    /// The best order under these conditions. Where nothing can be done, the first text.
    fn propose(&self, ask: &ProposalRequest) -> Proposal;
}

/// One order that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// What is new about it, for people.
    pub what: String,
    /// How many times the user changes in it.
    pub switches: usize,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is the same image.
    Proven,
    /// It is another image.
    Different {
        /// How many paths and values of the configuration differ.
        differences: usize,
        /// The instructions of the first text that wrote them.
        steps: Vec<StepRef>,
    },
    /// It cannot be built.
    Unbuildable {
        /// The instruction of the rewritten text at fault.
        step: Option<StepRef>,
        /// The engine's words.
        message: String,
    },
}

/// What came of all attempts.
#[derive(Debug)]
pub struct SearchResult {
    /// In order.
    pub attempts: Vec<Attempt>,
    /// The best order that proves, and its proof; `None` where none does that changes something.
    pub best: Option<(Proposal, Proof)>,
    /// The proof of the last attempt that differs: what stands in the way of a better order.
    pub obstacle: Option<Proof>,
    /// Whether there was something to change.
    pub changes: bool,
}

/// Looks for the best order that proves, in at most `most` attempts (each is a build, and there is
/// one build more for what is unstable by itself).
pub async fn search(
    prover: &mut Prover<'_>,
    proposer: &dyn Proposer,
    most: usize,
) -> Result<SearchResult, ProofError> {
    let first = proposer.propose(&ProposalRequest::default());
    let found = SearchResult { attempts: Vec::new(), best: None, obstacle: None, changes: true };
    let (tried, culprits) = (BTreeSet::new(), BTreeSet::new());
    let mut run = Run { prover, proposer, most, tried, culprits, found };
    if first.text == run.prover.before().text {
        run.found.changes = false;
        return Ok(run.found);
    }
    let moved = first.moved.clone();
    let unmerged =
        run.proposer.propose(&ProposalRequest { unmerged: true, ..ProposalRequest::default() });
    if run.attempt("every move".to_owned(), first).await?
        || run.pin(&moved).await?
        || run.attempt("every move, nothing merged".to_owned(), unmerged).await?
    {
        return Ok(run.found);
    }
    run.bisect(&moved).await?;
    if run.found.best.is_none() {
        let safe = run.proposer.propose(&ProposalRequest {
            safe: true,
            unmerged: true,
            ..ProposalRequest::default()
        });
        run.most = run.most.max(run.found.attempts.len() + 1);
        run.attempt("only what is safe".to_owned(), safe).await?;
    }
    Ok(run.found)
}

struct Run<'a, 'b> {
    prover: &'a mut Prover<'b>,
    proposer: &'a dyn Proposer,
    most: usize,
    tried: BTreeSet<String>,
    /// The instructions of the first text that the last attempt failed for.
    culprits: BTreeSet<StepRef>,
    found: SearchResult,
}

impl Run<'_, '_> {
    /// Pins the culprits of the last attempt and asks again; whether an order proved.
    async fn pin(&mut self, moved: &[usize]) -> Result<bool, ProofError> {
        let mut pinned = BTreeSet::new();
        for _ in 0..PIN_ROUNDS {
            let before = pinned.len();
            pinned.extend(self.culprits.iter().map(|step| step.line).filter(|l| moved.contains(l)));
            if pinned.len() == before {
                return Ok(false);
            }
            let lines: Vec<String> = pinned.iter().map(ToString::to_string).collect();
            let what = format!("every move but those of lines {}", lines.join(", "));
            let proposal = self
                .proposer
                .propose(&ProposalRequest { pinned: pinned.clone(), ..ProposalRequest::default() });
            if self.attempt(what, proposal).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes halves of the moves that prove, until every single one was tried.
    async fn bisect(&mut self, moved: &[usize]) -> Result<(), ProofError> {
        let mut allowed: BTreeSet<usize> = BTreeSet::new();
        let mut open: Vec<&[usize]> = vec![moved];
        while let Some(group) = open.pop() {
            let with: BTreeSet<usize> = allowed.iter().chain(group).copied().collect();
            let pinned = moved.iter().copied().filter(|line| !with.contains(line)).collect();
            let proposal =
                self.proposer.propose(&ProposalRequest { pinned, ..ProposalRequest::default() });
            let what = format!("{} of {} moves", with.len(), moved.len());
            if self.attempt(what, proposal).await? {
                allowed = with;
            } else if group.len() > 1 {
                let (one, other) = group.split_at(group.len().div_ceil(2));
                open.extend([other, one]);
            }
        }
        Ok(())
    }

    /// Tries an order; whether it proves. What was tried already, or changes nothing, or is beyond
    /// the bound, does not.
    async fn attempt(&mut self, what: String, proposal: Proposal) -> Result<bool, ProofError> {
        let is_new = proposal.text != self.prover.before().text
            && self.found.attempts.len() < self.most
            && self.tried.insert(proposal.text.clone());
        if !is_new {
            return Ok(false);
        }
        let switches = proposal.switches;
        let outcome = match self.prover.prove(&proposal.text).await {
            Ok(proof) if proof.verdict.holds() => {
                let best = self.found.best.as_ref().map(|(best, _)| best.switches);
                if best.is_none_or(|best| switches <= best) {
                    self.found.best = Some((proposal, proof));
                }
                Outcome::Proven
            }
            Ok(proof) => {
                self.culprits = culprits(&proof, &self.prover.before().text, &proposal.text);
                let steps = self.culprits.iter().cloned().collect();
                let differences = proof.differences.len() + proof.config.len();
                self.found.obstacle = Some(proof);
                Outcome::Different { differences, steps }
            }
            Err(ProofError::Build { line, label, message, .. }) => {
                let before = &self.prover.before().text;
                self.culprits =
                    line.map_or_else(BTreeSet::new, |line| origins(before, &proposal.text, line));
                Outcome::Unbuildable { step: line.map(|line| StepRef { line, label }), message }
            }
            Err(error) => return Err(error),
        };
        let holds = outcome == Outcome::Proven;
        self.found.attempts.push(Attempt { what, switches, outcome });
        Ok(holds)
    }
}

/// The instructions of the first text that wrote what differs, in either image.
fn culprits(proof: &Proof, before: &str, after: &str) -> BTreeSet<StepRef> {
    let mut steps = BTreeSet::new();
    for blame in &proof.differences {
        steps.extend(blame.wrote_before.clone());
        if let Some(step) = &blame.wrote_after {
            steps.extend(origins(before, after, step.line));
        }
    }
    steps
}

#[cfg(test)]
mod tests;
