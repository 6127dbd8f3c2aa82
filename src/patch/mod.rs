//! Patch series: what is applied to which version of a package, in which order, and the proof.
//!
//! `patch_engine` judges one patch against one tree, as pure functions. A `Series` orders patches, a
//! `Matrix` records what holds for which versions, a `Verification` derives, has probed and compares. Only probes
//! (`probe_host`, `probe_container`) and `image` reach outside. Arrows: reads `project`'s assets and
//! `npm`'s versions, uses the Docker edge; no network of its own, no terminal.

mod anchor;
mod around;
mod assets;
mod bisect;
mod derive;
mod draft;
pub mod entry;
pub mod explain;
mod image;
mod matrix;
pub mod probe;
pub mod probe_container;
pub mod probe_host;
mod range;
mod rebase;
mod rebase_report;
mod refresh;
mod series;
mod stack;
#[cfg(test)]
mod testing;
mod upstream;
mod verify;

pub use anchor::{anchored, with_context};
pub use assets::{PatchText, SeriesFiles, SeriesFilesError, of_target};
pub use bisect::{Bisected, Bisection, Blame, VersionSpan, bisect};
pub use derive::{Base, Derived, DerivedPatch, MergeTried, derive};
pub use draft::{DraftError, NewPatch, check_id, draft};
pub use image::{ImageTarget, ImageVerification, look};
pub use matrix::{
    Matrix, MatrixError, PatchRecord, ProbeEvidence, ProbeResult, ProvenVersions, SCHEMA, Target,
};
pub use range::Versions;
pub use rebase::{
    ConflictHint, NewVariant, Rebase, RebaseError, RebaseOutcome, RebasedPatch, RebasedTarget,
    fits, rebase,
};
pub use rebase_report::{proposal, report};
pub use refresh::{Refreshed, refresh};
pub use series::{Patch, Series, SeriesError, Variant};
pub use stack::{PatchedTree, stack};
pub use upstream::{Upstream, with_manifests};
pub use verify::{Difference, DifferenceKind, Group, ProbePair, Scope, Verification, group};
