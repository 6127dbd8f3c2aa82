//! The YAML profiles: load, extend, merge, validate, explain.

mod check;
mod error;
mod fault;
mod identity;
mod image_ref;
mod key;
mod layers;
mod load;
mod merge;
mod model;
mod schema;
mod set;

pub use check::{Rule, check_tag};
pub use error::ProfileError;
pub use fault::Fault;
pub use image_ref::{ImageRef, ImageRefError};
pub use layers::Layer;
pub use load::Loaded;
pub use model::*;
pub use schema::json_schema;
pub use set::Set;

#[cfg(test)]
mod tests;
