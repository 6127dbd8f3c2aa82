//! Who runs as whom in a Dockerfile, for people and for programs.
//!
//! Arrows: reads facts of `dockerfile::audit`; pure functions from them to text. Everything that a
//! Dockerfile says is cleaned before it is shown: it is a stranger's.

pub mod audit;
