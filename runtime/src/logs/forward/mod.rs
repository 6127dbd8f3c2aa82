//! Passes every kept line on to a receiver of fluentd's forward protocol.

mod message;
mod place;
mod send;

pub use send::{Told, run};
