//! Tells people of an alert: a command that gets the notice on its standard input, or a webhook that gets it by
//! `POST`. Each is tried a few times, and what comes of it fails no build.
//!
//! The address of a webhook is often a secret itself: no error and no log has more of it than its host.

mod attempt;
mod command;
mod notice;
#[cfg(test)]
mod testing;
mod webhook;

pub use attempt::{Attempts, NotTold};
pub use command::tell_command;
pub use notice::{NOTICE_SCHEMA, Notice};
pub use webhook::{Target, tell_webhook};

use attempt::{Failure, attempt};
