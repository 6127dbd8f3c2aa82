//! One build: plan, solve, promote, and the record of it.
//!
//! Arrows: uses `render`'s plan, `engine` through its [`Builder`](engine::Builder) edge and
//! `timing`'s tracker and record; tells what happens to an [`Observer`] and prints nothing itself.

mod ca_bundle;
mod candidate;
mod decide;
mod error;
mod execute;
mod export;
mod gates;
mod layers;
mod notes;
mod options;
mod patched;
mod produce;
mod record;
pub mod rollback;
mod run;
mod surroundings;

pub use ca_bundle::{CaBundle, CaBundleError};
pub use candidate::{Built, Candidate, Finished};
pub use decide::{BuildHistory, Decided, Objection, Policy, build};
pub use error::{BuildError, FailedStep};
pub use export::export_files;
pub use gates::{Gates, NoGates};
pub use options::{BuildOptions, Event, Observer};
pub use produce::{Produced, produce};
pub use run::{Failed, rehearse, run, solve};
