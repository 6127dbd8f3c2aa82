//! What is known at a place in a text: the abstract state, and where two ways come together.
//!
//! ```text
//!            dead                  nothing is executed here
//!          /   |   \
//!    cwd=/a  cwd=/b  X=1 …         one value for each name
//!          \   |   /
//!           unknown                may be anything
//! ```
//!
//! `join` is the least upper bound: what both ways agree on stays, the rest is unknown; a dead way adds
//! nothing. States only grow up to there, so a loop is looked at once for each word and never iterated.

use std::collections::{BTreeMap, BTreeSet};

/// What is known at a place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct AbstractState {
    pub cwd: Option<String>,
    /// Whether `cwd` is where the step started.
    pub is_at_start: bool,
    pub variables: BTreeMap<String, Option<String>>,
    pub errexit: bool,
    /// Whether this is executed, and succeeds, whenever the step does.
    pub is_certain: bool,
    /// `umask` as the container has it.
    pub has_plain_umask: bool,
    /// Nothing is executed here any more.
    pub is_dead: bool,
}

impl AbstractState {
    /// What is known where two ways come together.
    pub fn join(&mut self, other: &Self) {
        if other.is_dead {
            return;
        }
        if self.is_dead {
            *self = other.clone();
            return;
        }
        if self.cwd != other.cwd {
            self.cwd = None;
        }
        self.is_at_start &= other.is_at_start;
        let names: BTreeSet<String> =
            self.variables.keys().chain(other.variables.keys()).cloned().collect();
        for name in names {
            if self.variables.get(&name) != other.variables.get(&name) {
                self.variables.insert(name, None);
            }
        }
        self.errexit &= other.errexit;
        self.has_plain_umask &= other.has_plain_umask;
    }
}
