//! Running containers from outside: the engine's facts, and what `mad-runtime` in each says.

mod gather;
mod model;
#[cfg(test)]
mod tests;

pub use gather::{Engine, LABEL, gather, gather_one};
pub use model::{
    ContainerStatus, Gateway, GpuCard, GpuStatus, Incident, Inside, MountStatus, Numbers,
    STATUS_SCHEMA, Server, Service, Status, json_schema,
};
