//! What is known at a point of a script: the abstract state, and its join where two paths meet.
//!
//! ```text
//!            dead                  unreachable: nothing is executed here
//!          /   |   \
//!    cwd=/a  cwd=/b  X=1 …         one value for each name
//!          \   |   /
//!           unknown                may be anything
//! ```
//!
//! `join` is the least upper bound: what both paths agree on stays, the rest is unknown; a dead path adds
//! nothing. States only grow towards it, so a loop's body is interpreted once for each word, without
//! iterating to a fixed point.

use std::collections::{BTreeMap, BTreeSet};

/// What is known at a point of the script.
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
    /// Unreachable: nothing is executed here any more.
    pub is_dead: bool,
}

impl AbstractState {
    /// What is known where two paths meet.
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
