//! Patch series: what is applied to which version of a package, in which order, and the proof.
//!
//! `engine` judges one patch against one tree, as pure functions. A `Series` orders patches, a
//! `Matrix` records what holds for which target. Arrows: reads `project`'s assets; no network, no
//! engine, no terminal.

mod around;
mod assets;
mod derive;
pub mod engine;
pub mod entry;
pub mod explain;
mod matrix;
pub mod probe;
pub mod probe_container;
pub mod probe_host;
mod range;
mod refresh;
mod series;
mod stack;
mod verify;

pub use assets::{PatchText, SeriesFiles, SeriesFilesError};
pub use derive::{Base, Derived, DerivedPatch, MergeTried, Upstream, derive};
pub use matrix::{Entry, Matrix, MatrixError, Missing, ProbeResult, Probed, SCHEMA, Target};
pub use range::Versions;
pub use refresh::{Refreshed, refresh};
pub use series::{Patch, Series, SeriesError, Variant};
pub use stack::{Stacked, stack};
pub use verify::{Difference, Group, ProbePair, Verification, group};
