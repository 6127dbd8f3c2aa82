//! The key `services`: programs under supervisord, when they count as ready, and what is done when they fail.

mod budget;
mod check;
mod order;
mod probe;
mod service;
mod supervisord;
mod target;

pub use budget::Budget;
pub use order::in_order;
pub use probe::{Heartbeat, Http, Probe, Question};
pub use service::{
    Builtin, Need, RUN_DIRECTORY, RestartPolicy, Service, Services, Stop, StopSignal,
};
pub use supervisord::{LISTENER, supervisord_conf};
pub use target::Target;

pub(crate) use check::problems;

#[cfg(test)]
mod tests;
