//! Packages of an npm registry: versions, integrity, single files of a tarball, a cache.
//!
//! Nothing is installed and nothing is unpacked to disk. The caller reads the `.npmrc` files and the
//! environment; this module reads no settings by itself, but for the platform's certificates.

#![warn(unreachable_pub)]

mod archive;
mod cache;
mod cancel;
mod error;
mod fetch;
mod http;
mod integrity;
pub mod limits;
mod local;
mod name;
mod npmrc;
mod package;
mod packument;
mod registry;
mod retry;
#[cfg(test)]
mod testing;
mod trust;
mod version;

pub use archive::{ArchiveError, Limits};
pub use cache::{Cache, CacheError};
pub use cancel::Cancel;
pub use error::NpmError;
pub use fetch::{Fetch, Fetched, Progress};
pub use integrity::{Integrity, IntegrityError};
pub use local::{Local, LocalError};
pub use name::{NameError, PackageName};
pub use npmrc::{NpmrcPlaces, NpmrcTexts, Settings, SettingsError};
pub use package::{
    FileSelection, FileSelectionError, Manifest, ModuleType, PackageFile, PackageFiles,
};
pub use packument::{Packument, Release};
pub use registry::{Freshness, Registry};
pub use version::{Range, Version};
