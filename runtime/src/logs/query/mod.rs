//! Questions to what is kept: which lines, in the order in which they came.

mod expression;
mod follow;
mod read;
mod scan;

pub use expression::{Query, QueryError};
pub use follow::follow;
pub(super) use read::for_each_piece;
pub use read::summarize;
pub use scan::{Scanned, Snapshot, scan, snapshot};
