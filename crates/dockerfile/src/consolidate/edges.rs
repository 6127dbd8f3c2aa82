//! What must stay in order within a stage, and why.

use std::fmt;

use super::Constraint;
use super::guess;
use super::stage::{Kind, Node, Stage};
use crate::effects::{Conflict, PathSet, conflict, mentioned_variables};
use crate::order::Graph;
use crate::{File, Workdir};

/// Why two instructions keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderReason {
    /// What they do meets.
    Conflict(Conflict),
    /// One sets a variable that the other may look at.
    Variable(String),
    /// One changes the working folder, and the other's cannot be given back to it.
    Workdir,
    /// One changes the shell.
    Shell,
    /// One declares a volume that the other writes to.
    Volume,
    /// Both change the configuration.
    Configuration,
    /// The second is executed with what the first may have installed.
    Installs,
    /// Both are steps of one user, of which nothing more is known.
    SameUser,
    /// A later step compares the times of what both write.
    Times,
    /// It was asked for.
    Kept,
}

impl fmt::Display for OrderReason {
    /// In words that follow "because".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(Conflict::Place { place, first, second }) => {
                write!(f, "the first {first} {place} and the second {second} it")
            }
            Self::Conflict(Conflict::Unknown { first: Some(why), second: None }) => {
                write!(f, "the first may change anything: {why}")
            }
            Self::Conflict(Conflict::Unknown { second: Some(why), first: None }) => {
                write!(f, "the second may change anything: {why}")
            }
            Self::Conflict(Conflict::Unknown { first: Some(first), second: Some(second) }) => {
                write!(f, "both may change anything: {first}, and {second}")
            }
            Self::Conflict(Conflict::Unknown { .. }) => f.write_str("both may change anything"),
            Self::Conflict(Conflict::Command(command)) => {
                write!(f, "one brings the command `{command}` that the other executes")
            }
            Self::Variable(name) => write!(f, "one sets `{name}`, which the other may read"),
            Self::Workdir => f.write_str("one changes the working folder of the other"),
            Self::Shell => f.write_str("one changes the shell of the other"),
            Self::Volume => f.write_str("one declares a volume that the other may write to"),
            Self::Configuration => f.write_str("both change the image's configuration"),
            Self::Installs => f.write_str("the second may need what the first installs"),
            Self::SameUser => f.write_str("both are steps of one user whose effects are not known"),
            Self::Times => f.write_str("a later step compares the times of files"),
            Self::Kept => f.write_str("their order is fixed by request"),
        }
    }
}

/// What is enough to let two instructions change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Their texts are understood, and neither touches what the other does.
    Texts,
    /// No dependency shows.
    Likelihood,
}

/// The rules for one stage.
pub(super) struct Rules<'a> {
    pub file: &'a File,
    pub stage: &'a Stage,
    pub evidence: Evidence,
    /// By blocks of this file.
    pub keep: &'a [Constraint],
}

