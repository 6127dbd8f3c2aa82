//! What NVIDIA's tools say of the cards, and why a container or a host cannot use them.
//!
//! The rules are pure functions of facts, so that every reason is tried without a card. Two things touch
//! the machine: `ask` runs `nvidia-smi` with a deadline, `files` looks for device files and libraries.
//! NVML itself is not loaded: a static program cannot.

#![warn(unreachable_pub)]

mod ask;
mod card;
mod complaint;
pub mod container;
mod driver;
mod files;
mod lines;

pub use ask::{Answer, Smi};
pub use card::{Card, CudaVersion, Instance};
pub use complaint::Complaint;
pub use driver::Driver;
pub use files::{Files, kernel_driver};
pub use lines::{Sign, sign_of, xid_of};
