//! Goes through a step's syntax tree and records what its commands do: abstract interpretation (Cousot and
//! Cousot, POPL 1977) over [`AbstractState`](state::AbstractState).
//!
//! Everything that may be executed counts, whatever the conditions. What is known along the way (the
//! working folder, variables) is known on every path through the text, or not at all.

mod arg;
mod control_flow;
mod interpreter;
mod reason;
mod recorder;
mod resources;
mod state;
mod words;

pub(super) use arg::Arg;
pub(super) use interpreter::Interpreter;
pub(super) use reason::Reason;
pub(super) use resources::{account, accounts};
