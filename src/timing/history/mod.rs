//! All records, in one SQLite file that several processes may use at once.
//!
//! ```text
//! builds ──> places        what makes builds comparable, once each
//!   │  └───> plans         templates, values and images, once each
//!   ├──< steps ──> planned_steps   id, stage, label, template line, once each
//!   │        └──> inputs ──> instructions, files   once each, by content
//!   └──- judgements
//! promotions               what a tag named, and when
//! ```
//!
//! What repeats from build to build is stored once, found by a hash of its content. The columns are
//! named for people who open the file with `sqlite3`; `build_overview` and `step_overview` are
//! views for them. What nobody asks SQL about is JSON under zlib.
//!
//! Arrows: reads and writes the facts of `record` and `judge`; the caller says where the file is.

mod attempt;
mod carry;
mod check;
mod compact;
mod entry;
mod error;
mod file;
mod hide_old;
mod intern;
mod lines;
mod list;
mod past;
mod promotion;
mod prune;
mod read;
mod schema;
mod standing;
mod stranger;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod write;

pub use attempt::*;
pub use carry::*;
pub use check::{is_build_id, is_image_id};
pub use entry::*;
pub use error::*;
pub use file::*;
pub use list::*;
pub use promotion::*;
pub use prune::*;
pub use schema::PATIENCE;
pub use standing::*;
pub use stranger::is_profile_name;
pub use write::*;
