//! The order with the fewest switches: nodes with a user id, edges that must hold, and nothing else.
//!
//! A node is an instruction, its user id the user that executes it; instructions that execute nothing
//! have no user id. An edge says that one node must stay before another. The user id at the start is the
//! user inherited from the base, the user id at the end is the user that the image keeps. A *switch* is a
//! change of user id between neighbours, userless nodes left out, start and end included.
//!
//! # The lemma
//!
//! *While a user id is current, executing every available node of that user id, and every available
//! userless node, never costs a switch.*
//!
//! Proof. Let `S` be any order that continues from here, and `v` an available node of the current user id
//! (or of none). Take `v` out of `S` and put it first. The edges still hold: all that must stand before
//! `v` is done, and what must stand behind it still does. Taking an element out of a sequence of user ids
//! never adds a change (`a v b` has at least the changes of `a b`), and putting the current user id in
//! front adds none. ∎
//!
//! So all that has to be chosen is the sequence of user ids: a state is the set of nodes done (a down-set
//! of the graph) and the current user id, and each step picks the next user id and takes all it can. A
//! state is *dominated* by one that has done more with as few switches, because whatever the first
//! can do next the second can do as well.
//!
//! With two user ids there is no choice at all. With more it is the shortest common supersequence problem,
//! which is NP-hard, so `search` is exact within a budget and a beam search beyond it,
//! and `at_least` says what is certain.

mod bits;
mod bound;
mod graph;
mod search;
mod settle;

#[cfg(test)]
mod tests;

pub use graph::{Graph, UserId};
pub use search::arrange;
