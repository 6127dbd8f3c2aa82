//! Facts become bytes: terminal, JSON, Markdown, JUnit, GitHub annotations. Pure functions.
//!
//! Arrows: reads facts of `patch`; never the engine, the network or the environment.

mod escape;
pub mod patches;
