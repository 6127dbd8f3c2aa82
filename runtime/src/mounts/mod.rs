//! Whether every mount is what the profile says: looked at, judged, and told with what mends it.
//!
//! `look` touches the file systems, in a process of its own that may hang; `judge` decides on what it saw,
//! and touches nothing; `fix` has the words for the host.

mod check;
mod facts;
mod fix;
mod judge;
mod look;
mod report;
mod table;

pub use check::{Checked, check};
pub use facts::User;
pub use judge::{Finding, Severity};
pub use look::look;
pub use report::{json, problems, table};

#[cfg(test)]
mod tests;
