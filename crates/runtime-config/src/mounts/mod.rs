//! The key `mounts`: what lies where in the container, what it is for, and so how long it lives.

mod check;
mod mode;
mod mount;

pub use mode::Mode;
pub use mount::{Kind, Mount, Owner, Source};

pub(crate) use check::problems;

#[cfg(test)]
mod tests;
