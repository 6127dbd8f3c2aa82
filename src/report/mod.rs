//! Facts become bytes: terminal, JSON, Markdown, HTML, JUnit, SARIF, GitHub annotations. Pure
//! functions.
//!
//! Arrows: reads facts of `patch`, `verify`, `dockerfile` and `timing`, and says durations and sizes as `ui`
//! does; never the engine, the network or the environment.

pub mod baseline;
pub mod build;
pub mod compare;
mod escape;
mod finding;
mod github;
pub mod history;
mod junit;
pub mod logs;
pub mod mounts;
pub mod patches;
mod rules;
mod sarif;
mod sheet;
pub mod status;
pub mod users;
pub mod verify;

pub use rules::{FindingRule, rules};
pub use sheet::TerminalStyle;