impl Rules<'_> {
    /// The graph of the stage.
    pub fn graph(&self) -> Graph {
        let nodes = &self.stage.nodes;
        let user_ids = nodes.iter().map(|node| node.user_id).collect();
        let mut graph = Graph::new(user_ids, self.stage.start_user_id, self.stage.end_user_id);
        for second in 0..nodes.len() {
            for first in 0..second {
                if self.why(first, second).is_some() {
                    graph.edge(first, second);
                }
            }
        }
        graph
    }

    /// Why a node must stay in front of another one behind it; `None` where it need not.
    pub fn why(&self, first: usize, second: usize) -> Option<OrderReason> {
        let are_compared = self.stage.last_compared.is_some_and(|last| second < last);
        let (first, second) = (&self.stage.nodes[first], &self.stage.nodes[second]);
        if are_compared && first.changes_files() && second.changes_files() {
            return Some(OrderReason::Times);
        }
        if self.is_kept(first.block, second.block) {
            return Some(OrderReason::Kept);
        }
        match (first.kind.is_state(), second.kind.is_state()) {
            (true, true) => Some(OrderReason::Configuration),
            (true, false) => self.state(first, second, true),
            (false, true) => self.state(second, first, false),
            (false, false) => self.steps(first, second),
        }
        .or_else(|| self.user_variable(first, second))
    }

    fn is_kept(&self, first: usize, second: usize) -> bool {
        self.keep.iter().any(|constraint| match constraint {
            Constraint::Before { first: a, second: b } => (*a, *b) == (first, second),
            Constraint::Pin(block) => *block == first || *block == second,
        })
    }

    /// A state instruction and a step; `is_first`: the state comes first.
    fn state(&self, state: &Node, step: &Node, is_first: bool) -> Option<OrderReason> {
        let effects = step.effects.as_ref()?;
        match state.kind {
            Kind::Variables => {
                let depends = |name: &&String| match (self.evidence, step.kind) {
                    (_, Kind::Copy) => {
                        mentioned_variables(&self.file.blocks()[step.block].instruction)
                            .contains(name)
                    }
                    (Evidence::Likelihood, _) => {
                        guess::depends_on(self.file, state, step, name, is_first)
                    }
                    _ => effects.depends_on(name),
                };
                state.sets.iter().find(depends).map(|name| OrderReason::Variable(name.clone()))
            }
            Kind::Shell if step.kind == Kind::Run => Some(OrderReason::Shell),
            Kind::Volume => self.volume(state, step).then_some(OrderReason::Volume),
            Kind::Workdir => {
                let needed = match &step.workdir {
                    // Given back to it, once it has been made.
                    Some(Workdir::Known(_)) => is_first && self.leaves(state) == step.workdir,
                    Some(Workdir::Inherited | Workdir::Unknown) => true,
                    None => false,
                };
                // A folder that is not certain cannot be given back either.
                let is_lost = step.workdir.is_some()
                    && !matches!(self.leaves(state), Some(Workdir::Known(_)));
                (needed || is_lost)
                    .then_some(OrderReason::Workdir)
                    .or_else(|| self.order_of(state, step, is_first))
            }
            _ => None,
        }
    }

    /// The working folder that a `WORKDIR` puts in force.
    fn leaves(&self, state: &Node) -> Option<Workdir> {
        let is_last = state.block + 1 == self.stage.blocks.end;
        Some(if is_last {
            self.stage.end_workdir.clone()
        } else {
            self.file.state(state.block + 1).workdir().clone()
        })
    }

    fn order_of(&self, state: &Node, step: &Node, is_first: bool) -> Option<OrderReason> {
        if is_first { self.steps(state, step) } else { self.steps(step, state) }
    }

    /// Whether a step may write below a volume.
    fn volume(&self, volume: &Node, step: &Node) -> bool {
        let Some(effects) = &step.effects else { return false };
        if !effects.is_understood() && self.evidence == Evidence::Texts {
            return true;
        }
        let instruction = &self.file.blocks()[volume.block].instruction;
        instruction.words().iter().any(|word| {
            let Some(path) = self.file.state(volume.block).expand(word) else { return true };
            let place = PathSet::deep(&path);
            let made = effects.makes.iter().map(|(place, _)| place);
            effects
                .writes
                .iter()
                .chain(&effects.likely)
                .chain(made)
                .any(|write| write.meets(&place))
        })
    }

    /// Two nodes with effects on files.
    fn steps(&self, first: &Node, second: &Node) -> Option<OrderReason> {
        let (Some(mine), Some(theirs)) = (&first.effects, &second.effects) else { return None };
        match self.evidence {
            Evidence::Likelihood => guess::order(first, second),
            Evidence::Texts => conflict(mine, theirs).map(OrderReason::Conflict),
        }
    }

    /// A step whose `USER` line has a variable stays behind what sets it.
    fn user_variable(&self, first: &Node, second: &Node) -> Option<OrderReason> {
        if first.sets.is_empty() || second.user_id.is_none() {
            return None;
        }
        let line = self.stage.governing(second).filter(|line| line.text.contains('$'))?;
        let names = mentioned_variables(&self.file.blocks()[line.block].instruction);
        let name = first.sets.iter().find(|name| names.contains(name))?;
        Some(OrderReason::Variable(name.clone()))
    }
}
