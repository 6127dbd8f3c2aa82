//! A report in plain words, for every format that people read.
//!
//! Steps print and are named what they like: every text in here is on one line and free of what a
//! terminal obeys. Escaping for a format is that format's business. Times stay numbers: where there
//! is room decides how they are written.

mod change;
mod findings;
mod miss;
mod page;
mod steps;
mod surroundings;
mod words;

pub(in crate::report) use change::*;
pub(in crate::report) use findings::*;
pub(in crate::report) use miss::*;
pub(super) use page::*;
pub(super) use steps::*;
pub(super) use surroundings::*;
pub(in crate::report) use words::*;
