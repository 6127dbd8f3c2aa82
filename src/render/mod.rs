//! Profile and templates become a [`Plan`]: stages, steps, a Dockerfile and its context.
//!
//! Arrows: reads `profile`, `project` and `patch` facts, uses `dockerfile` to read back what the
//! templates wrote. Same inputs, same bytes: no clock, no host names, no environment.

mod context;
mod error;
mod facts;
mod gpu;
mod inputs;
mod lineage;
mod locks;
mod plan;
mod run_filter;
mod scope;
mod step_identity;
mod takes;
mod template;

pub use context::{Context, Entry};
pub use error::RenderError;
pub use plan::{Plan, Step, render};
pub use takes::SecretMount;
