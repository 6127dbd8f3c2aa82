//! What a folder is of: the manifests in it, and what a profile would hold so that agents can work there.
//!
//! Only the folder's own files are read, nothing is run. What a manifest asks for and a profile cannot
//! give is said, not guessed.

mod devcontainer;
mod found;
mod look;
mod python;
mod tools;

pub use found::Detected;
pub use look::look;
