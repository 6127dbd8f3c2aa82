//! One build judged against comparable ones: verdict, evidence, causes.
//!
//! ```text
//! baseline ──> evidence ──> expected ──┐                 matching: which step is which
//!                 │                    ├─> statistics ──> judge ──> Judgement
//! alert ──────────┴────────────────────┘                   │
//! reference ──> misses (differences) ──> environment_changes ──┤
//! builds that did not pass ──> inherited ──────────────────┴─> standing
//! ```
//!
//! Arrows: reads records, `graph`, and the profile's alerts; decides nothing about images or exit codes.

mod accept;
mod alert;
mod baseline;
mod cause;
mod chain;
mod differences;
mod environment_changes;
mod evidence;
mod expected;
mod facts;
mod file;
mod inherited;
#[expect(clippy::module_inception, reason = "the function that the folder is for")]
mod judge;
mod matching;
mod misses;
mod network;
mod path;
mod reason;
mod robust;
mod standing;
mod statistics;

pub use accept::{Accepted, WHOLE_BUILD};
pub use baseline::Baseline;
pub use cause::*;
pub use facts::*;
pub use file::{
    BASELINE_SCHEMA, BaselineFile, BaselineFileError, BaselinePlace, BaselineStep, MOST_SAMPLES,
};
pub use inherited::{Inherited, NOTHING_INHERITED, NotPassed, Passed};
pub use judge::{Context, judge};
pub use misses::misses;
pub use robust::{median_ms, spread_ms};
pub use standing::BaselineRole;
pub use statistics::{Comparison, EvidenceGate, Gate, compare};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
