//! The collector as a process: killed, restarted, without a disk, and passing on.

#![allow(clippy::unwrap_used)]

mod forward;
mod kills;
mod places;
mod programs;
mod support;
