//! Audit and reduce the USER instructions of a Dockerfile: the runs of each user, what its switches cost, and what is risky
//! about them.
//!
//! Facts and findings only: nothing is changed here and nothing printed. Commands of a step are read
//! by their words (`commands`), not run: a rule says what a line says, and stays silent where a
//! script or a variable hides it.
//!
//! Two numbers, which are not the same: *`USER` lines* are what people count and what
//! `--max-switches` judges; *switches* are changes from the user of one step to that of the next.

mod accounts;
mod commands;
mod cost;
mod facts;
mod gather;
mod home;
mod modes;
mod redundant;
mod rule;
mod rules;
mod runs;

pub use facts::*;
use gather::RuleContext;
pub use gather::{SCHEMA, audit};
pub use rule::{ALL as RULES, Rule};

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
