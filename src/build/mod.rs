//! One build: plan, solve, promote.
//!
//! Arrows: uses `render`'s plan, `engine` through its [`Builder`](crate::engine::Builder) edge and
//! `timing`'s tracker; tells what happens to an [`Observer`] and prints nothing itself.

mod ca_bundle;
mod error;
mod promote;
mod run;

pub use ca_bundle::{CaBundle, CaBundleError};
pub use error::{BuildError, FailedStep};
pub use run::{BuildOptions, Built, Event, Observer, run};
