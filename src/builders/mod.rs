//! Builders that are no engine of this machine: how a cluster runs some.
//!
//! Pure: values go in, text comes out.

mod kubernetes;

pub use kubernetes::{Manifest, ManifestError};
