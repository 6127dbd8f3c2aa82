//! Audit and reduce the USER instructions of a Dockerfile, for people and for programs.
//!
//! Arrows: reads facts of `dockerfile::audit` and `dockerfile::proof`; pure functions from them to
//! text. Everything that a Dockerfile says is cleaned before it is shown: it is a stranger's.

pub mod audit;
pub mod fix;
