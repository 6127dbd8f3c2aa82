//! Builders that are no engine of this machine: which one a profile goes to, buildx's own, and how a
//! cluster runs some.
//!
//! Pure: values go in, values and text come out.

mod buildx;
mod kubernetes;
mod order;

pub use buildx::{Instance, InstanceError};
pub use kubernetes::{Manifest, ManifestError};
pub use order::order;
