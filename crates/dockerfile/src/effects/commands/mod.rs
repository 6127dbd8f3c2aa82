//! The commands whose effects are known, a file for each kind. A command, an option or a form that is
//! not listed is unknown: rather no move than a wrong one.

mod accounts;
mod dispatch;
mod files;
mod options;
mod reading;
mod shell;

pub(crate) use dispatch::is_standard;
pub(super) use dispatch::{execute, is_common};
