//! The YAML profiles: load, extend, merge, validate, explain.

mod model;

pub use model::*;
