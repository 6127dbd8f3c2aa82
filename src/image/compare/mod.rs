//! Two images, path by path.

mod difference;
mod nodes;
mod run;

pub use difference::*;
pub use run::compare;
