//! Patch series: what is applied to which version of a package, in which order.
//!
//! Today this reads a series and says what an image build applies; the build itself proves it with
//! checksums before and after (`templates/stages/patched.j2`).

pub mod engine;
mod series;

pub use series::{Application, Series, SeriesError, TargetHashes};
