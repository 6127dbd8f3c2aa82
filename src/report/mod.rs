//! Facts become bytes: terminal, JSON, Markdown, JUnit, GitHub annotations. Pure functions.
//!
//! Arrows: reads facts of `patch` and `timing`, and says durations and sizes as `ui` does; never the engine, the network or the environment.

mod escape;
pub mod history;
pub mod patches;
