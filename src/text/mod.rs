//! Numbers, sizes and durations as people read them: one way for every screen and every report.
//! Calls nothing.

mod bytes;
mod duration;
mod plural;

pub use bytes::*;
pub use duration::*;
pub use plural::*;
