//! The exact versions of a profile's packages: resolved in the profile's own toolchain, written into
//! lock files that npm, uv and pip read too, and held against the profile afterwards.
//!
//! Arrows: [`Update`] says what to resolve and what the answer changes, `render` and `build` have the
//! engine resolve it, [`LockFile`] is `mad.lock`. Nothing here asks a registry or writes a file.

mod change;
mod drift;
mod error;
mod file;
mod pins;
mod update;
mod wanted;

pub use change::{Change, changes};
pub use drift::{Drift, Drifted};
pub use error::{AnswerError, UpdateError};
pub use file::{LOCK_FILE, LockFault, LockFile, Locked};
pub use update::{Answer, Update, UpdateScope, Updated, newest, own_file};
pub use wanted::{Registry, Requirement, RequirementFault};
