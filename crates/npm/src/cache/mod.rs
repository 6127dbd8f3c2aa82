//! What was fetched, on disk: files of packages by the integrity of their tarball, and documents of
//! packages by their address.
//!
//! Every entry carries a hash of all of itself, checked at each read: a changed byte is found, not
//! used. Entries appear whole, by rename, so several processes may share the folder; they are not
//! synced, because one that a power cut emptied fails its hash and is fetched again.

mod entry;
mod error;
mod store;

pub use error::CacheError;
pub use store::Cache;
pub(super) use store::{CacheLookup, Document};
