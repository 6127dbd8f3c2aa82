//! The YAML profiles: load, extend, merge, validate, explain.
//!
//! Over the files that `extends` names lie, in this order: the file itself, `base` of the project's
//! settings, each `--set`, and `--base`. How one lies over another: maps merge by key and the later
//! scalar wins; lists append without repeats, where a package, the `dest` of a file, the `target`
//! of a mount and the `name` of an alert each count once and the later one wins; `null` drops what was inherited, and
//! `!replace` before a list drops the inherited list. `merge` has the rules in full.

mod check;
mod choice;
mod condition;
mod edit;
mod error;
mod fault;
mod gates;
mod gpu;
mod identity;
mod image_ref;
mod key;
mod key_docs;
mod layers;
mod load;
mod merge;
mod model;
mod origins;
mod run_step;
mod schema;
mod set;
mod values;

pub use check::{Rule, parse_image};
pub use choice::{ListedProfile, NoProfileChosen, default_name, list};
pub use condition::{CONDITION_NAMES, Condition, ConditionError};
pub use edit::{Edit, EditError};
pub use error::ProfileError;
pub use fault::Fault;
pub use gates::*;
pub use gpu::{GpuCapability, GpuCount};
pub(crate) use identity::pypi_name;
pub use image_ref::{ImageRef, ImageRefError};
pub use key_docs::{KeyDocs, key_docs};
pub use layers::{Layer, MAX_FILES, MAX_PROFILE_BYTES};
pub use load::Loaded;
pub use model::*;
pub use origins::{Origins, ValueOrigin};
pub use run_step::{MAX_COMMAND_BYTES, RunAfter, RunEntry, RunNetwork, RunStep, RunUser};
pub use schema::json_schema;
pub use set::SetArgument;

#[cfg(test)]
mod tests;
