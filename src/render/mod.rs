//! Profile and templates become a [`Plan`]: stages, steps, a Dockerfile and its context.
//!
//! Arrows: reads `profile`, `project` and `patch` facts, uses `dockerfile` to read back what the
//! templates wrote. Same inputs, same bytes: no clock, no host names, no environment.

mod before;
mod compose;
mod compose_gpu;
mod context;
mod directives;
mod error;
mod escape;
mod facts;
mod folder;
mod gpu;
mod inputs;
mod lineage;
mod locks;
mod marks;
mod patches;
mod plan;
mod repeat;
mod resolve;
mod run_filter;
mod run_origin;
mod runtime;
mod scope;
mod sources;
mod step_identity;
mod takes;
mod template;
mod used_values;
#[cfg(test)]
mod values_tests;

pub use compose::{Compose, HostPath, SERVICE};
pub use compose_gpu::{GPU_CDI_FILE, GPU_FILE};
pub use context::{Context, ContextEntry};
pub use error::RenderError;
pub use gpu::{AUTO as AUTO_CUDA, CudaFit, cuda_fit, newest_cuda};
pub use locks::{is_locked_node, is_locked_python};
pub use plan::{Plan, Step, render};
pub use repeat::RepeatPlan;
pub use resolve::{RUN_ARGUMENT, Resolve, ResolveNode, ResolvePython, render_resolve};
pub use takes::SecretMount;
