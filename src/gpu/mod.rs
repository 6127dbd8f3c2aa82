//! The GPUs of the machine that containers run on: whether a container can get one, how, and why not.

mod cdi;
mod host;
mod way;

pub use cdi::Cdi;
pub use host::{HostFacts, PATIENCE, look};
pub use way::{HostGpu, NoWay, Way, judge};

#[cfg(test)]
mod tests;
